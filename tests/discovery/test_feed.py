"""The feed says why each card is there, and what it says is true."""

import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.content import api as content
from app.content.api import DraftPicture, NoteDraft
from app.kernel.ids import NoteId, PictureId
from app.pictures import api as pictures
from app.platform.uow import unit_of_work
from tests.discovery.reasons import truths
from tests.support.people import Person
from tests.support.town import open_shop, picture_bytes, post, publish, stock_thing

SignUp = Callable[..., Person]


def feed(who: Person) -> list[dict]:
    return feed_of(who.client, who.bearer)


def feed_of(client: FlaskClient, headers: dict[str, str] | None = None) -> list[dict]:
    items: list[dict] = []
    cursor = None
    while True:
        path = "/api/v1/feed?size=50" + (f"&cursor={cursor}" if cursor else "")
        page = client.get(path, headers=headers).get_json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


NOTES = 250
AUTHORS = 10
LIKED = 215
"""More than are called popular."""


def _publish(author: Person, picture_id: PictureId, number: int, at: datetime) -> NoteId:
    topics = (f"topic{number % 25}", *(("both",) if number % 9 == 0 else ()))
    draft = NoteDraft(f"Note {number}", "", (DraftPicture(picture_id),), topics=topics)
    with unit_of_work(now=at) as uow:
        return content.publish(uow, author_id=author.id, draft=draft)


def _react(who: Person, note_id: NoteId, kind: Literal["like", "collect"]) -> None:
    with unit_of_work() as uow:
        content.react(uow, note_id=note_id, account_id=who.id, kind=kind)


@pytest.mark.slow
def test_every_reason_is_true(app: Flask, sign_up: SignUp, drain):
    authors = [sign_up(f"author{n}") for n in range(AUTHORS)]
    fans = [sign_up(f"fan{n}") for n in range(4)]
    reader = sign_up("reader")
    own = [pictures.upload(owner_id=one.id, data=picture_bytes()) for one in authors]
    now = datetime.now(UTC)
    ages = [timedelta(hours=8 * n + 1) for n in range(NOTES)]
    ids = [
        _publish(authors[n % AUTHORS], own[n % AUTHORS], n, now - ages[n])
        for n in reversed(range(NOTES))
    ]
    dice = random.Random(3)
    for note_id in dice.sample(ids, LIKED):
        for fan in fans[: dice.randint(1, 4)]:
            _react(fan, note_id, dice.choice(("like", "collect")))
    for handle in ("author1", "author5"):
        assert post(reader, f"/api/v1/accounts/{handle}/follow", method="PUT").status_code < 300
    for note_id in dice.sample(ids, 4):
        assert post(reader, f"/api/v1/notes/{note_id}/like", method="PUT").status_code == 204
    drain()

    for who, reader_id in ((reader, reader.id), (None, None)):
        items = feed(who) if who else feed_of(app.test_client())
        is_true = truths(reader_id, now_us=int(now.timestamp()) * 1_000_000)

        assert {item["id"] for item in items} == set(ids)
        assert len(items) == NOTES
        reasons = [(item["id"], item["reason"]["code"], item["reason"]["name"]) for item in items]
        assert [one for one in reasons if not is_true(*one)] == []
        kinds = Counter(code for _, code, _ in reasons)
        assert sum(many * 10 >= NOTES for many in kinds.values()) >= (4 if who else 2), kinds


def test_the_order_of_what_is_popular_is_that_of_the_rows_however_old_the_cards(
    app: Flask, sign_up: SignUp, drain, pass_time
):
    """A score that aged from when the card was made would leave the early bird in front."""
    ann, fan, other = sign_up("ann"), sign_up("fan"), sign_up("other")
    old, new = publish(ann, title="old"), publish(ann, title="new")
    _react(fan, old, "like")
    drain()
    pass_time(days=60)
    _react(fan, new, "like")
    _react(other, new, "like")
    drain()

    popular = [item["id"] for item in feed(ann) if item["reason"]["code"] == "popular"]

    assert popular == [new, old]


def test_a_note_is_found_by_a_chinese_and_by_an_english_word(app: Flask, sign_up: SignUp, drain):
    ann = sign_up("ann")
    note_id = publish(ann, title="一杯红茶", body="An afternoon with friends")
    drain()

    for word in ("红茶", "afternoon"):
        hits = post(ann, f"/api/v1/search?q={word}", method="GET").get_json()
        assert [item["id"] for item in hits["items"]] == [note_id]
    gone = post(ann, f"/api/v1/notes/{note_id}", method="DELETE")
    assert gone.status_code == 204
    before_the_index_knows = post(ann, "/api/v1/search?q=红茶", method="GET").get_json()
    assert before_the_index_knows["items"] == []
    drain()
    assert post(ann, "/api/v1/search?q=红茶", method="GET").get_json()["total"] == 0


def test_what_the_author_may_earn_by_is_disclosed_everywhere(app: Flask, sign_up: SignUp, drain):
    ann, cat = sign_up("ann"), sign_up("cat")
    shop = open_shop(cat, "teashop", rate_bp=None)
    thing = stock_thing(shop)
    tagged, plain = publish(ann, thing, title="tagged tea"), publish(ann, title="plain tea")
    drain()

    def told() -> dict[str, set[bool]]:
        found: dict[str, set[bool]] = {tagged: set(), plain: set()}
        for path in ("/api/v1/feed", "/api/v1/search?q=tea", "/api/v1/accounts/ann/notes"):
            for item in post(ann, path, method="GET").get_json()["items"]:
                found[item["id"]].add(item["disclosure"])
        for note_id, seen in found.items():
            one = post(ann, f"/api/v1/notes/{note_id}", method="GET").get_json()
            seen.add(one["disclosure"])
        return found

    assert told() == {tagged: {False}, plain: {False}}
    post(ann, "/api/v1/me/creator", {"accept_terms": True}, method="PUT")
    assert told() == {tagged: {False}, plain: {False}}
    terms = f"/api/v1/merchants/{shop.merchant_id}/terms"
    assert post(cat, terms, {"rate_bp": 1_000}, method="PUT").status_code == 200
    assert told() == {tagged: {True}, plain: {False}}
    post(ann, "/api/v1/me/creator", method="DELETE")
    assert told() == {tagged: {False}, plain: {False}}


def test_suggestions_begin_as_typed(app: Flask, sign_up: SignUp, drain):
    ann, cat = sign_up("ann"), sign_up("cat")
    stock_thing(open_shop(cat, "teashop"))
    publish(ann, title="tea", body="#teatime #tearoom")
    drain()

    said = json.loads(app.test_client().get("/api/v1/suggestions?q=tea").data)

    assert set(said["items"]) == {"teashop brand", "teatime", "tearoom"}
    assert said["items"][0] == "teashop brand"


def test_a_cursor_of_another_list_is_refused(app: Flask, sign_up: SignUp):
    ann = sign_up("ann")

    for path, code in (
        ("/api/v1/feed?cursor=abc", "invalid-input"),
        ("/api/v1/search?cursor=abc", "cursor-of-another"),
    ):
        answer = post(ann, path, method="GET")
        assert (answer.status_code, answer.get_json()["code"]) == (422, code)
