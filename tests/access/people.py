"""A town in which one person owns something of everything, and those who own nothing of it."""

from dataclasses import dataclass

from flask import Flask
from flask.testing import FlaskClient

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.kernel.ids import DeviceId, mint
from app.platform.uow import unit_of_work
from tests.accounts.visits import csrf_of
from tests.api.seeded import Seeds, sow
from tests.support import trade
from tests.support.people import Person, sign_up_person
from tests.support.town import Shop, Thing, open_shop, post, stock_thing

ACTORS = (
    "anonymous",
    "reader",
    "creator",
    "merchant",
    "brand",
    "colleague",
    "banned",
    "owner",
)
"""Who asks: nobody; people who only read, write, sell or hold a brand of their own; one who works
for the owner's shop and brand; one who did, and whose account is closed; and the owner, last,
because what is done to their things by them is done. There are no staff of the site: what they
would do is done by `trove` commands, and no route knows of them."""

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
"""Requests come from afar: what is for this machine only is for none of them."""


@dataclass
class Visitor:
    """An actor at the door, with the cookies of a browser; None signs nobody in."""

    app: Flask
    person: Person | None
    secret: str = ""
    page: str = ""
    csrf: str = ""
    closed: bool = False

    def sign_in(self) -> None:
        """Begin a session; for whose account is closed that cannot be done."""
        if self.person is not None and not self.closed:
            with unit_of_work() as uow:
                self.secret = accounts.start_session(
                    uow,
                    account_id=self.person.id,
                    device_id=DeviceId(mint("device")),
                    user_agent="matrix",
                )

    def browser(self) -> FlaskClient:
        """Return a browser of theirs that no request has touched."""
        client = self.app.test_client()
        client.environ_base |= ELSEWHERE
        if self.secret:
            client.set_cookie("session", self.secret)
        if self.page:
            client.set_cookie("page", self.page)
        return client


@dataclass
class Town:
    """Everybody, and what the owner has."""

    app: Flask
    seeds: Seeds
    visitors: dict[str, Visitor]
    ids: dict[str, str]
    """Ids of the owner's things by what they are."""

    others: dict[str, str]
    """The same of the merchant and the brand that are not theirs."""

    shop: Shop
    thing: Thing

    @property
    def owner(self) -> Person:
        """Who has everything."""
        return self.seeds.caller

    def person(self, name: str) -> Person:
        """Return an actor that is signed in."""
        found = self.visitors[name].person
        assert found is not None
        return found


def make_town(app: Flask, *, spare: int = 4) -> Town:
    """Make the town; all that happened in it is delivered."""
    seeds = sow(app, spare=spare)
    people = {name: sign_up_person(app, f"{name}_one") for name in ACTORS[1:-1]}
    people["owner"] = seeds.caller
    with unit_of_work() as uow:
        accounts.switch_creator(uow, account_id=people["creator"].id, on=True)
        for kind, handle in (("merchant", "teashop"), ("brand", "teashop_brand")):
            for name in ("colleague", "banned"):
                catalogue.add_member(uow, kind=kind, handle=handle, account_id=people[name].id)
    shop, thing = _elsewhere(people["merchant"], people["brand"])
    trade.drain()
    visitors = {name: Visitor(app, people.get(name)) for name in ACTORS}
    for one in visitors.values():
        one.sign_in()
        _open_a_page(one)
    with unit_of_work() as uow:
        accounts.ban(uow, account_id=people["banned"].id)
    visitors["banned"].closed = True
    names = ("note_id", "product_id", "sku_id", "merchant_id", "brand_id", "address_id")
    names += ("picture_id", "checkout_id", "order_id", "line_id")
    ids = {name: next(seeds.ids[name]) for name in names}
    owner = seeds.caller
    checkout = post(owner, f"/api/v1/checkouts/{ids['checkout_id']}", method="GET").get_json()
    picture = post(owner, f"/api/v1/pictures/{ids['picture_id']}", method="GET").get_json()
    spare_ids = ("decide_refund", "end_session", "end_token")
    ids |= {_kind(one): next(seeds.spent[one]) for one in spare_ids}
    ids |= {"payment_id": checkout["payment"]["id"], "key": picture["url_360"].split("/media/")[1]}
    others = {"merchant_id": shop.merchant_id, "brand_id": shop.brand_id}
    return Town(app, seeds, visitors, ids, others, shop, thing)


def _kind(operation: str) -> str:
    return f"{operation.partition('_')[2]}_id"


def _elsewhere(seller: Person, member: Person) -> tuple[Shop, Thing]:
    """Open a shop that ``seller`` works for, and give its brand to ``member`` alone."""
    shop = open_shop(seller, "potshop")
    with unit_of_work() as uow:
        catalogue.add_brand(uow, handle="bowls", name="Bowls")
        catalogue.add_member(uow, kind="brand", handle="bowls", account_id=member.id)
    return shop, stock_thing(shop, "Pot", stock=1_000)


def _open_a_page(visitor: Visitor) -> None:
    """Note the token that the forms of their pages carry, and the cookie that it belongs to."""
    client = visitor.browser()
    visitor.csrf = csrf_of(client, "/signup" if visitor.person is None else "/settings")
    cookie = client.get_cookie("page")
    assert cookie is not None
    visitor.page = cookie.value
