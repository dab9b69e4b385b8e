"""Carts and previews over HTTP: nothing of what is paid comes from the client."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from itsdangerous import URLSafeSerializer

from app.kernel.ids import mint
from app.orders import api as orders
from app.orders.errors import PreviewStale
from app.platform.uow import snapshot, unit_of_work
from tests.orders.shopping import (
    Town,
    change_product,
    code,
    confirm,
    get,
    preview,
    shelf,
)  # fmt: skip
from tests.support.people import Person
from tests.support.town import Thing, add_address, open_shop, place, post, stock_thing

# The cart.


def _put(who: Person, thing: Thing, quantity: int, *, method: str = "POST", **more: Any) -> Any:
    body = {"sku_id": thing.sku_id, "quantity": quantity, **more}
    return post(who, "/api/v1/cart/lines", body, method=method)


def _cart(who: Person) -> tuple[list[tuple[str, int]], int]:
    seen = get(who, "/api/v1/cart").get_json()
    return [(line["sku_id"], line["quantity"]) for line in seen["lines"]], seen["total_fen"]


def test_what_is_put_into_a_cart_adds_up_and_is_set(town: Town) -> None:
    sku = town.thing.sku_id

    assert _put(town.bob, town.thing, 2).get_json()["total_fen"] == 20_000
    assert _put(town.bob, town.thing, 3).get_json()["total_fen"] == 50_000
    assert _cart(town.bob) == ([(sku, 5)], 50_000)
    _put(town.bob, town.thing, 1, method="PATCH")
    assert _cart(town.bob) == ([(sku, 1)], 10_000)
    assert _cart(town.eve) == ([], 0)


def test_a_cart_holds_at_most_99_of_a_thing(town: Town) -> None:
    pot = stock_thing(town.shop, "Pot", price_fen=5, stock=99)
    _put(town.bob, pot, 98)
    _put(town.bob, pot, 98)

    assert _cart(town.bob) == ([(pot.sku_id, 99)], 495)
    assert code(_put(town.bob, pot, 100)) == (422, "invalid-input")


@pytest.mark.parametrize(
    ("inside", "quantity", "method", "in_cart", "said"),
    [
        (0, 11, "POST", 0, "Only 10 left."),
        (9, 2, "POST", 9, "Only 10 left; 9 of them are in your cart already."),
        (9, 99, "POST", 9, "Only 10 left; 9 of them are in your cart already."),
        (9, 11, "PATCH", 0, "Only 10 left."),
    ],
)
def test_no_more_of_a_thing_goes_into_a_cart_than_there_is(
    town: Town, inside: int, quantity: int, method: str, in_cart: int, said: str
) -> None:
    if inside:
        assert _put(town.bob, town.thing, inside).status_code == 200
    before = _cart(town.bob)

    refused = _put(town.bob, town.thing, quantity, method=method)

    assert code(refused) == (409, "too-few-left")
    told = {name: refused.get_json()[name] for name in ("left", "in_cart", "sku_id", "detail")}
    assert told == {
        "left": 10, "in_cart": in_cart, "sku_id": town.thing.sku_id, "detail": said
    }  # fmt: skip
    assert _cart(town.bob) == before
    assert _put(town.bob, town.thing, 10 - in_cart, method=method).status_code == 200


def test_of_what_is_sold_out_nothing_goes_into_a_cart(town: Town) -> None:
    place(town.eve, {town.thing: 10})

    refused = _put(town.bob, town.thing, 1).get_json()

    assert (refused["left"], refused["detail"]) == (0, "None of these are left.")
    assert _cart(town.bob) == ([], 0)


def test_where_stock_falls_cart_and_preview_count_what_can_be_had(town: Town) -> None:
    pot = stock_thing(town.shop, "Pot", price_fen=5)
    _put(town.bob, town.thing, 9)
    _put(town.bob, pot, 1)
    place(town.eve, {town.thing: 8})

    seen = post(town.bob, "/api/v1/checkouts/previews", {}).get_json()
    lines, total = _cart(town.bob)

    assert lines == [(town.thing.sku_id, 9), (pot.sku_id, 1)]
    assert (seen["total_fen"], total) == (20_005, 20_005)
    told = [
        (line["quantity"], line["net_fen"], line["short"])
        for parcel in seen["parcels"]
        for line in parcel["lines"]
    ]
    assert told == [(9, 20_000, True), (1, 5, False)]
    # Fewer than there were, and still more than there are.
    assert code(_put(town.bob, town.thing, 3, method="PATCH")) == (409, "too-few-left")
    assert _put(town.bob, town.thing, 2, method="PATCH").status_code == 200


def test_what_is_taken_out_of_a_cart_is_gone_and_the_rest_stays(town: Town) -> None:
    pot = stock_thing(town.shop, "Pot", price_fen=5)
    _put(town.bob, town.thing, 1)
    _put(town.bob, pot, 2)

    body = {"sku_ids": [town.thing.sku_id]}
    for _ in range(2):
        left = post(town.bob, "/api/v1/cart/lines", body, method="DELETE")
        assert left.status_code == 200
        assert left.get_json()["total_fen"] == 10
    assert _cart(town.bob) == ([(pot.sku_id, 2)], 10)


def test_what_is_no_longer_sold_stays_in_the_cart_and_is_not_counted(town: Town) -> None:
    _put(town.bob, town.thing, 1)
    change_product(town, listed=False)

    seen = get(town.bob, "/api/v1/cart").get_json()

    assert [line["offer"]["listed"] for line in seen["lines"]] == [False]
    assert seen["total_fen"] == 0
    assert "¥0.00" in town.bob.client.get("/cart").get_data(as_text=True)


def test_only_what_is_in_the_cart_can_be_set(town: Town) -> None:
    assert code(_put(town.bob, town.thing, 1, method="PATCH")) == (404, "not-found")


def test_the_note_that_led_to_a_thing_is_remembered(town: Town) -> None:
    note_id = mint("note")
    _put(town.bob, town.thing, 1, note_id=note_id)
    _put(town.bob, town.thing, 1)

    (line,) = get(town.bob, "/api/v1/cart").get_json()["lines"]

    assert line["note_id"] == note_id


def test_what_is_no_line_of_a_cart_is_refused(town: Town) -> None:
    good = {"sku_id": town.thing.sku_id, "quantity": 1}
    bad: list[object] = [{}, [], "text", None, {"quantity": 1}, {**good, "price_fen": 1}]
    bad += [{**good, "sku_id": one} for one in ("x", None, 7, "sku_\x00")]
    bad += [{**good, "quantity": one} for one in (0, -1, 100, "1", 1.5, True, None, 2**62)]
    bad += [{**good, "note_id": one} for one in ("x", 7, town.thing.sku_id)]

    answers = [post(town.bob, "/api/v1/cart/lines", body) for body in bad]

    wrong = [
        (body, answer.status_code, answer.text)
        for body, answer in zip(bad, answers, strict=True)
        if answer.status_code not in {400, 422}
    ]
    assert wrong == []
    assert _cart(town.bob) == ([], 0)


# Previews.


def test_a_preview_tells_what_it_binds(town: Town) -> None:
    pot = stock_thing(open_shop(town.eve, "potshop"), "Pot", price_fen=500)

    seen = preview(town.bob, (town.thing, 2), (pot, 1)).get_json()

    assert seen["total_fen"] == 20_500
    assert [(one["merchant_name"], one["total_fen"]) for one in seen["parcels"]] == [
        ("Teashop", 20_000),
        ("Potshop", 500),
    ]
    assert [one["short"] for parcel in seen["parcels"] for one in parcel["lines"]] == [False, False]


def test_without_lines_the_whole_cart_is_previewed(town: Town) -> None:
    _put(town.bob, town.thing, 3)

    seen = post(town.bob, "/api/v1/checkouts/previews", {})

    assert seen.get_json()["total_fen"] == 30_000


def test_a_preview_says_what_cannot_be_had(town: Town) -> None:
    seen = preview(town.bob, (town.thing, 11)).get_json()

    assert seen["parcels"][0]["lines"][0]["short"] is True
    assert code(confirm(town.bob, seen["preview"])) == (409, "checkout-changed")
    assert shelf(town.thing) == (10, 0)


def _edited(token: str, edit: Callable[[list[Any]], object]) -> str:
    """Return a preview as somebody would change it who does not know our secret."""
    payload, _, mark = token.rpartition(".")
    serializer = URLSafeSerializer("another secret")
    said = serializer.load_payload(payload.encode())
    edit(said)
    return f"{serializer.dump_payload(said).decode()}.{mark}"


def test_a_preview_that_was_tampered_with_is_refused(town: Town) -> None:
    token = preview(town.bob, (town.thing, 1)).get_json()["preview"]
    assert _edited(token, lambda _said: None) == token
    edits: dict[str, Callable[[list[Any]], object]] = {
        "buyer": lambda said: said.__setitem__(0, town.eve.id),
        "price": lambda said: said[1][0].__setitem__(2, 1),
        "quantity": lambda said: said[1][0].__setitem__(1, 9),
        "lines": lambda said: said.__setitem__(1, []),
        "total": lambda said: said.__setitem__(2, 1),
        "instant": lambda said: said.__setitem__(3, said[3] + 1),
        "never": lambda said: said.__setitem__(3, 2**53),
    }

    answers = {
        name: code(confirm(town.bob, _edited(token, edit), key=name))
        for name, edit in edits.items()
    }

    assert answers == dict.fromkeys(edits, (409, "preview-stale"))
    assert get(town.bob, "/api/v1/orders").get_json()["items"] == []
    assert confirm(town.bob, token).status_code == 201


def test_what_was_never_a_preview_is_refused(town: Town) -> None:
    for place_, token in enumerate(["x", ".", "a.b.c", "e30.x", "W10.x", "é" * 9, "x" * 20_000]):
        assert code(confirm(town.bob, token, key=str(place_))) == (409, "preview-stale"), token
    for place_, token in enumerate(["", "x" * 20_001, "\x00"]):
        refused = confirm(town.bob, token, key=f"n{place_}")
        assert refused.status_code in {400, 422}, token


def test_a_preview_is_for_who_saw_it(town: Town) -> None:
    token = preview(town.bob, (town.thing, 1)).get_json()["preview"]

    assert code(confirm(town.eve, token)) == (409, "preview-stale")
    assert confirm(town.bob, token).status_code == 201


def test_a_preview_binds_for_five_minutes_over_http(
    town: Town, pass_time: Callable[..., None]
) -> None:
    old, fresh = (preview(town.bob, (town.thing, 1)).get_json()["preview"] for _ in range(2))
    pass_time(minutes=4)
    assert confirm(town.bob, fresh, key="1").status_code == 201
    pass_time(minutes=1, seconds=1)
    assert code(confirm(town.bob, old, key="2")) == (409, "preview-stale")


@pytest.mark.parametrize(
    ("age", "taken"),
    [
        (timedelta(0), True),
        (timedelta(seconds=300), True),
        (timedelta(seconds=300, milliseconds=1), False),
        (timedelta(milliseconds=-1), False),
    ],
)
def test_a_preview_binds_to_the_millisecond(town: Town, age: timedelta, taken: bool) -> None:
    with snapshot() as view:
        now = view.now.replace(microsecond=0)
    with snapshot(now=now) as view:
        seen = orders.look(view, wanted=[orders.Wanted(town.thing.sku_id, 1)])
    token = orders.sign_preview(seen, buyer_id=town.bob.id)
    address_id = add_address(town.bob.id)

    def confirm_() -> orders.PlacedCheckout:
        with unit_of_work(now=now + age) as uow:
            return orders.place(uow, buyer_id=town.bob.id, token=token, address_id=address_id)

    if not taken:
        with pytest.raises(PreviewStale):
            confirm_()
        return
    placed = confirm_()
    with snapshot() as view:
        checkout = orders.checkout(view, checkout_id=placed.checkout_id)
    # The instant of the preview, not of the order, decides attribution.
    assert checkout.instant_ms == int(now.timestamp()) * 1000
    assert checkout.placed_at == now + age
