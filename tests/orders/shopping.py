"""Buying and being paid, for the tests of this room: everything over HTTP."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import column, select, table

from app.orders.api import PaymentProvider
from app.orders.providers.fake import FakeProvider
from app.platform.adapters import adapter
from app.platform.uow import snapshot
from tests.support.people import Person
from tests.support.town import Shop, Thing, add_address, open_shop, place, post, stock_thing

SignUp = Callable[..., Person]


@dataclass(frozen=True)
class Town:
    """A buyer, a stranger, and a shop with one thing on the shelf."""

    app: Flask
    bob: Person
    eve: Person
    shop: Shop
    thing: Thing

    @property
    def staff(self) -> Person:
        """Who works for the shop."""
        return self.shop.staff


def small_town(app: Flask, sign_up: SignUp, *, price_fen: int = 10_000, stock: int = 10) -> Town:
    """Return a town with a buyer, a stranger and a shop."""
    bob, eve, cat = sign_up("bob"), sign_up("eve"), sign_up("cat")
    shop = open_shop(cat, "teashop")
    thing = stock_thing(shop, "Tea", price_fen=price_fen, stock=stock)
    return Town(app, bob, eve, shop, thing)


def bank() -> FakeProvider:
    """Return the provider, which is the fake here."""
    found = adapter(PaymentProvider)
    assert isinstance(found, FakeProvider)
    return found


def get(who: Person, path: str) -> Any:
    """Ask as an API client of ``who``."""
    return post(who, path, method="GET")


def code(answer: Any) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    assert answer.content_type == "application/problem+json", answer.text
    return answer.status_code, answer.get_json()["code"]


def notify(app: Flask, type_: str = "charge.paid", **said: object) -> Any:
    """Have the provider tell the site something."""
    headers, body = bank().notice(type_, **said)
    return app.test_client().post("/api/v1/payment-callbacks/none", data=body, headers=headers)


def pay(app: Flask, buyer: Person, checkout: dict[str, Any], **how: Any) -> str:
    """Start the payment, pay from the wallet, deliver the notice; return its outcome."""
    started = post(buyer, f"/api/v1/checkouts/{checkout['id']}/payment")
    assert started.status_code == 200, started.text
    charge_no = checkout["payment"]["id"]
    paid = bank().pay(charge_no=charge_no, **how)
    told = notify(app, charge_no=charge_no, txn_id=paid.txn_id, amount_fen=paid.amount_fen)
    assert told.status_code == 200, told.text
    return str(told.get_json()["outcome"])


def bought(town: Town, quantity: int = 1, *, key: str = "place") -> dict[str, Any]:
    """Have bob buy and pay; return the order."""
    checkout = place(town.bob, {town.thing: quantity}, key=key)
    assert pay(town.app, town.bob, checkout) == "fits"
    return dict(get(town.bob, f"/api/v1/orders/{checkout['orders'][0]['id']}").get_json())


def ask(town: Town, order: dict[str, Any], *, key: str, **part: int) -> Any:
    """Have bob ask money back for the first line of an order."""
    body = {"parts": [{"line_id": order["lines"][0]["id"], **part}]}
    return post(town.bob, f"/api/v1/orders/{order['id']}/refunds", body, key=key)


def decide(town: Town, refund_id: str, *, granted: bool = True, key: str = "") -> Any:
    """Have the shop decide a refund."""
    path = f"/api/v1/refunds/{refund_id}/decision"
    return post(town.staff, path, {"granted": granted}, key=key or refund_id, method="PUT")


def refund(town: Town, order: dict[str, Any], *, key: str, **part: int) -> str:
    """Have bob ask and the shop grant; return the refund's id."""
    asked = ask(town, order, key=key, **part)
    assert asked.status_code == 201, asked.text
    refund_id = str(asked.get_json()["id"])
    granted = decide(town, refund_id)
    assert granted.status_code == 200, granted.text
    return refund_id


def preview(who: Person, *wants: tuple[Thing, int]) -> Any:
    """Ask what so many of each thing cost now."""
    lines = [{"sku_id": thing.sku_id, "quantity": count} for thing, count in wants]
    return post(who, "/api/v1/checkouts/previews", {"lines": lines})


def confirm(who: Person, token: str, *, key: str | None = "confirm", address: str = "") -> Any:
    """Confirm a preview."""
    body = {"preview": token, "address_id": address or add_address(who.id)}
    return post(who, "/api/v1/checkouts", body, key=key)


def change_product(town: Town, **change: Any) -> None:
    """Change the product of the thing, as its shop does."""
    path = f"/api/v1/products/{town.thing.product_id}"
    seen = get(town.staff, path)
    headers = {**town.staff.bearer, "If-Match": seen.headers["ETag"]}
    changed = town.staff.client.patch(path, json=change, headers=headers)
    assert changed.status_code == 200, changed.text


def shelf(thing: Thing) -> tuple[int, int]:
    """Return how many pieces are on hand, and how many of these are reserved."""
    with snapshot() as view:
        row = view.row(
            select(column("on_hand"), column("reserved"))
            .select_from(table("catalogue_sku"))
            .where(column("id") == thing.sku_id)
        )
    return row.on_hand, row.reserved


def order_of(town: Town, order_id: str) -> dict[str, Any]:
    """Return an order as its buyer sees it."""
    return dict(get(town.bob, f"/api/v1/orders/{order_id}").get_json())


def act(who: Person, order_id: str, what: str) -> Any:
    """Ship or receive an order."""
    body = {"carrier": "SF", "tracking_no": "1"} if what == "shipment" else None
    return post(who, f"/api/v1/orders/{order_id}/{what}", body, method="PUT")


def submit(client: FlaskClient, page: str, target: str, typed: dict[str, str]) -> Any:
    """Send a form as a browser would, with the hidden fields of ``page``."""
    html = client.get(page).get_data(as_text=True)
    hidden = {}
    for name in ("csrf_token", "idempotency_key"):
        found = re.search(rf'name="{name}"\s+value="([^"]+)"', html)
        if found:
            hidden[name] = found[1]
    return client.post(target, data={**hidden, **typed})
