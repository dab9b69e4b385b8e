"""What becomes of an order in time: it lapses, is sent, received, released."""

from collections.abc import Callable
from typing import Any

import pytest

from app.orders import api as orders
from app.orders.api import MoneyIn
from app.platform.uow import snapshot, unit_of_work
from tests.orders.shopping import (
    Town,
    act,
    bank,
    bought,
    code,
    notify,
    order_of,
    shelf,
)
from tests.support.town import open_shop, place, post, stock_thing
from tests.support.waiting import wait_until

Drain = Callable[[], int]
RunJobs = Callable[[], int]
LetPass = Callable[..., None]


def _steps(order: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["what"], one["by"]) for one in order["steps"]]


def _release(town: Town, order_id: str, pass_time: LetPass, run_jobs: RunJobs) -> None:
    act(town.staff, order_id, "shipment")
    act(town.bob, order_id, "receipt")
    pass_time(days=15)
    run_jobs()


# Unpaid.


def test_what_is_not_paid_lapses_after_30_minutes_and_gives_its_goods_back(
    town: Town, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    order = place(town.bob, {town.thing: 3})["orders"][0]
    assert shelf(town.thing) == (10, 3)

    pass_time(minutes=29, seconds=58)
    run_jobs()
    assert order_of(town, order["id"])["state"] == "placed"
    pass_time(minutes=1)
    run_jobs()
    run_jobs()

    seen = order_of(town, order["id"])
    assert (seen["state"], shelf(town.thing)) == ("lapsed", (10, 0))
    assert _steps(seen) == [("placed", "buyer"), ("lapsed", "clock")]
    assert seen["ended_at"] is not None


def test_a_checkout_is_cancelled_whole_and_again_is_the_same(town: Town) -> None:
    pot = stock_thing(open_shop(town.eve, "potshop"), "Pot")
    checkout = place(town.bob, {town.thing: 1, pot: 2})
    path = f"/api/v1/checkouts/{checkout['id']}/cancellation"

    for _ in range(2):
        cancelled = post(town.bob, path, method="PUT")
        assert (cancelled.status_code, cancelled.get_json()["state"]) == (200, "cancelled")

    states = [one["state"] for one in cancelled.get_json()["orders"]]
    assert states == ["cancelled", "cancelled"]
    assert [shelf(thing) for thing in (town.thing, pot)] == [(10, 0), (10, 0)]
    assert cancelled.get_json()["payment"]["state"] == "closed"


def test_money_for_a_lapsed_order_goes_back_once_whoever_tells_of_it(
    town: Town, drain: Drain, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    checkout = place(town.bob, {town.thing: 1})
    post(town.bob, f"/api/v1/checkouts/{checkout['id']}/payment")
    charge_no = checkout["payment"]["id"]
    paid = bank().pay(charge_no=charge_no)
    pass_time(minutes=31)
    run_jobs()
    drain()
    told = notify(town.app, charge_no=charge_no, txn_id=paid.txn_id, amount_fen=paid.amount_fen)
    drain()

    assert told.get_json()["outcome"] == "too-late"
    assert [(txn, fen) for txn, fen, _ in bank().refunds.values()] == [(paid.txn_id, 10_000)]
    assert shelf(town.thing) == (10, 0)
    with snapshot() as view:
        checkout_ = orders.checkout(view, checkout_id=checkout["id"])
    assert (checkout_.state, checkout_.payment.state) == ("lapsed", "closed")


def test_paying_and_lapsing_at_once_only_one_of_them_counts(town: Town, pass_time: LetPass) -> None:
    checkout = place(town.bob, {town.thing: 1})
    pass_time(minutes=31)
    money = MoneyIn("none", checkout["payment"]["id"], "txn_1", 10_000)

    with unit_of_work() as uow:
        assert orders.take_money(uow, money=money) == "fits"
    with unit_of_work() as uow:
        assert not orders.lapse(uow, checkout_id=checkout["id"])

    assert order_of(town, checkout["orders"][0]["id"])["state"] == "paid"
    assert shelf(town.thing) == (9, 0)


@pytest.mark.slow
def test_a_provider_that_is_away_closes_the_charge_later(
    town: Town, drain: Drain, pass_time: LetPass
) -> None:
    checkout = place(town.bob, {town.thing: 1})
    post(town.bob, f"/api/v1/checkouts/{checkout['id']}/payment")
    bank().down = True
    post(town.bob, f"/api/v1/checkouts/{checkout['id']}/cancellation", method="PUT")
    drain()
    assert bank().closed == set()

    bank().down = False

    assert wait_until(lambda: drain() or bank().closed, 10)
    assert bank().closed == {checkout["payment"]["id"]}


# Shipped, received, released.


def test_an_order_is_received_by_itself_ten_days_after_shipping(
    town: Town, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    order = bought(town)
    act(town.staff, order["id"], "shipment")

    pass_time(days=9, hours=23, minutes=59)
    run_jobs()
    assert order_of(town, order["id"])["state"] == "shipped"
    pass_time(minutes=10)
    run_jobs()

    seen = order_of(town, order["id"])
    assert seen["state"] == "received"
    assert _steps(seen)[-1] == ("received", "clock")


def test_money_is_released_fifteen_days_after_the_receipt(
    town: Town, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    order = bought(town)
    act(town.staff, order["id"], "shipment")
    act(town.bob, order["id"], "receipt")

    pass_time(days=14, hours=23, minutes=59)
    run_jobs()
    assert order_of(town, order["id"])["state"] == "received"
    pass_time(minutes=10)
    run_jobs()

    seen = order_of(town, order["id"])
    assert (seen["state"], _steps(seen)[-1]) == ("completed", ("completed", "clock"))
    assert seen["lines"][0]["released_at"] is not None
    assert seen["carrier"] == "SF"


def test_an_order_goes_on_from_where_it_stands_only(town: Town) -> None:
    order = bought(town)
    taken = {what: code(act(who, order["id"], what)) for who, what in ((town.bob, "receipt"),)}
    assert taken == {"receipt": (409, "wrong-state")}

    assert act(town.staff, order["id"], "shipment").status_code == 200
    assert code(act(town.staff, order["id"], "shipment")) == (409, "wrong-state")
    assert act(town.bob, order["id"], "receipt").status_code == 200
    assert code(act(town.bob, order["id"], "receipt")) == (409, "wrong-state")
