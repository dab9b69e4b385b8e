"""The pages of buying and selling: what was typed stays, and what is wrong stands at its field."""

import re

import pytest
from flask import Flask

from tests.orders.shopping import (
    SignUp,
    Town,
    act,
    ask,
    bought,
    change_product,
    get,
    submit,
)  # fmt: skip
from tests.support.town import add_address, place, post, stock_thing


def _fault_at(html: str, field: str) -> None:
    """Hold a page to its promise: the summary leads to the field, and the field says it."""
    assert 'role="alert"' in html
    assert f'href="#{field}"' in html
    assert f'id="{field}"' in html
    assert f'id="{field}-said"' in html


def _put_in_cart(town: Town) -> None:
    shelf = f"/p/{town.thing.product_id}"
    typed = {"sku_id": town.thing.sku_id, "quantity": "1"}
    assert submit(town.bob.client, shelf, shelf, typed).status_code == 303


def test_buying_with_pages_alone(town: Town, drain, run_jobs) -> None:
    client = town.bob.client
    add_address(town.bob.id)
    sku = {"sku_id": town.thing.sku_id, "quantity": "2"}

    shelf = f"/p/{town.thing.product_id}"
    put = submit(client, shelf, shelf, {**sku, "now": "1"})
    assert (put.status_code, put.headers.get("Location")) == (303, "/checkout")
    more = submit(client, "/cart", f"/cart/lines/{town.thing.sku_id}", {"quantity": "3"})
    assert more.headers["Location"] == "/cart"
    html = client.get("/checkout").get_data(as_text=True)
    chosen = {
        name: re.findall(rf'name="{name}"\s+value="([^"]+)"', html)[-1]
        for name in ("preview", "address_id")
    }
    placed = submit(client, "/checkout", "/checkout", chosen)
    assert placed.status_code == 303, placed.text
    started = submit(client, placed.headers["Location"], placed.headers["Location"], {})
    assert started.headers["Location"].startswith("/wallet/")
    paid = submit(client, started.headers["Location"], started.headers["Location"], {})
    assert paid.headers["Location"] == f"{placed.headers['Location']}?from=wallet"
    run_jobs()

    order = get(town.bob, "/api/v1/orders").get_json()["items"][0]
    assert (order["state"], order["lines"][0]["quantity"]) == ("paid", 3)
    assert client.get("/orders").status_code == 200
    shop = town.staff.client
    sent = submit(
        shop, f"/orders/{order['id']}", f"/orders/{order['id']}/shipment",
        {"carrier": "SF", "tracking_no": "7"},
    )  # fmt: skip
    assert sent.status_code == 303
    had = submit(client, f"/orders/{order['id']}", f"/orders/{order['id']}/receipt", {})
    assert had.status_code == 303
    line = order["lines"][0]["id"]
    asked = submit(
        client, f"/orders/{order['id']}", f"/orders/{order['id']}/refunds",
        {f"quantities.{line}": "2", "reason": "too bitter"},
    )  # fmt: skip
    assert asked.status_code == 303, asked.text
    assert "too bitter" in shop.get("/shop/teashop/orders").get_data(as_text=True)
    seen = get(town.bob, f"/api/v1/orders/{order['id']}").get_json()
    refund_id = seen["refunds"][0]["id"]
    decided = submit(
        shop, f"/orders/{order['id']}", f"/refunds/{refund_id}/decision",
        {"answer": "sorry", "granted": "true"},
    )  # fmt: skip
    assert decided.status_code == 303
    drain()
    seen = get(town.bob, f"/api/v1/orders/{order['id']}").get_json()
    assert (seen["state"], seen["refunded_fen"]) == ("received", 20_000)
    page = client.get(f"/orders/{order['id']}").get_data(as_text=True)
    assert "sorry" in page
    assert "¥200.00" in page


@pytest.mark.parametrize("typed", ["4", "-1", "two", "999999999999999999999", ""])
def test_a_refund_that_cannot_be_stands_at_its_line_and_loses_nothing(
    town: Town, typed: str
) -> None:
    order = bought(town, 3)
    field = f"quantities.{order['lines'][0]['id']}"

    answer = submit(
        town.bob.client, f"/orders/{order['id']}", f"/orders/{order['id']}/refunds",
        {field: typed, "reason": "because <b>"},
    )  # fmt: skip

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    _fault_at(html, field)
    assert "because &lt;b&gt;" in html
    if typed:
        assert f'value="{typed}"' in html
    assert get(town.bob, f"/api/v1/orders/{order['id']}").get_json()["refunds"] == []


def test_a_shipment_without_a_number_keeps_the_carrier(town: Town) -> None:
    order = bought(town)

    answer = submit(
        town.staff.client, f"/orders/{order['id']}", f"/orders/{order['id']}/shipment",
        {"carrier": "Cheetah", "tracking_no": "9" * 61},
    )  # fmt: skip

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    _fault_at(html, "tracking_no")
    assert 'value="Cheetah"' in html
    assert "9" * 61 in html


def test_a_word_that_is_too_long_stands_at_the_refund_it_is_about(town: Town) -> None:
    order = bought(town, 2)
    first = ask(town, order, key="1", quantity=1).get_json()["id"]
    other = ask(town, order, key="2", quantity=1).get_json()["id"]

    answer = submit(
        town.staff.client, f"/orders/{order['id']}", f"/refunds/{other}/decision",
        {"granted": "false", "answer": "no" * 251},
    )  # fmt: skip

    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    _fault_at(html, f"{other}answer")
    assert f'id="{first}answer-said"' not in html
    assert html.count("no" * 251) == 1


def test_an_address_that_is_gone_is_said_at_the_address(town: Town, sign_up: SignUp) -> None:
    add_address(town.bob.id)
    theirs = add_address(town.eve.id)
    client = town.bob.client
    _put_in_cart(town)
    html = client.get("/checkout").get_data(as_text=True)
    preview = re.findall(r'name="preview"\s+value="([^"]+)"', html)[0]

    answer = submit(client, "/checkout", "/checkout", {"preview": preview, "address_id": theirs})

    assert answer.status_code == 422
    _fault_at(answer.get_data(as_text=True), "address_id")


def test_a_changed_price_is_shown_anew_and_can_be_confirmed(town: Town) -> None:
    address_id = add_address(town.bob.id)
    client = town.bob.client
    _put_in_cart(town)
    html = client.get("/checkout").get_data(as_text=True)
    typed = {"preview": re.findall(r'name="preview"\s+value="([^"]+)"', html)[0]}
    typed["address_id"] = address_id
    change_product(town, skus=[{"id": town.thing.sku_id, "price_fen": 12_300}])

    answer = submit(client, "/checkout", "/checkout", typed)

    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "¥123.00" in html
    assert 'role="alert"' in html
    typed["preview"] = re.findall(r'name="preview"\s+value="([^"]+)"', html)[0]
    assert submit(client, "/checkout", "/checkout", typed).status_code == 303


@pytest.mark.parametrize(
    "path",
    [
        "/cart",
        "/checkout",
        "/orders",
        "/orders/{order}",
        "/pay/{checkout}",
        "/wallet/{payment}",
        "/shop/teashop/orders",
    ],
)
def test_nobody_sees_the_pages_of_another(town: Town, app: Flask, path: str) -> None:
    checkout = place(town.bob, {town.thing: 1})
    ids = {"order": checkout["orders"][0]["id"], "checkout": checkout["id"]}
    where = path.format(**ids, payment=checkout["payment"]["id"])

    seen = town.eve.client.get(where)

    assert app.test_client().get(where).status_code == 303
    assert seen.status_code == (404 if "{" in path or "shop" in path else 200)
    assert checkout["orders"][0]["id"] not in seen.get_data(as_text=True).replace(where, "")


FORMS = [
    ("/orders/{order}/receipt", {}), ("/orders/{order}/refunds", {"reason": "x"}),
    ("/orders/{order}/shipment", {"carrier": "x", "tracking_no": "1"}),
    ("/refunds/{refund}/decision", {"granted": "true"}), ("/pay/{checkout}", {}),
    ("/pay/{checkout}/cancellation", {}), ("/wallet/{payment}", {}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "typed"), FORMS)
def test_nobody_sends_the_forms_of_another(town: Town, path: str, typed: dict[str, str]) -> None:
    order = bought(town)
    refund_id = ask(town, order, key="1", quantity=1).get_json()["id"]
    checkout = get(town.bob, f"/api/v1/checkouts/{order['checkout_id']}").get_json()
    ids = {"order": order["id"], "checkout": checkout["id"], "refund": refund_id}

    answer = submit(
        town.eve.client, "/cart", path.format(**ids, payment=checkout["payment"]["id"]),
        {"idempotency_key": "mine", **typed},
    )  # fmt: skip

    assert answer.status_code == 404
    seen = get(town.bob, f"/api/v1/orders/{order['id']}").get_json()
    assert (seen["state"], seen["refunds"][0]["state"]) == ("paid", "asked")


def test_what_is_over_is_told_on_the_page_it_came_from(town: Town) -> None:
    order = bought(town)
    pay = f"/pay/{order['checkout_id']}"

    answer = submit(town.bob.client, pay, f"{pay}/cancellation", {})
    assert (answer.status_code, 'role="alert"' in answer.text) == (409, True)
    assert submit(town.bob.client, pay, f"/orders/{order['id']}/receipt", {}).status_code == 409
    act(town.staff, order["id"], "shipment")
    again = {"carrier": "x", "tracking_no": "1"}
    where = f"/orders/{order['id']}"
    assert submit(town.staff.client, where, f"{where}/shipment", again).status_code == 409


def test_every_refund_to_decide_is_shown_however_old_its_order(town: Town) -> None:
    thing = stock_thing(town.shop, "Pot", stock=99)
    old = bought(town)
    asked = ask(town, old, key="1", quantity=1)
    for number in range(51):
        checkout = place(town.bob, {thing: 1}, key=f"p{number}")
        post(town.bob, f"/api/v1/checkouts/{checkout['id']}/payment")
    assert asked.status_code == 201

    html = town.staff.client.get("/shop/teashop/orders").get_data(as_text=True)

    assert f'href="/orders/{old["id"]}"' in html


@pytest.mark.parametrize("query", ["cursor=x", "cursor=WyJcdWQ4MDAiXQ", "state=x%26y", "state="])
def test_strange_addresses_are_no_faults_of_ours(town: Town, query: str) -> None:
    for path in ("/orders", "/shop/teashop/orders"):
        assert town.staff.client.get(f"{path}?{query}").status_code in {200, 422}


def test_a_forms_second_sending_buys_nothing_more(town: Town) -> None:
    address_id = add_address(town.bob.id)
    client = town.bob.client
    _put_in_cart(town)
    html = client.get("/checkout").get_data(as_text=True)
    typed = {
        name: re.findall(rf'name="{name}"\s+value="([^"]+)"', html)[-1]
        for name in ("preview", "csrf_token", "idempotency_key")
    }

    went = [
        client.post("/checkout", data={**typed, "address_id": address_id}).headers["Location"]
        for _ in range(3)
    ]

    assert len(set(went)) == 1
    assert len(get(town.bob, "/api/v1/orders").get_json()["items"]) == 1
