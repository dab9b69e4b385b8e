"""A town for a caller that is everything at once, and what stands in it to be asked for."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

from flask import Flask

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.kernel.ids import DeviceId, mint
from app.orders.api import PaymentProvider
from app.orders.providers.fake import FakeProvider
from app.pictures import api as pictures
from app.platform.adapters import adapter
from app.platform.uow import unit_of_work
from tests.support.people import Person, sign_up_person
from tests.support.town import (
    add_address,
    open_shop,
    picture_bytes,
    place,
    post,
    publish,
    stock_thing,
    touch,
)

PASSWORD = "clear-plum-harbour-42"
SPARE = 12
"""Of what an operation uses up, so many are there by default; they are handed out in turn."""


@dataclass
class Seeds:
    """Real ids by what they are, and by the operation for those that it uses up."""

    caller: Person
    ids: dict[str, Iterator[str]] = field(default_factory=dict)
    spent: dict[str, Iterator[str]] = field(default_factory=dict)
    bodies: dict[str, Iterator[dict[str, Any]]] = field(default_factory=dict)
    """Whole bodies of operations that take what cannot be made up."""

    previews: Iterator[str] = field(default_factory=lambda: cycle(("x",)))

    def path(self, operation_id: str, given: dict[str, Any]) -> dict[str, Any]:
        """Return ``given``, each id a real one."""
        found = dict(given)
        for name in given:
            if operation_id in self.spent:
                found[name] = next(self.spent[operation_id])
            elif name in self.ids:
                found[name] = next(self.ids[name])
        return found

    def body(self, operation_id: str, given: Any) -> Any:
        """Return ``given``, each id in it a real one."""
        if operation_id in self.bodies:
            return next(self.bodies[operation_id])
        made = copy.deepcopy(given)
        self._fill(made)
        return made

    def _fill(self, value: Any) -> None:
        for name, inner in list(value.items()) if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, (dict, list)) and name != "sku_ids":
                self._fill(inner)
            else:
                value[name] = self._real(name, inner)
        if isinstance(value, dict) and "line_id" in value:
            value.pop("amount_fen", None)
            value["quantity"] = 1

    def _real(self, name: Any, given: Any) -> Any:
        if name == "sku_ids":
            return [next(self.ids["sku_id"]) for _ in given]
        if name == "title":
            return given.strip() or "Tea"
        if name == "picture":
            return 0
        if name == "preview":
            return next(self.previews)
        return next(self.ids[name]) if name in self.ids and isinstance(given, str) else given


def sow(app: Flask, *, spare: int = SPARE) -> Seeds:
    """Make the town; the caller reads, writes notes, works for the merchant and for the brand."""
    me = sign_up_person(app, "ann", creator=True)
    other = sign_up_person(app, "bob", creator=True)
    shop = open_shop(me, "teashop")
    things = [stock_thing(shop, f"Tea {number}", stock=100_000) for number in range(3)]
    with unit_of_work() as uow:
        category = catalogue.ensure_category(uow, names=("Tea", "Green"))
    notes = [publish(me, things[0], title=f"茶 tea {number}") for number in range(spare)]
    others = publish(other, things[0], title="Another's")
    touch(me, others, other, things[0], kind="tag_click")
    seeds = Seeds(me)
    seeds.ids = {
        name: cycle(values)
        for name, values in {
            "handle": ("bob",),
            "note_id": (*notes[:2], others),
            "product_id": [thing.product_id for thing in things],
            "sku_id": [thing.sku_id for thing in things],
            "merchant_id": (shop.merchant_id,),
            "brand_id": (shop.brand_id,),
            "category_id": (category,),
            "address_id": (add_address(me.id),),
            "picture_id": (pictures.upload(owner_id=me.id, data=picture_bytes()),),
            "creator_id": (other.id,),
            "provider": ("none",),
        }.items()
    }
    seeds.ids["avatar_picture_id"] = seeds.ids["picture_id"]
    _orders(app, seeds, me, things[0], spare)
    _to_be_spent(seeds, me, notes, spare)
    signed = app.test_client().post("/api/v1/accounts", json=_newcomer(0))
    assert signed.status_code == 201, signed.text
    seeds.bodies = {
        "sign_in": cycle([{"login": "dan0@example.org", "password": PASSWORD}]),
        "sign_up": (_newcomer(number) for number in count(1)),
        "upload_picture": cycle([{"file": picture_bytes()}]),
    }
    return seeds


def _newcomer(number: int) -> dict[str, str]:
    return {
        "handle": f"dan{number}",
        "name": "Dan",
        "email": f"dan{number}@example.org",
        "password": PASSWORD,
    }


def _orders(app: Flask, seeds: Seeds, me: Person, thing: Any, spare: int) -> None:
    """Orders in every state that an operation starts from."""
    checkouts = [place(me, {thing: 1}, key=f"open{number}") for number in range(spare)]
    paid = [_paid(app, me, {thing: 2}, key=f"paid{number}") for number in range(2 * spare)]
    wide = _paid(app, me, {thing: 99}, key="wide")
    refunds = []
    for number, order in enumerate(paid[:spare]):
        part = {"line_id": order["lines"][0]["id"], "quantity": 1}
        path = f"/api/v1/orders/{order['id']}/refunds"
        refunds.append(post(me, path, {"parts": [part]}, key=f"r{number}").get_json()["id"])
    shipped = [_paid(app, me, {thing: 1}, key=f"ship{number}") for number in range(spare)]
    for order in shipped:
        body = {"carrier": "SF", "tracking_no": "1"}
        post(me, f"/api/v1/orders/{order['id']}/shipment", body, method="PUT")
    seeds.ids["checkout_id"] = cycle([checkouts[0]["id"]])
    seeds.ids["order_id"] = cycle([wide["id"]])
    seeds.ids["line_id"] = cycle([wide["lines"][0]["id"]])
    seeds.spent |= {
        "cancel_checkout": cycle([one["id"] for one in checkouts[1:]]),
        "ship_order": cycle([one["id"] for one in paid[spare:]]),
        "receive_order": cycle([one["id"] for one in shipped]),
        "decide_refund": cycle(refunds),
    }
    seen = [
        post(me, "/api/v1/checkouts/previews", {"lines": [{"sku_id": thing.sku_id}]}).get_json()
        for _ in range(spare)
    ]
    seeds.previews = cycle([one["preview"] for one in seen])


def _paid(app: Flask, me: Person, wants: dict[Any, int], *, key: str) -> dict[str, Any]:
    checkout = place(me, wants, key=key)
    post(me, f"/api/v1/checkouts/{checkout['id']}/payment")
    bank = adapter(PaymentProvider)
    assert isinstance(bank, FakeProvider)
    paid = bank.pay(charge_no=checkout["payment"]["id"])
    headers, body = bank.notice(
        "charge.paid",
        charge_no=checkout["payment"]["id"],
        txn_id=paid.txn_id,
        amount_fen=paid.amount_fen,
    )
    told = app.test_client().post("/api/v1/payment-callbacks/none", data=body, headers=headers)
    assert told.get_json()["outcome"] == "fits"
    return dict(checkout["orders"][0])


def _to_be_spent(seeds: Seeds, me: Person, notes: list[Any], spare: int) -> None:
    with unit_of_work() as uow:
        for _ in range(spare):
            device_id = DeviceId(mint("device"))
            accounts.start_session(uow, account_id=me.id, device_id=device_id, user_agent="spare")
        for number in range(spare):
            accounts.make_token(uow, account_id=me.id, name=f"spare {number}", scopes=("read",))
    listed = post(me, "/api/v1/sessions", method="GET").get_json()["items"]
    tokens = post(me, "/api/v1/tokens", method="GET").get_json()["items"]
    addresses = []
    for _ in range(spare):
        body = {"recipient": "A", "phone": "13800138000", "region": "B", "street": "C"}
        addresses.append(post(me, "/api/v1/me/addresses", body).get_json()["id"])
    seeds.spent |= {
        "end_session": cycle([one["id"] for one in listed]),
        "end_token": cycle([one["id"] for one in tokens if one["name"].startswith("spare")]),
        "delete_address": cycle(addresses),
        "delete_note": cycle(notes[2:]),
    }
