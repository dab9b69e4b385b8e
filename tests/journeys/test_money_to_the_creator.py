"""From a published note to the creator's money, over the API, with the ledger held to its table."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.ledger import api as ledger
from app.orders.api import PaymentProvider
from app.orders.providers.fake import FakeProvider
from app.platform.adapters import adapter
from app.platform.uow import snapshot
from tests.support.people import Person
from tests.support.town import open_shop, place, post, publish, stock_thing, touch

SignUp = Callable[..., Person]


def provider() -> FakeProvider:
    found = adapter(PaymentProvider)
    assert isinstance(found, FakeProvider)
    return found


def pay(app: Flask, buyer: Person, checkout: dict, **how: object) -> str:
    """Start the payment, pay from the wallet, deliver the notice; return its outcome."""
    started = post(buyer, f"/api/v1/checkouts/{checkout['id']}/payment")
    assert started.status_code == 200, started.text
    paid = provider().pay(charge_no=checkout["payment"]["id"], **how)
    return notify(app, checkout["payment"]["id"], paid.txn_id, paid.amount_fen)


def notify(app: Flask, charge_no: str, txn_id: str, amount_fen: int) -> str:
    headers, body = provider().notice(
        "charge.paid", charge_no=charge_no, txn_id=txn_id, amount_fen=amount_fen
    )
    answer = app.test_client().post("/api/v1/payment-callbacks/none", data=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()["outcome"]


def moves(fact: str) -> list[tuple[str, str, int, str]]:
    with snapshot() as view:
        found = ledger.entries_of_facts(view, facts=[fact])
    return [
        (move.source, move.target, move.amount.fen, move.kind)
        for moved in found.values()
        for move in moved
    ]


def stands(*accounts: str) -> list[int]:
    with snapshot() as view:
        return [ledger.balance(view, account=account).fen for account in accounts]


@pytest.fixture
def town(app: Flask, sign_up: SignUp):
    ann, bob, cat = sign_up("ann", creator=True), sign_up("bob"), sign_up("cat")
    shop = open_shop(cat, "teashop")
    thing = stock_thing(shop, "Tea", price_fen=10_000)
    note_id = publish(ann, thing)
    touch(bob, note_id, ann, thing, kind="tag_click")
    return ann, bob, shop, thing


def test_a_sale_is_posted_as_the_table_says(app: Flask, town, drain):
    ann, bob, shop, thing = town
    seller, earner = ledger.merchant(shop.merchant_id), ledger.creator(ann.id)
    checkout = place(bob, {thing: 1})
    order = checkout["orders"][0]

    assert pay(app, bob, checkout) == "fits"

    assert moves(f"order-paid:{order['id']}") == [
        ("world:none", seller.pending, 10_000, "sale"),
        (seller.pending, ledger.FEES, 500, "fee"),
        (seller.pending, earner.pending, 1_000, "commission"),
    ]
    assert stands(seller.pending, ledger.FEES, earner.pending, "world:none") == [
        8_500,
        500,
        1_000,
        -10_000,
    ]
    receipt = post(ann, f"/api/v1/orders/{order['id']}/receipts", method="GET").get_json()
    assert [share["creator_id"] for share in receipt["items"][0]["shares"]] == [ann.id]
    assert receipt["items"][0]["shares"][0]["commission_fen"] == 1_000


def _refund(app: Flask, bob: Person, staff: Person, order: dict, fen: int, drain, key: str):
    part = {"line_id": order["lines"][0]["id"], "amount_fen": fen}
    asked = post(bob, f"/api/v1/orders/{order['id']}/refunds", {"parts": [part]}, key=key)
    assert asked.status_code == 201, asked.text
    refund_id = asked.get_json()["id"]
    decided = post(
        staff, f"/api/v1/refunds/{refund_id}/decision", {"granted": True}, key=key, method="PUT"
    )
    assert decided.status_code == 200, decided.text
    drain()
    return refund_id


def test_a_refund_before_release_takes_from_what_is_pending(app: Flask, town, drain):
    ann, bob, shop, thing = town
    seller, earner = ledger.merchant(shop.merchant_id), ledger.creator(ann.id)
    checkout = place(bob, {thing: 1})
    order = checkout["orders"][0]
    pay(app, bob, checkout)

    refund_id = _refund(app, bob, shop.staff, order, 4_000, drain, "r1")

    assert moves(f"refund:{refund_id}") == [
        (ledger.FEES, seller.pending, 200, "fee"),
        (earner.pending, seller.pending, 400, "commission"),
        (seller.pending, "world:none", 4_000, "refund"),
    ]
    assert stands(seller.pending, ledger.FEES, earner.pending) == [5_100, 300, 600]
    _refund(app, bob, shop.staff, order, 6_000, drain, "r2")
    assert stands(seller.pending, ledger.FEES, earner.pending, "world:none") == [0, 0, 0, 0]


def _deliver(bob: Person, staff: Person, order: dict, pass_time, run_jobs):
    shipment = {"carrier": "SF", "tracking_no": "1"}
    for who, what, body in ((staff, "shipment", shipment), (bob, "receipt", None)):
        answer = post(who, f"/api/v1/orders/{order['id']}/{what}", body, method="PUT")
        assert answer.status_code == 200, answer.text
    pass_time(days=15)
    run_jobs()


def test_after_release_a_refund_takes_from_what_is_payable(
    app: Flask, town, drain, pass_time, run_jobs
):
    ann, bob, shop, thing = town
    seller, earner = ledger.merchant(shop.merchant_id), ledger.creator(ann.id)
    checkout = place(bob, {thing: 1})
    order = checkout["orders"][0]
    pay(app, bob, checkout)

    _deliver(bob, shop.staff, order, pass_time, run_jobs)

    assert moves(f"order-released:{order['id']}") == [
        (seller.pending, seller.payable, 8_500, "release"),
        (earner.pending, earner.payable, 1_000, "release"),
    ]
    seen = post(bob, f"/api/v1/orders/{order['id']}", method="GET").get_json()
    assert seen["state"] == "completed"

    _refund(app, bob, shop.staff, order, 4_000, drain, "r1")

    assert stands(seller.payable, ledger.FEES, earner.payable) == [5_100, 300, 600]
    _refund(app, bob, shop.staff, order, 6_000, drain, "r2")
    assert stands(seller.payable, seller.receivable, ledger.FEES, earner.payable) == [0, 0, 0, 0]
    with snapshot() as view:
        assert ledger.audit(view).clean


@pytest.mark.parametrize(
    ("story", "outcome"),
    [
        ("wrong_amount", "wrong-sum"),
        ("late", "too-late"),
        ("cancelled", "too-late"),
        ("twice", "twice"),
        ("unknown", "unknown"),
    ],
)
def test_money_that_fits_nothing_goes_back_once(
    app: Flask, town, drain, pass_time, run_jobs, story: str, outcome: str
):
    _, bob, _, thing = town
    checkout = place(bob, {thing: 1})
    charge_no = checkout["payment"]["id"]
    post(bob, f"/api/v1/checkouts/{checkout['id']}/payment")
    if story == "late":
        pass_time(minutes=31)
        run_jobs()
    if story == "cancelled":
        post(bob, f"/api/v1/checkouts/{checkout['id']}/cancellation", method="PUT")
    if story == "twice":
        first = provider().pay(charge_no=charge_no)
        assert notify(app, charge_no, first.txn_id, first.amount_fen) == "fits"
    if story == "unknown":
        charge_no = "pay_unknown"
        provider().charges[charge_no] = 10_000
    behaviour = "wrong_amount" if story == "wrong_amount" else "normal"
    paid = provider().pay(charge_no=charge_no, behaviour=behaviour)

    answers = [notify(app, charge_no, paid.txn_id, paid.amount_fen) for _ in range(3)]
    drain()
    drain()

    assert answers == [outcome] * 3
    back = [txn for txn, _, state in provider().refunds.values() if state == "succeeded"]
    assert back == [paid.txn_id]
    assert stands(f"transit:{paid.txn_id}") == [0]
    with snapshot() as view:
        found = ledger.audit(view)
    assert found.clean
    assert found.stuck == ()


def test_after_a_wrong_sum_the_checkout_can_still_be_paid(app: Flask, town, drain):
    _, bob, _, thing = town
    checkout = place(bob, {thing: 1})

    assert pay(app, bob, checkout, behaviour="wrong_amount") == "wrong-sum"
    assert pay(app, bob, checkout) == "fits"


def test_a_silent_provider_is_asked(app: Flask, town, run_jobs, pass_time):
    _, bob, _, thing = town
    checkout = place(bob, {thing: 1})
    post(bob, f"/api/v1/checkouts/{checkout['id']}/payment")
    provider().pay(charge_no=checkout["payment"]["id"])

    run_jobs()

    seen = post(bob, f"/api/v1/checkouts/{checkout['id']}", method="GET").get_json()
    assert seen["state"] == "paid"


def test_a_dead_provider_leaves_the_checkout_payable(app: Flask, town):
    _, bob, _, thing = town
    checkout = place(bob, {thing: 1})
    provider().down = True

    refused = post(bob, f"/api/v1/checkouts/{checkout['id']}/payment")

    assert (refused.status_code, refused.get_json()["code"]) == (503, "payment-unavailable")
    provider().down = False
    assert pay(app, bob, checkout) == "fits"
