"""The studio says what will come of credited orders, and when: never a day that brings nothing."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.platform.uow import snapshot
from app.web import words
from tests.orders.shopping import SignUp, Town, act, ask, bought, pay, refund
from tests.support.people import Person
from tests.support.town import place, publish, touch

LetPass = Callable[..., None]
NO_DATE = "no date yet: released 15 days after the goods are received"


@pytest.fixture
def ann(sign_up: SignUp, town: Town, pass_time: LetPass) -> Person:
    """A creator whose note bob opened before he buys."""
    ann = sign_up("ann", creator=True)
    note_id = publish(ann, town.thing)
    touch(town.bob, note_id, ann, town.thing, kind="open")
    pass_time(minutes=1)
    return ann


def studio(who: Person) -> str:
    """Return the words of the page, on one line."""
    page = who.client.get("/studio").get_data(as_text=True)
    main = page[page.index("<main") : page.index("</main>")]
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", main).split()))


def day_in(app: Flask, **later: int) -> str:
    """Return a day as pages show it."""
    with app.test_request_context(), snapshot() as view:
        return words.day(view.now + timedelta(**later))


def test_what_is_not_received_has_no_date(town: Town, ann: Person) -> None:
    assert "nothing waits for its release" in studio(ann)

    order = bought(town)
    act(town.staff, order["id"], "shipment")

    assert NO_DATE in studio(ann)


def test_what_is_received_has_one(app: Flask, town: Town, ann: Person) -> None:
    order = bought(town)
    act(town.staff, order["id"], "shipment")
    act(town.bob, order["id"], "receipt")

    assert f"next release is on {day_in(app, days=15)}" in studio(ann)


def test_what_is_refunded_whole_announces_no_release(
    app: Flask, town: Town, ann: Person, pass_time: LetPass, drain: Callable[[], int]
) -> None:
    gone = bought(town, key="gone")
    act(town.staff, gone["id"], "shipment")
    act(town.bob, gone["id"], "receipt")
    refund(town, gone, key="refund", amount_fen=10_000)
    drain()
    waits = bought(town, key="waits")

    said = studio(ann)

    assert "refunded whole" in said
    assert "next release" not in said
    assert NO_DATE in said
    pass_time(days=2)
    act(town.staff, waits["id"], "shipment")
    act(town.bob, waits["id"], "receipt")
    assert f"next release is on {day_in(app, days=15)}" in studio(ann)


def test_what_somebody_asks_back_waits_for_that(town: Town, ann: Person) -> None:
    order = bought(town)
    act(town.staff, order["id"], "shipment")
    act(town.bob, order["id"], "receipt")
    assert ask(town, order, key="ask", amount_fen=100).status_code == 201

    said = studio(ann)

    assert "waits: a refund is under way" in said
    assert "next release" not in said


def test_equal_reasons_of_a_note_are_told_once_with_their_number(
    town: Town, ann: Person, pass_time: LetPass
) -> None:
    mine = publish(ann, town.thing, title="Mine")
    for _ in range(3):
        touch(ann, mine, ann, town.thing, kind="open")
        pass_time(minutes=40)
    for key in ("once", "twice"):
        assert pay(town.app, ann, place(ann, {town.thing: 1}, key=key)) == "fits"

    said = studio(ann)

    assert len(re.findall(r"a note opened · Mine", said)) == 1
    assert "a note opened · Mine × 3 it was your own purchase · last" in said
