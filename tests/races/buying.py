"""Races for goods and for a place in the books: the last item, the same key, cancel against pay."""

from collections.abc import Sequence
from functools import partial

from app.kernel.ids import AddressId
from app.orders import api as orders
from app.orders.api import MoneyIn, Wanted
from app.platform.uow import UnitOfWork, snapshot, transact
from tests.races.crowd import CLIENTS, Answer, Call, statuses, unexpected
from tests.races.ground import Ground
from tests.races.rounds import Round
from tests.support.people import Person
from tests.support.town import Thing, stock_thing

CHECKOUTS = "/api/v1/checkouts"
RUNNING = "idempotency-key-running"


def placed(ground: Ground, buyer: Person, wants: dict[Thing, int]) -> orders.PlacedCheckout:
    """Place a checkout from beside the server."""
    wanted = [Wanted(thing.sku_id, count) for thing, count in wants.items()]

    def work(uow: UnitOfWork) -> orders.PlacedCheckout:
        token = orders.sign_preview(orders.look(uow, wanted=wanted), buyer_id=buyer.id)
        address_id = AddressId(ground.addresses[buyer.id])
        return orders.place(uow, buyer_id=buyer.id, token=token, address_id=address_id)

    return transact(work)


def charged(ground: Ground, done: orders.PlacedCheckout, *, behaviour: str = "silent") -> list[str]:
    """Have a checkout paid at the bank, which says nothing of it; return its transactions."""
    fen = amount_of(ground, done)
    ground.bank.open_charge(charge_no=done.payment_id, amount_fen=fen, description="race")
    ground.bank.pay(charge_no=done.payment_id, behaviour=behaviour)
    return [one.txn_id for one in ground.bank.charge(charge_no=done.payment_id).payments]


def bought(ground: Ground, buyer: Person, wants: dict[Thing, int]) -> orders.PlacedCheckout:
    """Place a checkout and pay it."""
    done = placed(ground, buyer, wants)
    (txn,) = charged(ground, done)
    money = MoneyIn("sandbox", done.payment_id, txn, amount_of(ground, done))
    assert transact(partial(orders.take_money, money=money)) == "fits"
    return done


def amount_of(ground: Ground, done: orders.PlacedCheckout) -> int:
    """Return what a checkout costs."""
    asked = "SELECT total_fen FROM orders_checkout WHERE id = :id"
    return int(ground.value(asked, id=done.checkout_id))


def notice_of(ground: Ground, done: orders.PlacedCheckout, txn: str) -> Call:
    """Return the provider's notice of a transaction."""
    fen = amount_of(ground, done)
    return ground.notice("charge.paid", charge_no=done.payment_id, txn_id=txn, amount_fen=fen)


def last_item(ground: Ground) -> Round:
    """Twenty buyers of the last one: one order, and nineteen are told."""
    thing = stock_thing(ground.shop, ground.name("last"), stock=1)
    calls = [_checkout(ground, one, thing, ground.name("key")) for one in ground.people]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {201: None, 409: None})
        faults += unexpected(
            [one for one in answers if one.status == 409 and one.code != "out-of-stock"],
            {409: "checkout-changed"},
        )
        _note(ground, answers)
        if (had := statuses(answers).get(201, 0)) != 1:
            faults.append(f"{had} of {CLIENTS} were told that they have the last one")
        return faults + _of_stock(ground, thing, on_hand=1, reserved=1)

    return Round(calls, judge)


def same_key_checkout(ground: Ground) -> Round:
    """One request, sent twenty times under its key: one order, and one answer."""
    thing = stock_thing(ground.shop, ground.name("once"), stock=50)
    call = _checkout(ground, ground.people[0], thing, ground.name("key"))

    def judge(answers: list[Answer]) -> list[str]:
        _note(ground, answers)
        faults = one_answer([*answers, ground.crowd.one(call)], 201)
        return faults + _of_stock(ground, thing, on_hand=50, reserved=1)

    return Round([call] * CLIENTS, judge)


def same_payment(ground: Ground) -> Round:
    """A payment that is begun twenty times: one charge, and one answer."""
    thing = stock_thing(ground.shop, ground.name("pay"), stock=1)
    done = placed(ground, ground.people[1], {thing: 1})
    call = Call("POST", f"{CHECKOUTS}/{done.checkout_id}/payment", ground.people[1])

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {200: None})
        told = {(one.body["id"], one.body["pay_path"]) for one in answers if one.status == 200}
        if told != {(done.payment_id, f"/wallet/{done.payment_id}")}:
            faults.append(f"one payment has {len(told)} charges")
        elif ground.bank.charge(charge_no=done.payment_id).state != "waiting":
            faults.append("the charge does not wait for its money")
        return faults

    return Round([call] * CLIENTS, judge)


def cancel_or_pay(ground: Ground) -> Round:
    """Ten checkouts, each cancelled and paid at one moment: one of both holds, both are told."""
    thing = stock_thing(ground.shop, ground.name("either"), stock=10)
    done = [placed(ground, one, {thing: 1}) for one in ground.people[:10]]
    txns = [charged(ground, one)[0] for one in done]
    calls = []
    for place, one in enumerate(done):
        path = f"{CHECKOUTS}/{one.checkout_id}/cancellation"
        cancel = Call("PUT", path, ground.people[place])
        calls += [cancel, notice_of(ground, one, txns[place])]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers[::2], {200: None, 409: "wrong-state"})
        faults += unexpected(answers[1::2], {200: None})
        sold = 0
        for one, cancelled, told in zip(done, answers[::2], answers[1::2], strict=True):
            state = _state(ground, one)
            said = (cancelled.status, (told.body or {}).get("outcome"), *state)
            if said not in ENDS:
                faults.append(f"{one.checkout_id} ended as {said}")
            sold += state[0] == "paid"
        return faults + _of_stock(ground, thing, on_hand=10 - sold, reserved=0)

    return Round(calls, judge)


ENDS = {(200, "too-late", "cancelled", "cancelled"), (409, "fits", "paid", "paid")}
"""Status of the cancel, outcome of the notice, states of checkout and order."""


def same_notice(ground: Ground) -> Round:
    """A payment told of by the provider, and by nineteen more sides: one fact, told alike."""
    thing = stock_thing(ground.shop, ground.name("told"), stock=1)
    done = placed(ground, ground.people[2], {thing: 1})
    (txn,) = charged(ground, done, behaviour="normal")
    calls = [notice_of(ground, done, txn) for _ in range(CLIENTS)]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {200: None}) + _outcomes(answers, {"fits"})
        if _state(ground, done) != ("paid", "paid"):
            faults.append(f"the order is {_state(ground, done)}")
        return faults + _came_back(ground, [txn], 0) + _of_stock(ground, thing, 0, 0)

    return Round(calls, judge)


def two_payments(ground: Ground) -> Round:
    """A charge paid twice, told at one moment: one fits, the other goes back, whoever tells."""
    thing = stock_thing(ground.shop, ground.name("twice"), stock=1)
    done = placed(ground, ground.people[3], {thing: 1})
    txns = charged(ground, done, behaviour="silent")
    ground.bank.pay(charge_no=done.payment_id, behaviour="silent")
    txns = [one.txn_id for one in ground.bank.charge(charge_no=done.payment_id).payments]
    calls = [notice_of(ground, done, txns[place % 2]) for place in range(CLIENTS)]

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {200: None})
        first, second = (_told(answers[place::2]) for place in (0, 1))
        if sorted([first, second]) != [["fits"], ["twice"]]:
            faults.append(f"the two were told as {first} and {second}")
        return faults + _came_back(ground, txns, 1) + _of_stock(ground, thing, 0, 0)

    return Round(calls, judge)


def one_answer(answers: Sequence[Answer], status: int) -> list[str]:
    """Hold what was answered to one key to its rule: one answer, or that it is being worked on."""
    faults = unexpected(answers, {status: None, 409: RUNNING})
    different = {one.text for one in answers if one.status == status}
    if len(different) != 1:
        faults.append(f"one key has {len(different)} answers")
    return faults


def _checkout(ground: Ground, buyer: Person, thing: Thing, key: str) -> Call:
    with snapshot() as view:
        seen = orders.look(view, wanted=[Wanted(thing.sku_id, 1)])
        token = orders.sign_preview(seen, buyer_id=buyer.id)
    body = {"preview": token, "address_id": ground.addresses[buyer.id]}
    return Call("POST", CHECKOUTS, buyer, body, key=key)


def _note(ground: Ground, answers: Sequence[Answer]) -> None:
    for one in answers:
        if one.status == 201 and one.call.who is not None:
            for order in one.body["orders"]:
                ground.told.append({"id": order["id"], "actor": one.call.who.id})


def _of_stock(ground: Ground, thing: Thing, on_hand: int, reserved: int) -> list[str]:
    """Hold a SKU to what must be left, and its orders to what was there."""
    asked = "SELECT on_hand, reserved FROM catalogue_sku WHERE id = :sku"
    has = tuple(ground.rows(asked, sku=thing.sku_id)[0])
    waiting = ground.value(
        "SELECT coalesce(sum(l.quantity), 0) FROM orders_line l JOIN orders_order o"
        " ON o.id = l.order_id WHERE l.sku_id = :sku AND o.state = 'placed'",
        sku=thing.sku_id,
    )
    if (*has, waiting) == (on_hand, reserved, reserved):
        return []
    return [f"stock {has}, {waiting} ordered; ({on_hand}, {reserved}) is right"]


def _state(ground: Ground, done: orders.PlacedCheckout) -> tuple[str, str]:
    asked = (
        "SELECT c.state, o.state FROM orders_checkout c JOIN orders_order o"
        " ON o.checkout_id = c.id WHERE c.id = :id"
    )
    row = ground.rows(asked, id=done.checkout_id)[0]
    return str(row[0]), str(row[1])


def _told(answers: Sequence[Answer]) -> list[str]:
    return sorted({str((one.body or {}).get("outcome")) for one in answers})


def _outcomes(answers: Sequence[Answer], right: set[str]) -> list[str]:
    told = _told(answers)
    return [] if set(told) == right else [f"one transaction was told as {told}"]


def _came_back(ground: Ground, txns: Sequence[str], right: int) -> list[str]:
    """Hold the refunds of transactions to how many there must be."""
    found = sum(
        ground.value("SELECT count(*) FROM orders_refund WHERE txn_id = :txn", txn=txn)
        for txn in txns
    )
    return [] if found == right else [f"{found} refunds instead of {right}"]


RACES = (last_item, same_key_checkout, same_payment, cancel_or_pay, same_notice, two_payments)
