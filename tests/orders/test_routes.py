"""Placing orders over HTTP, and who may see and do what with them."""

import threading
from typing import Any

import pytest

from app.kernel.ids import mint
from tests.orders.shopping import (
    Town,
    bought,
    change_product,
    code,
    confirm,
    get,
    preview,
    shelf,
)  # fmt: skip
from tests.support.people import Person
from tests.support.town import add_address, open_shop, place, post, stock_thing

# Placing.


def test_a_changed_price_is_answered_with_a_preview_that_can_be_confirmed(town: Town) -> None:
    token = preview(town.bob, (town.thing, 2)).get_json()["preview"]
    change_product(town, skus=[{"id": town.thing.sku_id, "price_fen": 12_300}])

    changed = confirm(town.bob, token, key="1")

    assert code(changed) == (409, "checkout-changed")
    said = changed.get_json()
    assert (said["total_fen"], said["sku_ids"]) == (24_600, [])
    placed = confirm(town.bob, said["preview"], key="2")
    assert (placed.status_code, placed.get_json()["total_fen"]) == (201, 24_600)


@pytest.mark.parametrize("change", ["bought", "unlisted"])
def test_what_cannot_be_had_any_more_is_named(town: Town, change: str) -> None:
    token = preview(town.bob, (town.thing, 9)).get_json()["preview"]
    if change == "bought":
        place(town.eve, {town.thing: 2})
    else:
        change_product(town, listed=False)

    changed = confirm(town.bob, token)

    assert code(changed) == (409, "checkout-changed")
    assert changed.get_json()["sku_ids"] == [town.thing.sku_id]
    assert changed.get_json()["preview"] is None


def test_there_is_an_order_for_each_merchant_and_one_payment(town: Town) -> None:
    other = open_shop(town.eve, "potshop")
    pot, cup = (stock_thing(other, name, price_fen=500) for name in ("Pot", "Cup"))
    for thing in (town.thing, pot, cup):
        wanted = {"sku_id": thing.sku_id, "quantity": 2}
        post(town.bob, "/api/v1/cart/lines", wanted)

    checkout = place(town.bob, {town.thing: 1, pot: 2, cup: 1})

    assert [
        (one["merchant_name"], one["state"], one["total_fen"], len(one["lines"]))
        for one in checkout["orders"]
    ] == [("Teashop", "placed", 10_000, 1), ("Potshop", "placed", 1_500, 2)]
    assert (checkout["total_fen"], checkout["payment"]["amount_fen"]) == (11_500, 11_500)
    assert [shelf(thing) for thing in (town.thing, pot, cup)] == [(10, 1), (10, 2), (10, 1)]
    assert get(town.bob, "/api/v1/cart").get_json()["lines"] == []


def test_two_buyers_of_the_last_piece_one_wins(town: Town) -> None:
    last = stock_thing(town.shop, "Last", stock=1)
    tokens = {
        who.handle: (who, preview(who, (last, 1)).get_json()["preview"], add_address(who.id))
        for who in (town.bob, town.eve)
    }
    barrier = threading.Barrier(len(tokens))
    answers: list[Any] = []

    def buy(who: Person, token: str, address: str) -> None:
        barrier.wait(10)
        answers.append(confirm(who, token, address=address))

    threads = [threading.Thread(target=buy, args=given) for given in tokens.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(answer.status_code for answer in answers) == [201, 409]
    (refused,) = [answer for answer in answers if answer.status_code == 409]
    assert refused.get_json()["code"] in {"checkout-changed", "out-of-stock"}
    assert shelf(last) == (1, 1)


def test_an_order_placed_twice_under_one_key_is_one_order(town: Town) -> None:
    token = preview(town.bob, (town.thing, 1)).get_json()["preview"]

    first, again = (confirm(town.bob, token, key="k") for _ in range(2))

    assert again.data == first.data
    assert again.headers["Idempotency-Replayed"] == "true"
    assert shelf(town.thing) == (10, 1)
    other = preview(town.bob, (town.thing, 2)).get_json()["preview"]
    assert code(confirm(town.bob, other, key="k")) == (422, "idempotency-key-reused")


def test_what_is_missing_or_unknown_is_named(town: Town) -> None:
    good = {"preview": "x", "address_id": add_address(town.bob.id)}
    for field in ("preview", "address_id", "total_fen"):
        body: dict[str, object] = {**good, field: 1}
        if field in good:
            del body[field]

        refused = post(town.bob, "/api/v1/checkouts", body, key="k")

        assert code(refused) == (422, "invalid-input")
        assert [one["pointer"] for one in refused.get_json()["errors"]] == [f"/{field}"]


# Who may see and do what.

PATHS = [
    ("GET", "/checkouts/{checkout}", None),
    ("POST", "/checkouts/{checkout}/payment", None),
    ("PUT", "/checkouts/{checkout}/cancellation", None),
    ("GET", "/orders/{order}", None),
    ("PUT", "/orders/{order}/shipment", {"carrier": "SF", "tracking_no": "1"}),
    ("PUT", "/orders/{order}/receipt", None),
    ("GET", "/orders/{order}/refunds", None),
    ("POST", "/orders/{order}/refunds", {"parts": [{"line_id": "{line}", "quantity": 1}]}),
    ("PUT", "/refunds/{refund}/decision", {"granted": True}),
    ("GET", "/merchants/{merchant}/orders", None),
]


def test_other_peoples_things_are_not_there(town: Town) -> None:
    order = bought(town)
    part = {"line_id": order["lines"][0]["id"], "quantity": 1}
    where = f"/api/v1/orders/{order['id']}/refunds"
    refund = post(town.bob, where, {"parts": [part]}, key="r").get_json()
    ids = {
        "checkout": order["checkout_id"],
        "order": order["id"],
        "refund": refund["id"],
        "merchant": order["merchant_id"],
    }
    unknown = {kind: mint(kind) for kind in ids}
    nonsense = dict.fromkeys(ids, "x%00y")
    for method, path, given in PATHS:
        body = {"parts": [part]} if given and "parts" in given else given
        answers = [
            post(who, f"/api/v1{path.format(**names)}", body, key=f"{path}{place_}", method=method)
            for place_, (who, names) in enumerate(
                ((town.eve, ids), (town.bob, unknown), (town.bob, nonsense))
            )
        ]
        assert [code(one) for one in answers] == [(404, "not-found")] * 3, path

    seen = get(town.bob, f"/api/v1/orders/{order['id']}").get_json()
    assert (seen["state"], [one["state"] for one in seen["refunds"]]) == ("paid", ["asked"])


def test_buyer_and_seller_each_have_their_own_part(town: Town) -> None:
    order = bought(town)
    part = {"line_id": order["lines"][0]["id"], "quantity": 1}
    where = f"/api/v1/orders/{order['id']}"
    shipment = {"carrier": "SF", "tracking_no": "1"}

    assert code(post(town.bob, f"{where}/shipment", shipment, method="PUT"))[0] == 404
    assert code(post(town.staff, f"{where}/receipt", method="PUT"))[0] == 404
    asked = post(town.staff, f"{where}/refunds", {"parts": [part]}, key="k")
    assert code(asked)[0] == 404
    refund_id = post(town.bob, f"{where}/refunds", {"parts": [part]}, key="k").get_json()["id"]
    decision = f"/api/v1/refunds/{refund_id}/decision"
    assert code(post(town.bob, decision, {"granted": True}, key="k", method="PUT"))[0] == 404


def test_where_money_moves_a_key_is_asked_for(town: Town) -> None:
    parts = [{"line_id": mint("line"), "quantity": 1}]
    confirmed = {"preview": "x", "address_id": mint("address")}
    for method, path, body in (
        ("POST", "/checkouts", confirmed),
        ("POST", f"/orders/{mint('order')}/refunds", {"parts": parts}),
        ("PUT", f"/refunds/{mint('refund')}/decision", {"granted": True}),
    ):
        refused = post(town.bob, f"/api/v1{path}", body, method=method)
        assert code(refused) == (400, "idempotency-key-missing"), path


def test_without_an_account_there_is_nothing_to_see(town: Town) -> None:
    stranger = town.app.test_client()

    for path in ("/cart", "/orders", f"/orders/{mint('order')}"):
        assert code(stranger.get(f"/api/v1{path}")) == (401, "sign-in-required")


def test_a_phone_is_shown_to_whoever_sends_the_parcel_and_only_until_it_is_over(
    town: Town,
) -> None:
    order = bought(town)
    where = f"/api/v1/orders/{order['id']}"

    theirs = get(town.staff, where).get_json()["address"]["phone"]
    own = get(town.bob, where).get_json()["address"]["phone"]

    assert theirs.endswith("13800138000")
    assert "*" in own
    assert own != theirs


def test_a_merchant_sees_paid_orders_by_state_page_by_page(town: Town) -> None:
    paid = [bought(town, key=f"k{number}")["id"] for number in range(3)]
    place(town.bob, {town.thing: 1}, key="unpaid")
    where = f"/api/v1/merchants/{town.shop.merchant_id}/orders"

    first = get(town.staff, f"{where}?size=2&state=paid").get_json()
    rest = get(town.staff, f"{where}?size=2&state=paid&cursor={first['next']}").get_json()

    assert [one["id"] for one in first["items"] + rest["items"]] == paid[::-1]
    assert rest["next"] is None
    assert len(get(town.staff, where).get_json()["items"]) == 3
    assert get(town.staff, f"{where}?state=shipped").get_json()["items"] == []
    assert code(get(town.staff, f"{where}?state=lost")) == (422, "invalid-input")
