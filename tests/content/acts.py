"""Every operation that writes, done by somebody of a small town; each is named by its endpoint."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from app.accounts import api as accounts
from app.content import api as content
from app.orders.api import PaymentProvider
from app.orders.providers.fake import FakeProvider
from app.pictures import api as pictures
from app.platform import clock
from app.platform.adapters import adapter
from app.platform.uow import snapshot, unit_of_work
from tests.content.faces import must
from tests.support import trade
from tests.support.people import Person, sign_up_person
from tests.support.town import (
    Shop,
    Thing,
    add_address,
    open_shop,
    picture_bytes,
    place,
    post,
    stock_thing,
)

WORD = "tea"
PASSWORD = "clear-plum-harbour-42"
CSRF = r'name="csrf-token"\s+content="([^"]+)"'
RATES = (0, 0, 500, 1_000)
"""A commission of nothing is as good as none."""


@dataclass
class Town:
    """Two authors, a reader, a keeper of two shops, somebody who comes and goes; and their things."""

    app: Flask
    authors: list[Person]
    reader: Person
    keeper: Person
    shops: list[Shop]
    things: list[Thing]
    pictures: dict[str, str]
    notes: list[tuple[Person, str]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[str] = field(default_factory=list)
    numbers: Any = field(default_factory=count)
    csrf: dict[str, str] = field(default_factory=dict)

    def key(self) -> str:
        """Return an idempotency key that was not used yet."""
        return f"key-{next(self.numbers)}"

    def api(self, who: Person, method: str, path: str, body: object = None) -> int:
        """Send JSON; return the status."""
        answer = post(who, f"/api/v1{path}", body, method=method, key=self.key())
        return int(answer.status_code)

    def form(self, who: Person, path: str, **typed: str) -> int:
        """Send a form of somebody who is signed in; return the status."""
        if who.handle not in self.csrf:
            found = re.search(CSRF, who.client.get("/settings").text)
            if found is None:
                return 401
            self.csrf[who.handle] = found[1]
        sent = {"csrf_token": self.csrf[who.handle], "idempotency_key": self.key(), **typed}
        return int(who.client.post(path, data=sent).status_code)

    def note(self, number: int) -> tuple[Person, str]:
        """Return one of the notes and its author; where none is left, one is published."""
        if not self.notes:
            publish(self, number)
        return self.notes[number % len(self.notes)]

    def some(self, number: int) -> list[Thing]:
        """Return things by the bits of a number; none for 0."""
        return [one for place, one in enumerate(self.things) if number >> place & 1]


def make_town(app: Flask) -> Town:
    """Return a town in which one author earns, the other does not, one shop pays, one does not."""
    ann, ben = sign_up_person(app, "ann", creator=True), sign_up_person(app, "ben")
    reader, keeper = sign_up_person(app, "rita"), sign_up_person(app, "kay")
    shops = [open_shop(keeper, "teashop"), open_shop(keeper, "potshop", rate_bp=None)]
    things = [
        stock_thing(shop, name, stock=1_000)
        for shop, name in zip(
            (shops[0], shops[1], shops[0]), ("Green", "Pot", "Black"), strict=True
        )
    ]
    taken = {
        one.handle: pictures.upload(owner_id=one.id, data=picture_bytes(color))
        for one, color in ((ann, "teal"), (ben, "navy"))
    }
    town = Town(app, [ann, ben], reader, keeper, shops, things, taken)
    add_address(reader.id)
    for number in (0b0010, 0b0000, 0b0100, 0b0011, 0b1011):
        publish(town, number)
    for _, note_id in town.notes:
        town.api(reader, "PUT", f"/notes/{note_id}/collection")
    drain(town, 0)
    return town


def drain(_town: Town, _number: int) -> int:
    """Deliver what waits: cards and the index know of it from now on."""
    trade.drain()
    return 200


def pass_time(_town: Town, number: int) -> int:
    """Let some days pass."""
    with unit_of_work() as uow:
        clock.move(uow.session.connection(), timedelta(days=1 + number % 5))
    return 200


def ban(town: Town, number: int) -> int:
    """Close an author's account."""
    with unit_of_work() as uow:
        accounts.ban(uow, account_id=town.authors[number % 2].id)
    return 200


def publish(town: Town, number: int) -> int:
    """Publish a note; the lowest bit says whose, the others what it tags."""
    author = town.authors[number & 1]
    answer = post(author, "/api/v1/notes", _draft(town, author, number), key=town.key())
    if answer.status_code == 201:
        town.notes.append((author, answer.get_json()["id"]))
    return int(answer.status_code)


def _draft(town: Town, author: Person, number: int) -> dict[str, Any]:
    return {
        "title": f"A {WORD} {number}",
        "topics": [WORD],
        "pictures": [{"picture_id": town.pictures[author.handle]}],
        "tags": [{"product_id": one.product_id} for one in town.some(number >> 1)],
    }


def _typed(town: Town, author: Person, number: int) -> dict[str, str]:
    typed = {
        "title": f"A {WORD} {number}",
        "topics": WORD,
        "pictures.0.picture_id": town.pictures[author.handle],
    }
    for step, one in enumerate(town.some(number >> 1)):
        typed |= {f"tags.{step}.product_id": one.product_id, f"tags.{step}.picture": "0"}
    return typed


def edit(town: Town, number: int) -> int:
    """Change what a note tags."""
    author, note_id = town.note(number)
    seen = author.client.get(f"/api/v1/notes/{note_id}")
    headers = {**author.bearer, "If-Match": seen.headers.get("ETag", "")}
    body = _draft(town, author, number)
    answer = author.client.patch(f"/api/v1/notes/{note_id}", json=body, headers=headers)
    if answer.status_code == 200:
        assert answer.get_json()["disclosure"] is (note_id in must()), "the answer of the change"
    return int(answer.status_code)


def edit_by_form(town: Town, number: int) -> int:
    """Change what a note tags, on its page."""
    author, note_id = town.note(number)
    return town.form(author, f"/note/{note_id}/edit", **_typed(town, author, number))


def publish_by_form(town: Town, number: int) -> int:
    """Publish on the page."""
    author = town.authors[number & 1]
    status = town.form(author, "/studio/compose", **_typed(town, author, number))
    if status == 303:
        with snapshot() as view:
            newest = content.notes_of(view, account_id=author.id, cursor=None, size=1)
        town.notes.append((author, newest.items[0]))
    return status


def delete(town: Town, number: int) -> int:
    """Take a note down."""
    author, note_id = town.note(number)
    town.notes.remove((author, note_id))
    return town.api(author, "DELETE", f"/notes/{note_id}")


def delete_by_form(town: Town, number: int) -> int:
    """Take a note down, on its page."""
    author, note_id = town.note(number)
    town.notes.remove((author, note_id))
    return town.form(author, f"/note/{note_id}/delete")


def set_terms(town: Town, number: int) -> int:
    """Have a shop change what it pays."""
    shop = town.shops[number & 1]
    body = {"rate_bp": RATES[number >> 1 & 3]}
    return town.api(town.keeper, "PUT", f"/merchants/{shop.merchant_id}/terms", body)


def change_product(town: Town, number: int) -> int:
    """Sell a thing no longer, or again."""
    thing = town.things[number % 3]
    path = f"/api/v1/products/{thing.product_id}"
    headers = {**town.keeper.bearer, "If-Match": town.keeper.client.get(path).headers["ETag"]}
    body = {"listed": bool(number & 4), "name": f"Thing {number}"}
    return int(town.keeper.client.patch(path, json=body, headers=headers).status_code)


def add_product(town: Town, number: int) -> int:
    """Sell something more."""
    shop = town.shops[number & 1]
    body = {
        "merchant_id": shop.merchant_id,
        "brand_id": shop.brand_id,
        "name": f"Cup {number}",
        "skus": [{"code": town.key(), "price_fen": 100, "stock": 5}],
    }
    return town.api(town.keeper, "POST", "/products", body)


def change_me(town: Town, number: int) -> int:
    """Have an author change their name: their cards are made anew."""
    who = town.authors[number & 1]
    etag = post(who, "/api/v1/me", method="GET").headers.get("ETag", "")
    headers = {**who.bearer, "If-Match": etag}
    return int(
        who.client.patch("/api/v1/me", json={"name": f"N {number}"}, headers=headers).status_code
    )


def touch(town: Town, number: int) -> int:
    """Read a note, as its page tells it."""
    _, note_id = town.note(number)
    html = town.reader.client.get(f"/note/{note_id}").text
    token = re.search(r'<article class="note".*?data-touch="([^"]+)"', html, re.DOTALL)
    body = {"touches": [{"token": token[1] if token else "none", "kind": "open"}]}
    return int(
        town.reader.client.post(
            "/api/v1/touches", json=body, headers=town.reader.bearer
        ).status_code
    )


def _sold(town: Town, number: int) -> Thing:
    """Return something that is sold now."""
    thing = town.things[number % 3]
    seen = town.keeper.client.get(f"/api/v1/products/{thing.product_id}").get_json()
    if not seen["listed"]:
        change_product(town, number % 3 + 12)
    return thing


def buy(town: Town, number: int) -> int:
    """Buy and pay."""
    checkout = place(town.reader, {_sold(town, number): 2}, key=town.key())
    assert town.api(town.reader, "POST", f"/checkouts/{checkout['id']}/payment") == 200
    bank = adapter(PaymentProvider)
    assert isinstance(bank, FakeProvider)
    no = checkout["payment"]["id"]
    paid = bank.pay(charge_no=no)
    headers, body = bank.notice(
        "charge.paid", charge_no=no, txn_id=paid.txn_id, amount_fen=paid.amount_fen
    )
    told = town.app.test_client().post("/api/v1/payment-callbacks/none", data=body, headers=headers)
    town.orders += checkout["orders"]
    return int(told.status_code)


def cancel(town: Town, number: int) -> int:
    """Place a checkout and think better of it."""
    checkout = place(town.reader, {_sold(town, number): 1}, key=town.key())
    return town.api(town.reader, "PUT", f"/checkouts/{checkout['id']}/cancellation")


def _order(town: Town, number: int) -> dict[str, Any]:
    if not town.orders:
        buy(town, number)
    return town.orders.pop()


def receive(town: Town, number: int) -> int:
    """Ship an order and have it received."""
    order = _order(town, number)
    body = {"carrier": "SF", "tracking_no": "1"}
    assert town.api(town.keeper, "PUT", f"/orders/{order['id']}/shipment", body) == 200
    return town.api(town.reader, "PUT", f"/orders/{order['id']}/receipt")


def refund(town: Town, number: int) -> int:
    """Ask money back and be granted it."""
    order = _order(town, number)
    body = {"parts": [{"line_id": order["lines"][0]["id"], "quantity": 1 + number % 2}]}
    asked = post(town.reader, f"/api/v1/orders/{order['id']}/refunds", body, key=town.key())
    assert asked.status_code == 201, asked.text
    refund_id = asked.get_json()["id"]
    return town.api(town.keeper, "PUT", f"/refunds/{refund_id}/decision", {"granted": True})


def come_and_go(town: Town, _number: int) -> int:
    """Sign up, sign in, change the password, make a token and end it, end sessions, sign out."""
    handle = f"guest{next(town.numbers)}"
    new = {"handle": handle, "name": handle, "email": f"{handle}@example.org", "password": PASSWORD}
    guest, other = town.app.test_client(), town.app.test_client()
    answers = []

    def do(method: str, path: str, body: object = None, by: FlaskClient = guest) -> dict[str, Any]:
        answer = by.open(f"/api/v1{path}", method=method, json=body, headers=dict(head))
        answers.append(int(answer.status_code))
        said = answer.get_json(silent=True) or {}
        if by is guest and "csrf_token" in said:
            head["X-CSRFToken"] = said["csrf_token"]
        return dict(said)

    head: dict[str, str] = {}
    do("POST", "/accounts", new)
    changed = PASSWORD[::-1]
    do("PUT", "/me/password", {"current_password": PASSWORD, "new_password": changed})
    made = do("POST", "/tokens", {"name": "t", "scopes": ["read"]})
    do("DELETE", f"/tokens/{made['id']}")
    signed = {"login": new["email"], "password": changed}
    do("POST", "/sessions", signed, by=other)
    listed = do("GET", "/sessions")["items"]
    do("DELETE", f"/sessions/{next(one['id'] for one in listed if not one['is_current'])}")
    do("DELETE", "/sessions")
    do("POST", "/sessions", signed)
    do("DELETE", "/sessions/current")
    return max(answers)


def keep_addresses(town: Town, _number: int) -> int:
    """Write an address down, change it, strike it out."""
    body = {"recipient": "A", "phone": "13800138000", "region": "B", "street": "C"}
    made = post(town.reader, "/api/v1/me/addresses", body).get_json()["id"]
    path = f"/me/addresses/{made}"
    changed = town.api(town.reader, "PATCH", path, {"street": "D"})
    return max(changed, town.api(town.reader, "DELETE", path))


def fill_cart(town: Town, number: int) -> int:
    """Put something into the cart, change how much, take it out."""
    sku = {"sku_id": _sold(town, number).sku_id, "note_id": town.note(number)[1]}
    put = town.api(town.reader, "POST", "/cart/lines", sku)
    more = town.api(town.reader, "PATCH", "/cart/lines", {**sku, "quantity": 3})
    gone = town.api(town.reader, "DELETE", "/cart/lines", {"sku_ids": [sku["sku_id"]]})
    return max(put, more, gone)


def upload(town: Town, number: int) -> int:
    """Upload another picture."""
    who = town.authors[number & 1]
    data = {"file": (io.BytesIO(picture_bytes()), "a.png")}
    return int(who.client.post("/api/v1/pictures", data=data, headers=who.bearer).status_code)


def on_note(method: str, what: str) -> Callable[[Town, int], int]:
    """Return the act of a reader on a note."""
    return lambda town, number: town.api(
        town.reader, method, f"/notes/{town.note(number)[1]}/{what}"
    )


def on_author(method: str, what: str, body: object = None) -> Callable[[Town, int], int]:
    """Return the act of an author on their own account, or of a reader on an author."""

    def act(town: Town, number: int) -> int:
        who = town.authors[number & 1]
        by = town.reader if what == "follow" else who
        path = f"/accounts/{who.handle}/follow" if what == "follow" else f"/me/{what}"
        return town.api(by, method, path, body)

    return act


def form_on_author(path: str, **typed: str) -> Callable[[Town, int], int]:
    """Return the act of an author at a form."""
    return lambda town, number: town.form(town.authors[number & 1], path, **typed)
