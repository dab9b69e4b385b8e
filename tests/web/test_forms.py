"""Every form of the pages: all that is wrong at once, beside its field; nothing typed is lost."""

import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.orders.shopping import Town, ask, bought, small_town
from tests.support.fresh import fresh_app
from tests.support.people import sign_up_person
from tests.support.town import add_address, picture_bytes, place, post, publish, stock_thing
from tests.web.form_faults import SURROGATE, faults, worst
from tests.web.forms import Control, FormSeen, PageSeen, endpoint_of, read_page

PASSWORD = "clear-plum-harbour-42"
NEWCOMER = {"handle": "newcomer", "name": "New", "email": "new@example.org", "password": PASSWORD}


@dataclass
class World:
    """A town, and in it one of everything that a form is about."""

    app: Flask
    people: dict[str, FlaskClient]
    places: dict[str, str]

    def client(self, who: str) -> FlaskClient:
        """Return the browser of somebody; strangers have a new one each time."""
        return self.people.get(who) or self.app.test_client()

    def form(self, page: PageSeen, endpoint: str, target: str = "") -> FormSeen | None:
        """Return the form of a page that is sent to a view, the one to ``target`` if told."""
        for one in page.forms:
            if endpoint_of(self.app, one) == endpoint and target in ("", one.action):
                return one
        return None


@dataclass(frozen=True)
class Case:
    """A form: where it stands, who fills it in, and what is typed that is right."""

    page: str
    who: str
    typed: dict[str, str] = field(default_factory=dict)
    lacks: frozenset[str] = frozenset()
    """What is wrong in any case: a file that this does not send."""


ADDRESS = {
    "recipient": "Li Lei",
    "phone": "13800138000",
    "region": "上海市 徐汇区",
    "street": "梧桐路 1 号",
}
NOTE = {"title": "Worth it", "body": "A few words", "topics": "tea 茶", "pictures.0.alt": "A cup"}
FORMS = {
    "accounts_pages.sign_in_form": Case(
        "/signin", "stranger", {"login": "bob@example.org", "password": PASSWORD}
    ),
    "accounts_pages.sign_up_form": Case("/signup", "stranger", NEWCOMER),
    "accounts_pages.change_profile": Case("/settings", "dora", {"name": "Dora", "bio": "Tea"}),
    "accounts_pages.become_creator": Case("/settings", "dora", {"accept_terms": "yes"}),
    "accounts_pages.add_address": Case("/settings", "dora", ADDRESS),
    "accounts_pages.change_address": Case("/settings", "dora", ADDRESS),
    "accounts_pages.make_token": Case("/settings", "dora", {"name": "bot", "scopes[]": "read"}),
    "accounts_pages.change_password": Case(
        "/settings", "dora", {"current_password": PASSWORD, "new_password": f"{PASSWORD}-new"}
    ),
    "content_pages.publish": Case("/studio/compose", "ann", NOTE, frozenset({"file"})),
    "content_pages.change": Case("/note/{note}/edit", "ann", NOTE),
    "site_pages.put_in_cart": Case("/p/{product}", "bob", {"quantity": "2"}),
    "orders_pages.set_line": Case("/cart", "bob", {"quantity": "3"}),
    "orders_pages.place": Case("/checkout", "bob"),
    "orders_pages.pay": Case("/wallet/{payment}", "bob", {"behaviour": "late"}),
    "orders_pages.ask_refund": Case("/orders/{paid}", "bob", {"reason": "Another colour"}),
    "orders_pages.ship": Case("/orders/{paid}", "cat", {"carrier": "SF", "tracking_no": "7"}),
    "orders_pages.decide": Case("/orders/{asked}", "cat", {"answer": "All right"}),
}
"""Every form in which something can be typed or chosen, by the view that it is sent to."""

BUTTONS = {
    *(f"accounts_pages.{name}" for name in ("sign_out", "sign_out_everywhere", "end_session")),
    *(f"accounts_pages.{name}" for name in ("end_token", "delete_address", "cease_as_creator")),
    *(f"accounts_pages.{name}" for name in ("follow", "unfollow", "sign_in_to_demo")),
    *(f"content_pages.{name}" for name in ("like", "collect", "delete")),
    *(f"orders_pages.{name}" for name in ("drop_line", "start_payment", "cancel", "receive")),
    *(f"site_pages.{name}" for name in ("follow_tag", "keep_preference")),
}
"""Forms that are one button: nothing can be typed there."""

LEAVING = {"accounts_pages.sign_out", "accounts_pages.sign_out_everywhere"}

PAGES = {
    *((case.page, case.who) for case in FORMS.values()),
    *(("/settings", who) for who in ("ann", "bob", "cat")),
    *(("/", "stranger"), ("/note/{note}", "bob"), ("/note/{note}", "ann"), ("/u/ann", "bob")),
    *(("/pay/{checkout}", "bob"), ("/orders/{shipped}", "bob"), ("/orders", "bob")),
    *(("/search?q=tea", "bob"), ("/shop/teashop/orders", "cat"), ("/b/teashop_brand", "bob")),
}
"""Pages on which all these forms stand; who looks."""


@pytest.fixture(scope="module")
def world(empty_database: Path) -> Iterator[World]:
    """A town that these tests share: what they send to it is refused."""
    with fresh_app(empty_database) as app:
        yield _make(app)


@pytest.fixture(scope="module")
def spare(empty_database: Path) -> Iterator[World]:
    """Another, in which forms may be used up."""
    with fresh_app(empty_database) as app:
        yield _make(app)


def _make(app: Flask) -> World:
    town: Town = small_town(app, lambda handle: sign_up_person(app, handle), stock=90)
    ann = sign_up_person(app, "ann", creator=True)
    dora = app.test_client()
    signed = dora.post(
        "/api/v1/accounts",
        json={"handle": "dora", "name": "Dora", "email": "dora@example.org", "password": PASSWORD},
    ).get_json()
    own = {"X-CSRFToken": signed["csrf_token"]}
    for path, body in (
        ("me/addresses", ADDRESS),
        ("tokens", {"name": "old", "scopes": ["read"]}),
    ):
        assert dora.post(f"/api/v1/{path}", json=body, headers=own).status_code == 201
    elsewhere = {"login": "dora@example.org", "password": PASSWORD}
    assert app.test_client().post("/api/v1/sessions", json=elsewhere).status_code == 201
    paid, asked, shipped = (bought(town, 2, key=f"order{number}") for number in range(3))
    refund_id = ask(town, asked, key="ask", quantity=1).get_json()["id"]
    sent = {"carrier": "SF", "tracking_no": "1"}
    post(town.staff, f"/api/v1/orders/{shipped['id']}/shipment", sent, method="PUT")
    checkout = place(town.bob, {town.thing: 1}, key="open")
    post(town.bob, "/api/v1/cart/lines", {"sku_id": town.thing.sku_id, "quantity": 2})
    add_address(town.bob.id)
    other = stock_thing(town.shop, "Cup")
    places = {
        "note": publish(ann, town.thing, other),
        "product": town.thing.product_id,
        "payment": checkout["payment"]["id"],
        "checkout": checkout["id"],
        "paid": paid["id"],
        "asked": asked["id"],
        "refund": refund_id,
        "shipped": shipped["id"],
    }
    people = {"ann": ann.client, "bob": town.bob.client, "cat": town.staff.client, "dora": dora}
    return World(app, people, places)


@dataclass
class Sent:
    """What came of a form that was sent."""

    status: int
    page: PageSeen
    form: FormSeen | None


@dataclass
class Shown:
    """A form as it stands on its page, and who is to fill it in."""

    endpoint: str
    client: FlaskClient
    form: FormSeen
    csrf: str


def shown(world: World, endpoint: str) -> Shown | None:
    """Return a form, or None where it stands no longer since it was sent and taken."""
    case = FORMS[endpoint]
    client = world.client(case.who)
    html = client.get(case.page.format(**world.places)).text
    form = world.form(read_page(html), endpoint)
    return form and Shown(endpoint, client, form, _csrf(html))


def send(world: World, to: Shown, typed: dict[str, str]) -> tuple[dict[str, Any], Sent]:
    """Fill a form in and send it as a browser without scripts does; return what came back."""
    right = {n: value for n, value in FORMS[to.endpoint].typed.items() if n in to.form.controls}
    sent = to.form.filled({**right, **typed})
    body = {**sent, "csrf_token": to.csrf, "idempotency_key": secrets.token_hex(8)}
    answer = to.client.post(
        to.form.action,
        data=urlencode(body, doseq=True, errors="surrogatepass"),
        content_type="application/x-www-form-urlencoded",
    )
    page = read_page(answer.text)
    return sent, Sent(answer.status_code, page, world.form(page, to.endpoint, to.form.action))


def _csrf(html: str) -> str:
    return html.partition('name="csrf_token" value="')[2].partition('"')[0]


def wrong_in(form: FormSeen, sent: dict[str, Any], came: Sent, faulty: set[str]) -> list[str]:
    """Return what a refusal owes and does not give; ``faulty`` are the fields that are wrong."""
    if not 400 <= came.status < 500:
        return [f"answered {came.status}"]
    if came.form is None:
        return [f"{came.status} without the form: {came.page.titles}"]
    wrong = [] if came.page.alerts else ["nothing is said on top"]
    wrong += [f"#{one} leads nowhere" for one in came.page.anchors if one not in came.page.ids]
    for one in came.form.visible:
        if one.name in faulty:
            wrong += [] if one.invalid and one.said else [f"{one.name} is not marked"]
        elif one.invalid:
            wrong.append(f"{one.name} is marked: {one.said}")
        if one.kind not in {"password", "file"} and not _kept(one, sent.get(one.name)):
            wrong.append(f"{one.name} is lost: {one.values} for {sent.get(one.name)!r:.60}")
    missing = {one.name for one in form.visible} - set(came.form.controls)
    return wrong + [f"{name} is gone" for name in sorted(missing)]


def _kept(one: Control, value: object) -> bool:
    """Tell whether a field stands as it was sent; what is not offered cannot be chosen again."""
    typed = [value] if isinstance(value, str) else list(value or ())  # type: ignore[call-overload] # text or texts
    if one.kind in {"select", "radio", "checkbox"}:
        return set(typed) <= set(one.values) or not set(typed) <= set(one.offered)
    # A page cannot hold a NUL: it shows what a browser makes of it.
    clean = [text.replace("\0", "�").replace(SURROGATE, "%ED%A0%80") for text in typed]
    return one.values in (clean, [text.replace("\0", "") for text in typed]) or not typed


def test_every_form_is_in_the_table(world: World) -> None:
    """By the map of addresses, and by what stands on the pages."""
    pages = {one.name for one in world.app.blueprints.values() if one.name.endswith("_pages")}
    mapped = {
        str(rule.endpoint)
        for rule in world.app.url_map.iter_rules()
        if "POST" in (rule.methods or ()) and str(rule.endpoint).split(".")[0] in pages
    }
    assert mapped == set(FORMS) | BUTTONS

    for path, who in sorted(PAGES):
        answer = world.client(who).get(path.format(**world.places))
        assert answer.status_code == 200, path
        for form in read_page(answer.text).forms:
            endpoint = endpoint_of(world.app, form)
            if form.method == "GET":
                assert endpoint == "site_pages.search", (path, form.action)
            elif endpoint in BUTTONS:
                assert form.visible == [], (path, endpoint)
            else:
                assert endpoint in FORMS, (path, endpoint)


@pytest.mark.parametrize("endpoint", FORMS)
def test_what_is_wrong_is_told_beside_it_and_nothing_is_lost(world: World, endpoint: str) -> None:
    to = shown(world, endpoint)
    assert to is not None
    assert [one.name for one in to.form.visible if not one.named] == []
    everything = worst(to.form)

    found = {"all at once": owed(world, to, everything, set(everything))}
    for fault in faults(to.form):
        if fault.refused:
            found[str(fault)] = owed(world, to, {fault.name: fault.value}, {fault.name})

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("endpoint", FORMS)
def test_what_is_tampered_with_or_left_out_breaks_nothing(spare: World, endpoint: str) -> None:
    found = {}
    to = shown(spare, endpoint)
    for fault in faults(to.form) if to else ():
        if not fault.refused and (again := shown(spare, endpoint)):
            found[str(fault)] = owed_if_refused(spare, again, {fault.name: fault.value})

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def owed(world: World, to: Shown, typed: dict[str, str], faulty: set[str]) -> list[str]:
    """Return what is not done that is owed to somebody who typed this."""
    sent, came = send(world, to, typed)
    return wrong_in(to.form, sent, came, faulty | FORMS[to.endpoint].lacks)


def owed_if_refused(world: World, to: Shown, typed: dict[str, str]) -> list[str]:
    """Return what is not done of it where this is refused; it may be taken, too."""
    sent, came = send(world, to, typed)
    if came.status < 400:
        return []
    faulty = {one.name for one in (came.form.visible if came.form else ()) if one.invalid}
    return wrong_in(to.form, sent, came, faulty)


@pytest.mark.parametrize("endpoint", FORMS)
def test_a_page_that_was_open_for_too_long_loses_nothing_and_does_nothing(
    world: World, endpoint: str
) -> None:
    to = shown(world, endpoint)
    assert to is not None

    sent, came = send(world, replace(to, csrf="stale"), {})

    assert came.status == 400
    assert wrong_in(to.form, sent, came, set()) == []
    assert shown(world, endpoint) is not None


def test_no_button_works_without_the_pages_own_token(world: World) -> None:
    pressed = set()
    for path, who in sorted(PAGES):
        client = world.client(who)
        for form in read_page(client.get(path.format(**world.places)).text).forms:
            if form.method == "POST":
                assert client.post(form.action, data=form.filled({})).status_code == 400, path
                pressed.add(endpoint_of(world.app, form))
    assert set(FORMS) <= pressed


def test_a_button_that_is_tampered_with_breaks_nothing(spare: World) -> None:
    pressed = set()
    for path, who in sorted(PAGES):
        client = spare.client(who)
        html = client.get(path.format(**spare.places)).text
        for form in read_page(html).forms:
            endpoint = endpoint_of(spare.app, form)
            if endpoint not in BUTTONS - LEAVING:
                continue
            junk = dict.fromkeys(form.filled({}), "nonsense\0") | {"csrf_token": _csrf(html)}
            junk |= {"next": "//elsewhere", "idempotency_key": secrets.token_hex(8)}
            for target in (f"{form.action}x", form.action):
                assert client.post(target, data=junk).status_code < 500, (path, target)
            pressed.add(endpoint)
    assert "content_pages.like" in pressed


def test_pictures_are_refused_beside_where_they_are_chosen(world: World) -> None:
    client = world.client("ann")
    html = client.get("/studio/compose").text
    for data, name in ((b"no picture", "a.png"), (picture_bytes(width=9, height=9), "b.png")):
        typed = {"csrf_token": _csrf(html), "title": "Worth it", "body": "kept words"}
        answer = client.post("/studio/compose", data={**typed, "file": (io.BytesIO(data), name)})

        form = world.form(read_page(answer.text), "content_pages.publish")
        assert form is not None
        file = form.controls["file"]
        assert (file.invalid, bool(file.said)) == (True, True)
        assert form.controls["title"].values == ["Worth it"]
        assert form.controls["body"].values == ["kept words"]
