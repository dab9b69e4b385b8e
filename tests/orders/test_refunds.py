"""Money that goes back: by pieces or amount, before and after the release, never too much."""

from collections.abc import Callable
from typing import Any

from tests.orders.shopping import (
    Town,
    act,
    ask,
    bank,
    bought,
    change_product,
    code,
    decide,
    get,
    notify,
    order_of,
    pay,
    refund,
    shelf,
)
from tests.support.town import place, post, stock_thing

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


def test_pieces_and_amounts_go_back_before_the_release(town: Town, drain: Drain) -> None:
    order = bought(town, 3)
    act(town.staff, order["id"], "shipment")

    refund(town, order, key="1", quantity=1)
    refund(town, order, key="2", amount_fen=1_234)
    drain()

    line = order_of(town, order["id"])["lines"][0]
    assert (line["refunded_fen"], line["refunding_fen"]) == (11_234, 0)
    assert (line["refunded_quantity"], line["refunding_quantity"]) == (1, 0)
    # They are with the buyer: what was sent comes back another way.
    assert shelf(town.thing) == (7, 0)


def test_pieces_and_amounts_go_back_after_the_release(
    town: Town, drain: Drain, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    order = bought(town, 3)
    _release(town, order["id"], pass_time, run_jobs)
    assert order_of(town, order["id"])["state"] == "completed"

    refund(town, order, key="1", amount_fen=5_000)
    refund(town, order, key="2", quantity=3)
    drain()

    seen = order_of(town, order["id"])
    assert [one["amount_fen"] for one in seen["refunds"]] == [5_000, 25_000]
    assert (seen["state"], seen["refunded_fen"]) == ("completed", 30_000)


def test_more_than_is_left_cannot_be_asked_for(town: Town, drain: Drain) -> None:
    order = bought(town, 2)
    refund(town, order, key="1", amount_fen=15_000)
    drain()

    for key, part in enumerate(({"amount_fen": 5_001}, {"quantity": 3})):
        refused = ask(town, order, key=f"no{key}", **part)
        assert code(refused) == (422, "refund-too-much")
        assert refused.get_json()["left_fen"] == 5_000
    assert ask(town, order, key="yes", amount_fen=5_000).status_code == 201
    assert code(ask(town, order, key="over", amount_fen=1)) == (422, "refund-too-much")


def test_what_is_asked_for_twice_at_once_goes_back_once(town: Town, drain: Drain) -> None:
    order = bought(town, 2)
    first = ask(town, order, key="1", quantity=1).get_json()["id"]
    assert code(ask(town, order, key="2", quantity=2)) == (422, "refund-too-much")
    second = ask(town, order, key="3", quantity=1).get_json()["id"]

    for one in (first, second):
        assert decide(town, one).status_code == 200
    drain()

    seen = order_of(town, order["id"])
    assert (seen["state"], seen["refunded_fen"]) == ("cancelled", 20_000)
    assert seen["lines"][0]["refunded_quantity"] == 2
    assert shelf(town.thing) == (10, 0)


def test_a_refused_refund_leaves_everything_as_it_was(town: Town) -> None:
    order = bought(town, 2)
    refund_id = ask(town, order, key="1", quantity=2).get_json()["id"]

    refused = decide(town, refund_id, granted=False)

    assert refused.get_json()["state"] == "refused"
    line = order_of(town, order["id"])["lines"][0]
    assert (line["refunding_fen"], line["refunding_quantity"]) == (0, 0)
    assert bank().refunds == {}
    assert ask(town, order, key="2", quantity=2).status_code == 201


def test_a_refund_under_way_keeps_its_line_from_being_released(
    town: Town, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    pot = stock_thing(town.shop, "Pot", price_fen=500)
    checkout = place(town.bob, {town.thing: 1, pot: 1})
    assert pay(town.app, town.bob, checkout) == "fits"
    order = order_of(town, checkout["orders"][0]["id"])
    act(town.staff, order["id"], "shipment")
    act(town.bob, order["id"], "receipt")
    asked = ask(town, order, key="1", amount_fen=1).get_json()["id"]

    pass_time(days=15)
    run_jobs()

    seen = order_of(town, order["id"])
    assert seen["state"] == "received"
    assert [one["released_at"] is None for one in seen["lines"]] == [True, False]
    decide(town, asked, granted=False)
    pass_time(minutes=10)
    run_jobs()
    seen = order_of(town, order["id"])
    assert seen["state"] == "completed"
    assert all(one["released_at"] for one in seen["lines"])


def test_a_received_order_refunded_whole_is_completed_without_a_release(
    town: Town, drain: Drain, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    order = bought(town)
    act(town.staff, order["id"], "shipment")
    act(town.bob, order["id"], "receipt")
    refund(town, order, key="1", quantity=1)
    drain()

    pass_time(days=15)
    run_jobs()

    seen = order_of(town, order["id"])
    assert (seen["state"], seen["lines"][0]["released_at"]) == ("completed", None)


def test_what_is_refunded_whole_before_shipping_is_cancelled_and_back_on_the_shelf(
    town: Town, drain: Drain
) -> None:
    for key, how in (
        ("pieces", [{"quantity": 3}]),
        ("amount", [{"amount_fen": 30_000}]),
        ("both", [{"amount_fen": 5_000}, {"quantity": 1}, {"amount_fen": 15_000}]),
    ):
        order = bought(town, 3, key=key)
        assert shelf(town.thing) == (7, 0)

        for place_, part in enumerate(how):
            refund(town, order, key=f"{key}{place_}", **part)
            drain()

        seen = order_of(town, order["id"])
        assert (seen["state"], seen["refunded_fen"]) == ("cancelled", 30_000), key
        assert shelf(town.thing) == (10, 0), key
        assert code(act(town.staff, order["id"], "shipment")) == (409, "wrong-state")


def test_a_refund_that_the_provider_confirms_twice_is_posted_once(town: Town, drain: Drain) -> None:
    order = bought(town, 2)
    bank().refund_says = "pending"
    refund_id = refund(town, order, key="1", quantity=1)
    drain()
    assert order_of(town, order["id"])["refunds"][0]["state"] == "granted"

    said = {"refund_no": refund_id, "amount_fen": 10_000}
    outcomes = [
        notify(town.app, type_, **said).get_json()["outcome"]
        for type_ in ("refund.succeeded", "refund.succeeded", "refund.failed")
    ]

    assert outcomes == ["confirmed", "known", "known"]
    seen = order_of(town, order["id"])
    assert (seen["refunded_fen"], seen["refunds"][0]["state"]) == (10_000, "confirmed")
    assert shelf(town.thing) == (9, 0)


def test_a_refund_that_the_provider_refuses_may_be_asked_for_again(
    town: Town, drain: Drain
) -> None:
    order = bought(town)
    bank().refund_says = "pending"
    first = refund(town, order, key="1", quantity=1)
    drain()
    said = {"refund_no": first, "amount_fen": 10_000}

    outcomes = [notify(town.app, "refund.failed", **said).get_json()["outcome"] for _ in range(2)]

    assert outcomes == ["failed", "known"]
    assert _steps(order_of(town, order["id"]))[-1] == ("refund-failed", "provider")
    bank().refund_says = "succeeded"
    bank().refunds.clear()
    refund(town, order, key="2", quantity=1)
    drain()
    assert order_of(town, order["id"])["state"] == "cancelled"


def test_a_silent_provider_is_asked_about_refunds(
    town: Town, drain: Drain, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    order = bought(town)
    bank().refund_says = "pending"
    refund_id = refund(town, order, key="1", quantity=1)
    drain()
    run_jobs()
    assert order_of(town, order["id"])["refunds"][0]["state"] == "granted"

    txn_id, fen, _ = bank().refunds[refund_id]
    bank().refunds[refund_id] = (txn_id, fen, "succeeded")
    pass_time(minutes=2)
    run_jobs()

    assert order_of(town, order["id"])["state"] == "cancelled"


def test_a_notice_about_a_refund_that_is_none_of_ours_changes_nothing(town: Town) -> None:
    for type_ in ("refund.succeeded", "refund.failed"):
        told = notify(town.app, type_, refund_no="ref_unheard_of", amount_fen=1)
        assert (told.status_code, told.get_json()["outcome"]) == (200, "known")


def test_jobs_that_find_the_provider_away_try_another_time(
    town: Town, drain: Drain, pass_time: LetPass, run_jobs: RunJobs
) -> None:
    order = bought(town, key="1")
    bank().refund_says = "pending"
    refund(town, order, key="r", quantity=1)
    drain()
    waiting = place(town.bob, {town.thing: 1}, key="2")
    post(town.bob, f"/api/v1/checkouts/{waiting['id']}/payment")
    bank().pay(charge_no=waiting["payment"]["id"])
    bank().down = True

    run_jobs()

    assert order_of(town, waiting["orders"][0]["id"])["state"] == "placed"
    bank().down = False
    pass_time(minutes=1)
    run_jobs()
    assert order_of(town, waiting["orders"][0]["id"])["state"] == "paid"


def test_lines_keep_the_price_at_which_they_were_sold(town: Town) -> None:
    order = bought(town)

    change_product(town, skus=[{"id": town.thing.sku_id, "price_fen": 1}], name="Coffee")

    line = order_of(town, order["id"])["lines"][0]
    assert (line["price_fen"], line["name"]) == (10_000, "Tea")
    assert get(town.bob, f"/api/v1/orders/{order['id']}/refunds").get_json() == {"items": []}
