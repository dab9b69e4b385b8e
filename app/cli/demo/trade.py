"""A month of trade in the demo town: touches, orders in every state, refunds."""

import random
from datetime import datetime, timedelta

from flask import current_app

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.cli.demo import bank
from app.cli.demo.made import Town
from app.cli.demo.notes import NOTES, Words
from app.cli.demo.town import GOODS, MERCHANTS
from app.kernel.ids import AccountId, CheckoutId, OrderId, PaymentId
from app.kernel.problems import Problem
from app.orders import api as orders
from app.orders.api import MoneyIn, PartAsked, Wanted
from app.platform.uow import snapshot, unit_of_work
from app.settings import Settings
from app.touches import api as touches
from app.touches.api import TaggedProduct, Toucher

BUYERS = ("reader_wen", "dashu", "nian", "tang", "qiu", "li_mo", "ayou")
SALES = 64
READS = 6
"""So many readers open each note; about half of them tap a tag."""


def month(town: Town) -> None:
    """Let readers read and buyers buy."""
    dice = random.Random(11)  # noqa: S311 - a town, not a secret
    tagged = [words for words in NOTES if words.goods]
    for words in tagged:
        for _ in range(READS):
            reader = dice.choice(BUYERS)
            at = town.at(hours=words.hours_ago * dice.uniform(0.05, 0.95))
            _touch(town, words, reader, "open", at)
            if dice.random() < 0.5:
                _touch(town, words, reader, "tag_click", at + timedelta(minutes=1))
    picks = [(dice.choice(tagged), dice.choice(BUYERS)) for _ in range(SALES)]
    sales = [(one.hours_ago * dice.uniform(0.05, 0.9), one, buyer) for one, buyer in picks]
    # The oldest first: ids tell the order in which people see what they bought.
    sales.sort(key=lambda sale: -sale[0])
    for number, (hours, words, buyer) in enumerate(sales):
        if town.people[buyer] != town.people[words.author]:
            _sale(town, dice, words, buyer, town.at(hours=hours), number)


def _touch(town: Town, words: Words, reader: str, kind: str, at: datetime) -> None:
    goods = words.goods if kind == "open" else words.goods[:1]
    device, author = town.devices[reader], town.people[words.author]
    with unit_of_work(now=at) as uow:
        ids = [town.products[key] for key in goods]
        owners = catalogue.owners_of(uow, product_ids=ids)
        token = touches.mint(
            device_id=device,
            note_id=town.notes[words.title],
            author_id=author,
            goods=[TaggedProduct(one, *owners[one]) for one in ids],
            now=at,
        )
        by = Toucher(device, town.people[reader])
        touches.record(uow, presented=[(token, kind)], by=by)


def _sale(
    town: Town, dice: random.Random, words: Words, buyer: str, at: datetime, number: int
) -> None:
    key = dice.choice(words.goods)
    if dice.random() < 0.8:
        _touch(town, words, buyer, "tag_click", at - timedelta(minutes=dice.randint(2, 600)))
    wanted = [Wanted(dice.choice(town.skus[key]), 1 + (number % 7 == 0))]
    if number % 5 == 0:
        other = dice.choice([good.key for good in GOODS if good.merchant == "laojie"])
        wanted.append(Wanted(town.skus[other][0], 1))
    account_id = town.people[buyer]
    try:
        ids = _place(account_id, wanted, at)
    except Problem:
        # Sold out in the meantime, as it happens.
        return
    checkout_id, payment_id, order_ids, total_fen = ids
    if number % 16 == 5:
        with unit_of_work(now=at + timedelta(minutes=5)) as uow:
            orders.cancel(uow, checkout_id=checkout_id, buyer_id=account_id)
        return
    if number % 16 == 9:
        with unit_of_work(now=at + timedelta(minutes=31)) as uow:
            orders.lapse(uow, checkout_id=checkout_id)
        return
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    txn_id = bank.pay(payment_id, total_fen)
    money = MoneyIn(settings.payment, payment_id, txn_id, total_fen)
    with unit_of_work(now=at + timedelta(minutes=2)) as uow:
        assert orders.take_money(uow, money=money) == "fits"
    for order_id in order_ids:
        _after(town, dice, order_id, account_id, at, number)


def _place(
    account_id: AccountId, wanted: list[Wanted], at: datetime
) -> tuple[CheckoutId, PaymentId, tuple[OrderId, ...], int]:
    with unit_of_work(now=at) as uow:
        seen = orders.look(uow, wanted=wanted)
        token = orders.sign_preview(seen, buyer_id=account_id)
        address = accounts.addresses(uow, account_id=account_id)[0]
        placed = orders.place(uow, buyer_id=account_id, token=token, address_id=address.id)
    return placed.checkout_id, placed.payment_id, placed.order_ids, seen.total_fen


def _after(
    town: Town,
    dice: random.Random,
    order_id: OrderId,
    buyer: AccountId,
    at: datetime,
    number: int,
) -> None:
    staff = _staff(town, order_id)
    if number % 11 == 3:
        _refund(order_id, buyer, staff, at + timedelta(hours=4))
    age = town.began - at
    if age < timedelta(hours=30) or dice.random() < 0.12:
        return
    try:
        with unit_of_work(now=at + timedelta(hours=20)) as uow:
            tracking = f"SF{10_000_000 + number}"
            orders.ship(
                uow, order_id=order_id, actor_id=staff, carrier="顺丰", tracking_no=tracking
            )
    except Problem:
        return
    if age < timedelta(days=4):
        return
    with unit_of_work(now=at + timedelta(days=3)) as uow:
        orders.receive(uow, order_id=order_id, buyer_id=buyer)
    if age < timedelta(days=18, hours=6):
        return
    with unit_of_work(now=at + timedelta(days=18, hours=5)) as uow:
        orders.release(uow, order_id=order_id)
    if number % 9 == 4:
        _refund(order_id, buyer, staff, at + timedelta(days=18, hours=6))


def _refund(order_id: OrderId, buyer: AccountId, staff: AccountId, at: datetime) -> None:
    with unit_of_work(now=at) as uow:
        line = orders.order(uow, order_id=order_id).lines[0]
        amount = max(1, line.left.left_fen // 2)
        refund_id = orders.ask_refund(
            uow,
            order_id=order_id,
            buyer_id=buyer,
            asked=[PartAsked(line.id, amount_fen=amount)],
            reason="和图片颜色有一点差别",
        )
    with unit_of_work(now=at + timedelta(hours=1)) as uow:
        orders.decide_refund(
            uow, refund_id=refund_id, actor_id=staff, granted=True, answer="抱歉，退您一部分。"
        )
        granted = orders.refund(uow, refund_id=refund_id)
    bank.refund(refund_id, granted.txn_id, granted.amount_fen)
    with unit_of_work(now=at + timedelta(hours=1)) as uow:
        orders.confirm_refund(uow, refund_id=refund_id)


def _staff(town: Town, order_id: OrderId) -> AccountId:
    with snapshot() as view:
        merchant_id = orders.order(view, order_id=order_id).merchant_id
    firm = next(one for one in MERCHANTS if town.merchants[one.handle] == merchant_id)
    return town.people[firm.member]
