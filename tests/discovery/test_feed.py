"""The feed says why each card is there, and what it says is true."""

import json
from collections.abc import Callable

from flask import Flask
from sqlalchemy import text

from app.kernel.ids import AccountId
from app.platform.uow import snapshot
from tests.support.people import Person
from tests.support.town import open_shop, post, publish, stock_thing

SignUp = Callable[..., Person]


def feed(who: Person, size: int = 50) -> list[dict]:
    items: list[dict] = []
    cursor = None
    while True:
        path = f"/api/v1/feed?size={size}" + (f"&cursor={cursor}" if cursor else "")
        page = post(who, path, method="GET").get_json()
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            return items


def test_every_reason_is_true(app: Flask, sign_up: SignUp, drain, pass_time):
    authors = [sign_up(f"author{n}") for n in range(8)]
    reader = sign_up("reader")
    for n in range(64):
        body = f"words #topic{n % 7}" + (" #both" if n % 9 == 0 else "")
        publish(authors[n % 8], title=f"Note {n}", body=body, color=f"#0000{n:02x}")
    pass_time(days=40)
    for n in range(64, 160):
        publish(
            authors[n % 8], title=f"Note {n}", body=f"words #topic{n % 7}", color=f"#00{n:02x}00"
        )
    drain()
    ids = [item["id"] for item in feed(reader)]
    for handle in ("author1", "author5"):
        assert post(reader, f"/api/v1/accounts/{handle}/follow", method="PUT").status_code < 300
    for note_id in ids[:3]:
        assert post(reader, f"/api/v1/notes/{note_id}/like", method="PUT").status_code == 204
    drain()

    items = feed(reader)

    assert len(items) == len({item["id"] for item in items}) == 160
    wrong = [item for item in items if not _is_true(reader.id, item)]
    assert wrong == []
    kinds = [item["reason"]["code"] for item in items]
    assert sum(kinds.count(kind) >= 16 for kind in set(kinds)) >= 3


def _is_true(reader_id: AccountId, item: dict) -> bool:
    """Recompute a card's reason from the rows of the rooms, by SQL of this test's own."""
    reason = item["reason"]
    with snapshot() as view:
        known = {"reader": reader_id, "note": item["id"], "name": reason["name"]}
        found = view.session.connection().execute(text(_TRUE[reason["code"]]), known).scalar()
    return bool(found)


_TRUE = {
    "followed": (
        "SELECT 1 FROM accounts_follow f JOIN content_note n ON n.author_id = f.followed_id"
        " WHERE f.follower_id = :reader AND n.id = :note"
    ),
    "topic": (
        "SELECT 1 FROM content_note_topic mine"
        " JOIN content_note_topic theirs ON theirs.name = mine.name"
        " JOIN content_reaction r ON r.note_id = theirs.note_id AND r.account_id = :reader"
        " WHERE mine.note_id = :note AND mine.name = :name"
    ),
    "popular": (
        "SELECT 1 WHERE :note IN (SELECT note_id FROM discovery_card"
        " ORDER BY popularity DESC, note_id DESC LIMIT 200)"
    ),
    "recent": (
        "SELECT 1 FROM content_note n WHERE n.id = :note AND n.published_at >"
        " (SELECT max(published_at) FROM content_note) - 30 * 86400000000"
    ),
    "more": "SELECT 1 FROM content_note WHERE id = :note",
}


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
