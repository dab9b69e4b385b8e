"""What was chosen of a product is kept for who must sign in before it goes into a cart."""

from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.catalogue import api as catalogue
from app.catalogue.api import ProductDraft, SkuDraft
from app.kernel.ids import mint
from app.platform.uow import snapshot, unit_of_work
from tests.accounts.visits import ANN
from tests.orders.shopping import SignUp, Town, get, small_town, submit
from tests.web.forms import FormSeen, read_page


@pytest.fixture
def town(app: Flask, sign_up: SignUp) -> Town:
    return small_town(app, sign_up)


@pytest.fixture
def shoes(town: Town) -> catalogue.Product:
    """A product of three sizes, of which the last is sold out."""
    skus = tuple(SkuDraft(f"s{size}", f"size {size}", 100 + size, 3 - size) for size in (1, 2, 3))
    draft = ProductDraft(brand_id=town.shop.brand_id, name="Shoes", skus=skus)
    with unit_of_work() as uow:
        product_id = catalogue.add_product(uow, merchant_id=town.shop.merchant_id, draft=draft)
    with snapshot() as view:
        return catalogue.product(view, product_id=product_id)


def _form(client: FlaskClient, address: str) -> FormSeen:
    answer = client.get(address)
    assert answer.status_code == 200
    (found,) = [one for one in read_page(answer.text).forms if one.action.startswith("/p/")]
    return found


def _asked(answer: Any) -> dict[str, str]:
    """Return what the sign-in is told that somebody is sent to."""
    assert answer.status_code == 303
    found = urlsplit(answer.headers["Location"])
    assert found.path == "/signin"
    return {name: values[0] for name, values in parse_qs(found.query).items()}


@pytest.mark.parametrize("button", [{}, {"now": "1"}])
def test_what_was_chosen_is_there_after_signing_up(
    town: Town, shoes: catalogue.Product, button: dict[str, str]
) -> None:
    client = town.app.test_client()
    where, note_id = f"/p/{shoes.id}", mint("note")
    typed = {"sku_id": shoes.skus[1].id, "quantity": "7", "note_id": note_id, **button}

    asked = _asked(submit(client, where, where, typed))
    door = f"/signup?{urlencode(asked)}"
    back = submit(client, door, door, ANN).headers["Location"]

    chosen = {"sku": shoes.skus[1].id, "quantity": "7", "note": note_id}
    assert (asked["why"], back) == ("cart", f"{where}?{urlencode(chosen)}")
    form = _form(client, back)
    kept = {name: form.controls[name].values for name in ("sku_id", "quantity", "note_id")}
    assert kept == {"sku_id": [shoes.skus[1].id], "quantity": ["7"], "note_id": [note_id]}
    # Coming back has put nothing into the cart.
    assert client.get("/api/v1/cart").get_json()["lines"] == []


def test_what_could_not_be_put_into_a_cart_is_not_kept(
    town: Town, shoes: catalogue.Product
) -> None:
    client = town.app.test_client()
    where = f"/p/{shoes.id}"
    for typed in ({"quantity": "100"}, {"quantity": "x" * 3_000}, {"note_id": "<b>"}, {}):
        asked = _asked(submit(client, where, where, {"sku_id": shoes.skus[1].id, **typed}))
        assert asked["next"] == f"{where}?sku={shoes.skus[1].id}"

    first = shoes.skus[0].id
    for sku in ("x", town.thing.sku_id, shoes.skus[2].id, mint("sku")):
        form = _form(client, f"{where}?{urlencode({'sku': sku, 'quantity': '1e9'})}")
        assert form.controls["sku_id"].values == [first]
        assert form.controls["quantity"].values == ["1"]


def test_an_address_with_a_choice_writes_nothing(town: Town, shoes: catalogue.Product) -> None:
    town.bob.client.get(f"/p/{shoes.id}?sku={shoes.skus[0].id}&quantity=2&now=1")

    assert get(town.bob, "/api/v1/cart").get_json()["lines"] == []
