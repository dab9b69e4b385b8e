"""A place in which every field that is shown anywhere wears a text; and all the pages that show it."""

import io
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.kernel.ids import BrandId
from app.pictures import api as pictures
from app.platform.uow import snapshot, unit_of_work
from tests.orders.shopping import pay
from tests.support import trade
from tests.support.people import Person, sign_up_person
from tests.support.town import Shop, Thing, add_address, picture_bytes, place, post

FIELDS = {
    "name": 40, "bio": 300, "token": 40, "recipient": 40, "region": 100, "street": 200,
    "merchant": 80, "product": 300, "brand": 80, "category": 60, "description": 10_000,
    "attribute": 100, "value": 10_000, "title": 20, "body": 1_000, "topic": 20, "alt": 200,
    "reason": 500, "answer": 500, "carrier": 40, "tracking": 60,
}  # fmt: skip
"""Fields that are kept, and how long they may be."""

LINES = frozenset({"bio", "body", "reason", "answer"})
"""Fields of several lines."""

KEPT_OUT = {"title": "title", "body": "body", "topics": "topic", "pictures": "alt"}
"""The fields that the screening names."""

QUERIES = (
    "/search?q={0}", "/search?type=product&q={0}", "/search?type=person&q={0}",
    "/search?q=a&topic={0}&sort={0}&type={0}", "/search?type=product&q=a&brand={0}&category={0}",
    "/search?type=product&min={0}&max={0}", "/suggestions?q={0}", "/?cursor={0}&{0}=1",
    "/signin?next={0}", "/signup?next=/{0}", "/signin?next=/?a={0}", "/p/{0}", "/note/{0}",
    "/u/{0}", "/b/{0}", "/orders/{0}", "/pay/{0}", "/wallet/{0}", "/shop/{0}/orders",
    "/brand/{0}", "/{0}", "/media/{0}", "/static/{0}", "/t/{0}", "/studio?span={0}",
    "/api/v1/{0}", "/api/v1/search?q={0}", "/api/v1/notes/{0}", "/api/v1/search?type={0}",
)  # fmt: skip
"""Addresses with a place for a text: shown again, or told in an error."""


@dataclass
class Place:
    """Somebody who is everything at once, and what is theirs."""

    app: Flask
    me: Person
    shop: Shop
    thing: Thing
    handles: dict[str, str]
    worn: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """The address of its note."""
        return f"/note/{self.ids['note']}"


def fitted(text: str, name: str) -> str:
    """Return so much of a text as a field takes: without control signs, cut, trimmed."""
    kept = "\n\t" if name in LINES else ""
    clean = [one for one in text if unicodedata.category(one) != "Cc" or one in kept]
    cut = unicodedata.normalize("NFC", "".join(clean)).strip()[: FIELDS[name]].strip()
    if name == "topic":
        cut = cut.lstrip("#")
    if name == "name":
        # Signs that turn the direction of writing are refused there: a name would read as another's.
        cut = re.sub("[\u202a-\u202e\u2066-\u2069]", "", cut).strip()
    if name == "category":
        # The sign between levels of a path; what is left is a tag that the page may close.
        cut = cut.replace(">", "").strip()
    return cut or "tea"


def dress(app: Flask, number: int, texts: Mapping[str, str], folder: Path) -> Place:
    """Make a person, a shop, a product, a note and an order, whose every field wears a text."""
    worn = {name: fitted(text, name) for name, text in texts.items()}
    me = sign_up_person(app, f"p{number}_me", creator=True)
    shop, handles = _shop(me, number, worn["merchant"])
    thing, brand = _thing(me, handles["shop"], number, worn, folder)
    worn = {**worn, "brand": _brand_name(brand, worn["brand"])}
    place_ = Place(app, me, shop, thing, {**handles, "brand": brand}, worn)
    _profile(place_)
    _note(place_)
    _order(place_)
    trade.drain()
    return place_


def _shop(me: Person, number: int, name: str) -> tuple[Shop, dict[str, str]]:
    handle = f"shop{number}"
    with unit_of_work() as uow:
        merchant_id = catalogue.add_merchant(uow, handle=handle, name=name)
        catalogue.add_member(uow, kind="merchant", handle=handle, account_id=me.id)
    return Shop(merchant_id, BrandId(""), me), {"shop": handle}


def _brand_name(handle: str, worn: str) -> str:
    """Return how a brand is called: as it was first written, whatever case and width came later."""
    with snapshot() as view:
        found = catalogue.brand(view, key=handle).name
    same = unicodedata.normalize("NFKC", found).casefold().split()
    return found if same == unicodedata.normalize("NFKC", worn).casefold().split() else worn


def _thing(
    me: Person, shop: str, number: int, worn: dict[str, str], folder: Path
) -> tuple[Thing, str]:
    row = {
        "sku": f"A-{number}", "name": worn["product"], "brand": worn["brand"], "price": "19.90",
        "category": worn["category"], "stock": 50, "description": worn["description"],
        "attributes": {worn["attribute"]: worn["value"]},
    }  # fmt: skip
    file = folder / f"{number}.jsonl"
    file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    said = catalogue.import_products(file, columns=catalogue.ColumnMap(), merchant=shop)
    assert said.added == 1, (said, row)
    with snapshot() as view:
        found = catalogue.products(view, product_ids=catalogue.all_product_ids(view))
    made = next(one for one in found.values() if one.skus[0].code == f"A-{number}")
    with unit_of_work() as uow:
        catalogue.add_member(uow, kind="brand", handle=made.brand_handle, account_id=me.id)
    return Thing(made.id, made.skus[0].id), made.brand_handle


def _profile(where: Place) -> None:
    me, worn = where.me, where.worn
    seen = post(me, "/api/v1/me", method="GET").headers["ETag"]
    change = {"name": worn["name"], "bio": worn["bio"]}
    headers = {**me.bearer, "If-Match": seen}
    changed = me.client.patch("/api/v1/me", json=change, headers=headers)
    assert changed.status_code == 200, changed.text
    home = {name: worn[name] for name in ("recipient", "region", "street")}
    _well(post(me, "/api/v1/me/addresses", {**home, "phone": "13800138000"}))
    with unit_of_work() as uow:
        accounts.make_token(uow, account_id=me.id, name=worn["token"], scopes=("read",))


def _note(where: Place) -> None:
    me, worn = where.me, where.worn
    picture_id = pictures.upload(owner_id=me.id, data=picture_bytes())
    note = {
        "title": worn["title"], "body": worn["body"], "topics": [worn["topic"]],
        "pictures": [{"picture_id": picture_id, "alt": worn["alt"]}],
        "tags": [{"product_id": where.thing.product_id}],
    }  # fmt: skip
    answer = post(me, "/api/v1/notes", note)
    if answer.status_code == 422 and answer.get_json()["code"] == "words-refused":
        # What the screening keeps out is shown nowhere; the other fields go on wearing theirs.
        for flag in answer.get_json()["flags"]:
            worn[KEPT_OUT[flag["field"].partition(".")[0]]] = "tea"
        _note(where)
        return
    where.ids["note"] = _well(answer)["id"]


def _order(where: Place) -> None:
    me, worn = where.me, where.worn
    add_address(me.id)
    wanted = {"sku_id": where.thing.sku_id, "quantity": 1, "note_id": where.ids["note"]}
    _well(post(me, "/api/v1/cart/lines", wanted))
    checkout = place(me, {where.thing: 3}, key="one")
    assert pay(where.app, me, checkout) == "fits"
    path = f"/api/v1/orders/{checkout['orders'][0]['id']}"
    line = _well(post(me, path, method="GET"))["lines"][0]["id"]
    asked = {"parts": [{"line_id": line, "quantity": 1}], "reason": worn["reason"]}
    refund = _well(post(me, f"{path}/refunds", asked, key="two"))["id"]
    said = {"granted": False, "answer": worn["answer"]}
    _well(post(me, f"/api/v1/refunds/{refund}/decision", said, key="three", method="PUT"))
    sent = {"carrier": worn["carrier"], "tracking_no": worn["tracking"]}
    _well(post(me, f"{path}/shipment", sent, method="PUT"))
    waits = place(me, {where.thing: 1}, key="four")
    _well(post(me, f"/api/v1/checkouts/{waits['id']}/payment"))
    where.ids |= {
        "order": checkout["orders"][0]["id"], "checkout": waits["id"],
        "payment": waits["payment"]["id"],
    }  # fmt: skip


def _well(answer: Any) -> Any:
    assert answer.status_code in {200, 201}, answer.text
    return answer.get_json()


def look(where: Place) -> Iterator[tuple[str, Any]]:
    """Yield every page that shows what is worn, and its answer."""
    me, ids, handles = where.me, where.ids, where.handles
    paths = (
        "/", f"/note/{ids['note']}", f"/note/{ids['note']}/edit", f"/p/{where.thing.product_id}",
        f"/u/{me.handle}", f"/b/{handles['brand']}", "/settings", "/cart", "/checkout", "/orders",
        f"/orders/{ids['order']}", f"/pay/{ids['checkout']}", f"/wallet/{ids['payment']}",
        f"/shop/{handles['shop']}/orders", "/studio", "/studio/compose",
        f"/brand/{handles['brand']}", f"/brand/{handles['brand']}/note.csv",
        f"/brand/{handles['brand']}/product.csv", f"/brand/{handles['brand']}/creator.csv",
        f"/api/v1/notes/{ids['note']}", f"/api/v1/orders/{ids['order']}",
    )  # fmt: skip
    for path in paths:
        yield path, me.client.get(path)
    for path in ("/", f"/note/{ids['note']}"):
        yield f"{path} (fragment)", me.client.get(path, headers={"HX-Request": "true"})


def echo(where: Place, text: str, csrf: str) -> Iterator[tuple[str, Any]]:
    """Yield every page that is asked with a text, or to which one is sent that it refuses."""
    client = where.me.client
    for path in QUERIES:
        yield path, client.get(path.format(quote(text, safe="")))
    long = text + "x" * 10_001
    for path, typed in (
        ("/settings/profile", {"name": long, "bio": long}),
        ("/settings/addresses", {"recipient": long, "phone": text, "region": text, "street": text}),
        ("/settings/tokens", {"name": long}),
        ("/studio/compose", {"title": long, "body": text, "topics": text}),
        (f"/orders/{where.ids['order']}/refunds", {"reason": long}),
        (f"/orders/{where.ids['order']}/shipment", {"carrier": text, "tracking_no": long}),
        (f"/p/{where.thing.product_id}", {"sku_id": text, "quantity": text, "note_id": text}),
        ("/checkout", {"preview": text, "address_id": text}),
    ):
        sent = {**typed, "csrf_token": csrf, "idempotency_key": "k"}
        yield f"POST {path}", client.post(path, data=sent)
    stranger = where.app.test_client()
    for path in ("/signin", "/signup"):
        sent = dict.fromkeys(("login", "handle", "name", "email", "password"), text)
        yield f"POST {path}", stranger.post(path, data={**sent, "next": text})
    name = text.replace("\n", "").replace("\r", "")
    file = {"file": (io.BytesIO(b"<svg>"), name), "csrf_token": csrf, "idempotency_key": "k"}
    yield "POST a file", client.post("/studio/compose", data=file)
