"""Forty days of trade for tests, made through the doors: touches, orders, refunds, other credits.

Everything that decides who is credited occurs: several devices and accounts, touches of nobody who
signs in later, self-purchase, authors who do not earn (yet, or any more), tokens that do not hold.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app import factory
from app.accounts import api as accounts
from app.accounts.api import AddressDraft
from app.attribution import api as attribution
from app.catalogue import api as catalogue
from app.catalogue.api import ProductDraft, SkuDraft
from app.content import api as content
from app.content.api import DraftPicture, NoteDraft, Tag
from app.kernel.ids import (
    AccountId,
    BrandId,
    DeviceId,
    MerchantId,
    NoteId,
    OrderId,
    ProductId,
    RefundId,
    SkuId,
    mint,
)
from app.kernel.time import day_of, day_start
from app.orders import api as orders
from app.orders.api import MoneyIn, OrderState, PartAsked, Wanted
from app.pictures import api as pictures
from app.platform import relay
from app.platform.uow import snapshot, unit_of_work
from app.programmes import api as programmes
from app.touches import api as touches
from app.touches.api import TaggedProduct, Toucher
from tests.support.town import picture_bytes

DAYS = 40
SALES = 50
KINDS = ("open", "open", "tag_click", "tag_click", "save", "share_open")
PRICES = (1, 199, 10_000, 33_333, 7_777, 100, 25_050, 64_000)
NOTE_TITLES = ("=1+1", '好物 "分享"', "Tea for two", "a, b", "+86 138", "Last")
CREATORS = ("ann", "bob", "cat", "dan", "eve")
"""Of these, cat never earns, eve begins late, and dan is banned in the end."""

BUYERS = ("wen", "tang", "qiu", "nian", "ann")
"""A creator among them: she buys from notes of her own too."""


@dataclass(frozen=True)
class Told:
    """A note, who wrote it, and what it tags."""

    note_id: NoteId
    author_id: AccountId
    product_ids: tuple[ProductId, ...]


@dataclass
class Trade:
    """What was made, by name or in order."""

    began: datetime
    dice: random.Random
    people: dict[str, AccountId] = field(default_factory=dict)
    devices: dict[str, list[DeviceId]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    merchants: list[MerchantId] = field(default_factory=list)
    brands: list[BrandId] = field(default_factory=list)
    products: list[ProductId] = field(default_factory=list)
    skus: dict[ProductId, SkuId] = field(default_factory=dict)
    notes: list[Told] = field(default_factory=list)
    orders: list[OrderId] = field(default_factory=list)
    refunds: list[RefundId] = field(default_factory=list)

    def at(self, **ago: float) -> datetime:
        """Return the instant so long before the trade was made."""
        return self.began - timedelta(**ago)


def make_trade(*, seed: int = 5, sales: int = SALES) -> Trade:
    """Make the trade in the application of the context, and deliver every event of it."""
    trade = Trade(datetime.now(UTC), random.Random(seed))
    _people(trade)
    _goods(trade)
    _notes(trade)
    midnight = day_start(day_of(trade.at(days=20)))
    instants = [midnight - timedelta(minutes=1), midnight + timedelta(minutes=1)]
    instants += [trade.at(days=trade.dice.uniform(0.2, DAYS - 6)) for _ in range(sales - 2)]
    for number, at in enumerate(sorted(instants)):
        _sale(trade, number, at)
    with unit_of_work() as uow:
        accounts.ban(uow, account_id=trade.people["dan"])
    _grade_again(trade)
    drain()
    return trade


def drain() -> None:
    """Deliver every event that waits."""
    while relay.drain(factory.subscribers(), holder="test"):
        pass


def look_at(
    trade: Trade,
    note: Told,
    *,
    at: datetime,
    kind: str,
    device_id: DeviceId,
    account_id: AccountId | None,
    product_ids: Sequence[ProductId] = (),
    age: timedelta = timedelta(minutes=1),
    shown_on: DeviceId | None = None,
) -> None:
    """Have somebody touch a note at an instant, by a token that is ``age`` old."""
    with unit_of_work(now=at) as uow:
        told = product_ids or (note.product_ids[:1] if kind == "tag_click" else note.product_ids)
        owners = catalogue.owners_of(uow, product_ids=told)
        token = touches.mint(
            device_id=shown_on or device_id,
            note_id=note.note_id,
            author_id=note.author_id,
            goods=[TaggedProduct(one, *owners[one]) for one in told],
            now=at - age,
        )
        touches.record(uow, presented=[(token, kind)], by=Toucher(device_id, account_id))


def buy(
    trade: Trade, who: str, wants: Sequence[tuple[ProductId, int]], *, at: datetime
) -> tuple[OrderId, ...]:
    """Place a checkout and have it paid two minutes later; return its orders."""
    buyer = trade.people[who]
    with unit_of_work(now=at) as uow:
        seen = orders.look(uow, wanted=[Wanted(trade.skus[one], count) for one, count in wants])
        token = orders.sign_preview(seen, buyer_id=buyer)
        address = accounts.addresses(uow, account_id=buyer)[0]
        placed = orders.place(uow, buyer_id=buyer, token=token, address_id=address.id)
    money = MoneyIn("none", placed.payment_id, f"txn-{placed.payment_id}", seen.total_fen)
    with unit_of_work(now=at + timedelta(minutes=2)) as uow:
        assert orders.take_money(uow, money=money) == "fits"
    trade.orders += placed.order_ids
    return placed.order_ids


def refund(trade: Trade, order_id: OrderId, *, fen: int | None, at: datetime) -> None:
    """Send money of an order's first line back: so much, or all that is left."""
    with unit_of_work(now=at) as uow:
        seen = orders.order(uow, order_id=order_id)
        line = seen.lines[0]
        if not line.left.left_fen:
            return
        amount = min(fen or line.left.left_fen, line.left.left_fen)
        refund_id = orders.ask_refund(
            uow,
            order_id=order_id,
            buyer_id=seen.buyer_id,
            asked=[PartAsked(line.id, amount_fen=amount)],
            reason="another colour",
        )
        orders.decide_refund(
            uow,
            refund_id=refund_id,
            actor_id=trade.people["keeper"],
            granted=True,
            answer="",
        )
    with unit_of_work(now=at + timedelta(minutes=3)) as uow:
        orders.confirm_refund(uow, refund_id=refund_id)
    trade.refunds.append(refund_id)


def deliver(trade: Trade, order_id: OrderId, *, at: datetime) -> None:
    """Have an order, unless all of it went back, shipped, received, and released when it is due."""
    with unit_of_work(now=at) as uow:
        seen = orders.order(uow, order_id=order_id)
        if seen.state is not OrderState.PAID:
            return
        staff = trade.people["keeper"]
        orders.ship(uow, order_id=order_id, actor_id=staff, carrier="SF", tracking_no="1")
    received = at + timedelta(days=3)
    with unit_of_work(now=received) as uow:
        orders.receive(uow, order_id=order_id, buyer_id=seen.buyer_id)
    with unit_of_work(now=received + timedelta(days=15, minutes=1)) as uow:
        orders.release(uow, order_id=order_id)


def _people(trade: Trade) -> None:
    for name in dict.fromkeys((*CREATORS, *BUYERS, "keeper")):
        then = trade.at(days=60)
        devices = [DeviceId(mint("device")) for _ in range(2)]
        with unit_of_work(now=then) as uow:
            made = accounts.register(
                uow,
                handle=name,
                name=name.title(),
                email=f"{name}@example.org",
                phone=None,
                password=None,
            )
            accounts.add_address(
                uow,
                account_id=made,
                draft=AddressDraft("Li Lei", "+8613800138000", "Shanghai", "Road 1"),
            )
            if name in CREATORS and name not in {"cat", "eve"}:
                accounts.switch_creator(uow, account_id=made, on=True)
        for device, days in zip(devices, (55, 15), strict=True):
            with unit_of_work(now=trade.at(days=days)) as uow:
                secret = accounts.start_session(
                    uow, account_id=made, device_id=device, user_agent="test"
                )
        trade.people[name], trade.devices[name], trade.sessions[name] = made, devices, secret
    with unit_of_work(now=trade.at(days=18)) as uow:
        accounts.switch_creator(uow, account_id=trade.people["eve"], on=True)


def _goods(trade: Trade) -> None:
    staff = trade.people["keeper"]
    with unit_of_work(now=trade.at(days=59)) as uow:
        for place in range(3):
            handle = f"shop_{place}"
            made = catalogue.add_merchant(uow, handle=handle, name=f"Shop {place}")
            catalogue.add_member(uow, kind="merchant", handle=handle, account_id=staff)
            if place < 2:
                programmes.set_terms(uow, merchant_id=made, rate_bp=1_000 + place * 777, by=staff)
            trade.merchants.append(made)
            handle = f"brand_{place}"
            trade.brands.append(catalogue.add_brand(uow, handle=handle, name=f"Brand {place}"))
            catalogue.add_member(uow, kind="brand", handle=handle, account_id=staff)
        for place, price in enumerate(PRICES):
            draft = ProductDraft(
                brand_id=trade.brands[place % 3 if place < 6 else 0],
                name=f"@thing {place}",
                skus=(SkuDraft(code=f"c{place}", name="one", price_fen=price, stock=9_999),),
            )
            merchant_id = trade.merchants[(place * 2 + place // 3) % 3]
            product_id = catalogue.add_product(uow, merchant_id=merchant_id, draft=draft)
            trade.products.append(product_id)
    with unit_of_work(now=trade.at(days=25)) as uow:
        programmes.set_terms(uow, merchant_id=trade.merchants[0], rate_bp=500, by=staff)
    with snapshot() as view:
        seen = catalogue.products(view, product_ids=trade.products)
    trade.skus = {one: seen[one].skus[0].id for one in trade.products}


def _notes(trade: Trade) -> None:
    for place, title in enumerate(NOTE_TITLES):
        author = trade.people[CREATORS[place % len(CREATORS)]]
        picture_id = pictures.upload(owner_id=author, data=picture_bytes("teal", width=64 + place))
        told = tuple(trade.products[(place + step * 3) % len(PRICES)] for step in range(3))
        draft = NoteDraft(
            title,
            "",
            (DraftPicture(picture_id),),
            tuple(Tag(one, 0, 0.5, 0.5) for one in told),
        )
        with unit_of_work(now=trade.at(days=50)) as uow:
            note_id = content.publish(uow, author_id=author, draft=draft)
        trade.notes.append(Told(note_id, author, told))


def _sale(trade: Trade, number: int, at: datetime) -> None:
    dice = trade.dice
    who = dice.choice(BUYERS)
    wanted = dice.sample(trade.products, dice.choice((1, 1, 2, 3)))
    _browse(trade, who, wanted, at)
    wants = [(one, dice.randint(1, 3)) for one in wanted]
    order_ids = buy(trade, who, wants, at=at)
    for order_id in order_ids:
        if number % 4 == 1:
            # A day later, so that event and order dates differ; twice, now and then.
            refund(trade, order_id, fen=dice.randint(1, 900), at=at + timedelta(days=1, hours=2))
        if number % 9 == 2:
            refund(trade, order_id, fen=None, at=at + timedelta(days=2, hours=7))
        elif at < trade.at(days=22):
            deliver(trade, order_id, at=at + timedelta(days=2, hours=12))
            if number % 3 == 0:
                refund(trade, order_id, fen=dice.randint(1, 900), at=at + timedelta(days=21))


def _browse(trade: Trade, who: str, wanted: Sequence[ProductId], at: datetime) -> None:
    dice = trade.dice
    for _ in range(dice.randint(0, 5)):
        apt = [note for note in trade.notes if set(note.product_ids) & set(wanted)]
        note = dice.choice(apt if apt and dice.random() < 0.8 else trade.notes)
        kind = dice.choice(KINDS)
        shared = [one for one in note.product_ids if one in wanted]
        device_id = dice.choice(trade.devices[who])
        age = timedelta(minutes=1) if dice.random() < 0.9 else timedelta(days=2)
        shown_on = device_id if dice.random() < 0.9 else trade.devices["keeper"][0]
        look_at(
            trade,
            note,
            at=at - timedelta(hours=dice.choice((0.1, 0.2, 5, 50, 200, 500, 719))),
            kind=kind,
            device_id=device_id,
            account_id=trade.people[who] if dice.random() < 0.5 else None,
            product_ids=shared[:1] if kind == "tag_click" else (),
            age=age,
            shown_on=shown_on,
        )


def _grade_again(trade: Trade) -> None:
    """Look at what is not released yet once more, as the job does a day after payment."""
    with snapshot() as view:
        lines = [line for line in attribution.all_lines(view) if line.released_at is None]
    for place, line in enumerate(lines):
        at = max(line.paid_at + timedelta(days=1), trade.at(hours=1)) + timedelta(seconds=place)
        with unit_of_work(now=at) as uow:
            attribution.regrade(uow, line_id=line.line_id, stage="grace")
