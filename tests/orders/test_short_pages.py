"""What cannot be had as wanted, what has ended, and what lacks: the pages say so, and lead on."""

import re
from typing import Any

import pytest

from tests.orders.shopping import Town, ask, bought, decide, get, pay, refund, submit
from tests.support.town import add_address, place, post, stock_thing
from tests.web.forms import read_page


def _main(town: Town, address: str, *, staff: bool = False) -> str:
    answer = (town.staff if staff else town.bob).client.get(address)
    assert answer.status_code == 200
    return answer.text.split("<main")[1].split("</main>")[0]


def _money(html: str) -> list[str]:
    """Return what the lines come to, and then the total."""
    sums = re.findall(r'class="sum num">([^<]*)<', html)
    return sums + re.findall(r'class="price big">([^<]*)<', html)


def _cart(town: Town) -> list[int]:
    return [line["quantity"] for line in get(town.bob, "/api/v1/cart").get_json()["lines"]]


def _put(town: Town, quantity: str) -> Any:
    shelf = f"/p/{town.thing.product_id}"
    typed = {"sku_id": town.thing.sku_id, "quantity": quantity}
    return submit(town.bob.client, shelf, shelf, typed)


def test_too_many_are_refused_beside_the_field_of_the_product(town: Town) -> None:
    answer = _put(town, "50")

    (form,) = [one for one in read_page(answer.text).forms if one.action.startswith("/p/")]
    field = form.controls["quantity"]
    assert (answer.status_code, field.invalid, field.said) == (422, True, "Only 10 left.")
    assert field.values == ["50"]
    assert _cart(town) == []


def test_too_many_are_refused_beside_the_field_of_the_cart(town: Town) -> None:
    assert _put(town, "4").status_code == 303

    answer = submit(
        town.bob.client, "/cart", f"/cart/lines/{town.thing.sku_id}", {"quantity": "11"}
    )

    (form,) = [one for one in read_page(answer.text).forms if "quantity" in one.controls]
    field = form.controls["quantity"]
    assert (answer.status_code, field.said, field.values) == (422, "Only 10 left.", ["11"])
    assert _cart(town) == [4]


def test_where_stock_falls_every_page_shows_one_total_and_says_what_to_do(town: Town) -> None:
    pot = stock_thing(town.shop, "Pot", price_fen=500)
    post(town.bob, "/api/v1/cart/lines", {"sku_id": pot.sku_id})
    assert _put(town, "9").status_code == 303
    add_address(town.bob.id)
    place(town.eve, {town.thing: 8})

    cart, checkout = _main(town, "/cart"), _main(town, "/checkout")

    for html in (cart, checkout):
        assert sorted(_money(html)) == ["¥200.00", "¥205.00", "¥5.00"]
        assert html.count("Only 2 left: take fewer, or take it out.") == 1
    assert 'href="/checkout"' not in cart
    assert "Change what is marked above" in cart
    assert "Place the order" not in checkout
    assert "nothing is ordered until that is changed" in checkout

    # What the line offers to do about it does it.
    page = read_page(cart)
    (take,) = [
        one for one in page.forms if one.controls.get("quantity", pot) != pot and not one.visible
    ]
    went = submit(town.bob.client, "/cart", take.action, {"quantity": take.filled({})["quantity"]})
    assert (went.status_code, _cart(town)) == (303, [1, 2])
    assert "Place the order" in _main(town, "/checkout")
    assert 'href="/checkout"' in _main(town, "/cart")


def test_what_is_sold_out_can_only_be_taken_out(town: Town) -> None:
    assert _put(town, "1").status_code == 303
    place(town.eve, {town.thing: 10})

    cart = _main(town, "/cart")

    assert "Sold out at present: take it out to go on." in cart
    assert "Take 0" not in cart
    assert _money(cart) == ["¥0.00", "¥0.00"] == _money(_main(town, "/checkout"))


def test_the_checkout_leads_back_to_the_cart(town: Town) -> None:
    assert _put(town, "1").status_code == 303

    assert "Back to the cart" in _main(town, "/checkout")


def test_a_checkout_that_is_empty_names_what_is_not_paid_yet(town: Town) -> None:
    assert "not paid yet" not in _main(town, "/checkout")
    checkout = place(town.bob, {town.thing: 2})

    html = _main(town, "/checkout")

    assert f'href="/pay/{checkout["id"]}"' in html
    assert ("Tea" in html, "× 2" in html, "¥200.00" in html) == (True, True, True)
    # Of another it tells nothing, and nothing once there is something else to check out.
    assert checkout["id"] not in town.eve.client.get("/checkout").text
    assert _put(town, "1").status_code == 303
    assert checkout["id"] not in _main(town, "/checkout")


@pytest.mark.parametrize("ending", ["cancelled", "lapsed"])
def test_what_can_no_longer_be_paid_is_not_named(town: Town, pass_time: Any, ending: str) -> None:
    checkout = place(town.bob, {town.thing: 1})
    if ending == "cancelled":
        post(town.bob, f"/api/v1/checkouts/{checkout['id']}/cancellation", method="PUT")
    else:
        pass_time(minutes=31)

    assert "not paid yet" not in _main(town, "/checkout")


def test_who_lacks_an_address_adds_one_and_comes_back_to_the_checkout(town: Town) -> None:
    assert _put(town, "1").status_code == 303
    client = town.bob.client
    led = re.findall(r'href="(/settings[^"]+)"', _main(town, "/checkout"))
    assert set(led) == {"/settings?next=/checkout#addresses"}

    settings = client.get(led[0])
    (form,) = [
        one for one in read_page(settings.text).forms
        if one.action.startswith("/settings/addresses")
    ]  # fmt: skip
    assert "you go back to the checkout" in settings.text
    typed = {"recipient": "Li Lei", "phone": "", "region": "Shanghai", "street": "Road 1"}
    refused = submit(client, "/settings", form.action, typed)
    assert "you go back to the checkout" in refused.text
    saved = submit(client, "/settings", form.action, {**typed, "phone": "13800138000"})

    assert (refused.status_code, saved.headers["Location"]) == (422, "/checkout")
    assert "Place the order" in _main(town, "/checkout")


@pytest.mark.parametrize("target", ["", "//evil.example", "https://evil.example"])
def test_nobody_is_led_away_by_the_form_of_an_address(town: Town, target: str) -> None:
    typed = {"recipient": "Li", "phone": "13800138000", "region": "Shanghai", "street": "Road 1"}
    where = f"/settings/addresses?next={target}"

    saved = submit(town.bob.client, "/settings", where, typed)

    assert saved.headers["Location"] == "/settings#addresses"
    assert "Add an address here" not in town.bob.client.get(f"/settings?next={target}").text


def test_money_is_asked_back_only_while_some_of_it_is_left(town: Town) -> None:
    order = bought(town, 2)
    where = f"/orders/{order['id']}"

    refund(town, order, key="1", quantity=1)
    assert "Ask money back" in _main(town, where)
    asked = ask(town, order, key="2", quantity=1).get_json()["id"]
    assert "Ask money back" not in _main(town, where)
    # What was refused may be asked for again.
    decide(town, asked, granted=False)
    assert "Ask money back" in _main(town, where)


def test_a_line_of_which_nothing_is_left_is_not_offered(town: Town) -> None:
    pot = stock_thing(town.shop, "Pot", price_fen=500)
    checkout = place(town.bob, {town.thing: 1, pot: 1})
    assert pay(town.app, town.bob, checkout) == "fits"
    order = get(town.bob, f"/api/v1/orders/{checkout['orders'][0]['id']}").get_json()
    ask(town, order, key="1", quantity=1)

    asked = re.findall(r'name="quantities\.(\w+)"', _main(town, f"/orders/{order['id']}"))

    assert asked == [order["lines"][1]["id"]]


def test_who_sends_an_order_reads_its_number_and_whom_it_is_for(town: Town) -> None:
    order = bought(town)
    where = f"/orders/{order['id']}"

    def heading(html: str) -> str:
        return re.findall(r"<h1>([^<]*)</h1>", html)[0]

    theirs = _main(town, where, staff=True)
    assert heading(theirs) == f"Order no. {order['id']}"
    assert "For Li Lei" in theirs
    assert heading(_main(town, where)) == "Order from Teashop"
