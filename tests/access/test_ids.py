"""Ids of another's things in bodies, in filters and behind cursors: they answer as those of nothing.

What is private is read from the rows: nothing of it may stand in any answer to others.
"""

import re
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from app.kernel.ids import mint
from app.orders import queries as orders
from app.pictures import api as pictures
from app.platform.db import Base
from app.platform.uow import snapshot
from tests.access.judging import changed, digests
from tests.access.people import Town
from tests.orders.shopping import pay
from tests.support.people import Person
from tests.support.town import add_address, picture_bytes, place, post

pytestmark = pytest.mark.slow

NUMBERS = count()
PUBLIC = {
    "TagIn.product_id", "WantedIn.sku_id", "WantedIn.note_id", "CartDropIn.sku_ids",
    "ProductIn.brand_id", "ProductIn.category_id",
}  # fmt: skip
"""Ids in bodies that are for everybody to name."""

Send = Callable[[], Any]
Prepare = Callable[[Town, Person, str], Send]
"""Does what comes before for a person and an id; returns what sends the id."""


def to_an_address(town: Town, me: Person, address_id: str) -> Send:
    lines = [{"sku_id": town.thing.sku_id, "quantity": 1}]
    seen = post(me, "/api/v1/checkouts/previews", {"lines": lines}).get_json()
    body = {"preview": seen["preview"], "address_id": address_id}
    return partial(post, me, "/api/v1/checkouts", body, key=f"place-{next(NUMBERS)}")


def with_a_picture(town: Town, me: Person, picture_id: str) -> Send:
    del town
    return partial(
        post, me, "/api/v1/notes", {"title": "Tea", "pictures": [{"picture_id": picture_id}]}
    )


def with_a_face(town: Town, me: Person, picture_id: str) -> Send:
    del town
    return partial(post, me, "/api/v1/me", {"avatar_picture_id": picture_id}, method="PATCH")


def product(town: Town, **said: Any) -> dict[str, Any]:
    number = next(NUMBERS)
    sku = {"code": f"code-{number}", "name": "one", "price_fen": 100, "stock": 1}
    right = {"merchant_id": town.shop.merchant_id, "brand_id": town.shop.brand_id}
    return {**right, "name": f"Pot {number}", "skus": [sku], **said}


def with_a_shot(town: Town, me: Person, picture_id: str) -> Send:
    return partial(post, me, "/api/v1/products", product(town, picture_id=picture_id))


def with_another_shot(town: Town, me: Person, picture_id: str) -> Send:
    path = f"/api/v1/products/{town.thing.product_id}"
    return partial(post, me, path, {"picture_id": picture_id}, method="PATCH")


def of_a_merchant(town: Town, me: Person, merchant_id: str) -> Send:
    return partial(post, me, "/api/v1/products", product(town, merchant_id=merchant_id))


def of_a_sku(town: Town, me: Person, sku_id: str) -> Send:
    path = f"/api/v1/products/{town.thing.product_id}"
    return partial(post, me, path, {"skus": [{"id": sku_id, "price_fen": 1}]}, method="PATCH")


def of_a_line(town: Town, me: Person, line_id: str) -> Send:
    checkout = place(me, {town.thing: 1}, key=f"line-{next(NUMBERS)}")
    assert pay(town.app, me, checkout) == "fits"
    order = checkout["orders"][0]["id"]
    path = f"/api/v1/orders/{order}/refunds"
    return partial(post, me, path, {"parts": [{"line_id": line_id, "quantity": 1}]}, key="refund")


BODIES: dict[str, tuple[str, str, Prepare]] = {
    "CheckoutIn.address_id": ("address_id", "address", to_an_address),
    "PictureIn.picture_id": ("picture_id", "picture", with_a_picture),
    "ProfileIn.avatar_picture_id": ("picture_id", "picture", with_a_face),
    "ProductIn.picture_id": ("picture_id", "picture", with_a_shot),
    "ProductChangeIn.picture_id": ("picture_id", "picture", with_another_shot),
    "ProductIn.merchant_id": ("merchant_id", "merchant", of_a_merchant),
    "SkuChangeIn.id": ("sku_id", "sku", of_a_sku),
    "PartIn.line_id": ("line_id", "line", of_a_line),
}
"""Ids in bodies that only whom they belong to may name: which of the owner's, and its kind."""


def test_every_id_in_a_body_is_told_of(town: Town) -> None:
    document = town.app.test_client().get("/api/v1/openapi.json").get_json()
    found = {
        f"{name}.{one}"
        for name, schema in document["components"]["schemas"].items()
        if not name.startswith("Problem") and not name.endswith(("Out", "Ref"))
        for one in schema.get("properties", ())
        if {"id", "ids"} & set(one.split("_"))
    }

    assert found == PUBLIC | set(BODIES)


def own_id(town: Town, me: Person, name: str) -> str:
    """Return an id of the merchant's own that may stand there."""
    if name == "address_id":
        return add_address(me.id)
    if name == "picture_id":
        return pictures.upload(owner_id=me.id, data=picture_bytes("plum"))
    known = {"merchant_id": town.shop.merchant_id, "sku_id": town.thing.sku_id}
    return str(known.get(name, ""))


def answered(town: Town, name: str, which: str) -> tuple[int, str, list[str]]:
    """Return what the merchant gets for an id of theirs, the owner's or of nothing; what changed."""
    kind, prefix, prepare = BODIES[name]
    me = town.person("merchant")
    given = {"theirs": town.ids[kind], "none": mint(prefix), "own": ""}[which]
    given = given or own_id(town, me, kind)
    send = prepare(town, me, given)
    before = digests()
    answer = send()
    text = re.sub(r"req_[0-9a-z]+", "…", answer.text).replace(given, "…")
    return answer.status_code, text, changed(before, digests())


@pytest.mark.parametrize("name", BODIES)
def test_anothers_id_in_a_body_is_one_of_nothing(town: Town, name: str) -> None:
    theirs, none = answered(town, name, "theirs"), answered(town, name, "none")

    assert theirs[:2] == none[:2]
    assert 400 <= theirs[0] < 500
    assert not theirs[2]


@pytest.mark.parametrize("name", set(BODIES) - {"PartIn.line_id"})
def test_ones_own_id_in_that_place_is_taken(town: Town, name: str) -> None:
    assert answered(town, name, "own")[0] in {200, 201, 204}


PRIVATE = (
    "orders_checkout", "orders_order", "orders_line", "orders_payment", "orders_refund",
    "accounts_address", "accounts_session", "accounts_token",
)  # fmt: skip
"""Tables whose ids are nobody's business but of those whose rows they are."""

LISTS = ("reader", "creator", "merchant", "brand", "anonymous")


@pytest.fixture(scope="module", autouse=True)
def secrets(town: Town) -> set[str]:
    """Every private id in town: all that is there before others do anything is the owner's."""
    found = set()
    with snapshot() as view:
        for name in PRIVATE:
            for (one,) in view.rows(select(Base.metadata.tables[name].c.id)):
                assert "_" in one
                found.add(one)
    assert len(found) > 40
    return found


def lists(town: Town) -> dict[str, list[str]]:
    """Return the parameters of every read that has any, by its path."""
    document = town.app.test_client().get("/api/v1/openapi.json").get_json()
    return {
        path: [one["name"] for one in said["get"]["parameters"] if one["in"] == "query"]
        for path, said in document["paths"].items()
        if any(one["in"] == "query" for one in said.get("get", {}).get("parameters", ()))
    }


def filled(town: Town, path: str, ids: dict[str, str], handle: str) -> str:
    return re.sub(r"{(\w+)}", lambda one: {**ids, "handle": handle}[one[1]], path)


def cursors(town: Town, path: str) -> set[str]:
    """Return the cursors that the owner is given there, of a page of each size up to three."""
    mine = filled(town, path, town.ids, "ann")
    answers = (post(town.owner, f"{mine}?size={size}", method="GET") for size in (1, 2, 3))
    return {one.get_json()["next"] for one in answers if one.get_json().get("next")}


def told(town: Town, actor: str, secrets: set[str]) -> list[str]:
    """Ask every list with all that is the owner's in each parameter; return what is told of it."""
    client = town.visitors[actor].browser()
    found = []
    for path, names in lists(town).items():
        for ids in (town.ids, {**town.ids, **town.others}):
            place_ = filled(town, path, ids, "ann")
            asked = [f"{name}={one}" for name in names for one in town.ids.values()]
            if "cursor" in names:
                asked += [f"size=50&cursor={one}" for one in cursors(town, path)]
            for query in ("", *asked):
                answer = client.get(f"{place_}?{query}")
                assert answer.status_code < 500
                found += [f"{path}?{query}: {one}" for one in secrets if one in answer.text]
    return found


@pytest.mark.parametrize("actor", LISTS)
def test_no_filter_and_no_cursor_leads_to_anothers(
    town: Town, secrets: set[str], actor: str
) -> None:
    assert told(town, actor, secrets) == []


def test_a_cursor_that_carries_whose_list_it_is_is_found(
    town: Town, secrets: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = orders.orders_of

    def trusting(view: Any, *, buyer_id: Any, cursor: str | None = None, size: int) -> Any:
        whose = town.owner.id if cursor else buyer_id
        return right(view, buyer_id=whose, cursor=cursor, size=size)

    monkeypatch.setattr(orders, "orders_of", trusting)

    found = told(town, "reader", secrets)

    assert found
    assert all(one.startswith("/api/v1/orders?") for one in found)


def test_a_picture_that_anybody_may_use_is_found(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        pictures, "own", lambda _view, *, owner_id, picture_ids: frozenset(picture_ids)
    )

    theirs, none = (answered(town, "PictureIn.picture_id", which) for which in ("theirs", "none"))

    assert theirs[:2] != none[:2]
