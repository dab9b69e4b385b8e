"""Tokens for touches by the API: of one showing of a note, for the device that asked."""

from collections.abc import Callable

from flask import Flask

from app.kernel.ids import NoteId, mint
from app.platform.uow import snapshot
from app.touches import api as touches
from tests.support.people import Person
from tests.support.town import open_shop, publish, stock_thing

SignUp = Callable[..., Person]


def test_a_note_has_a_token_and_each_of_its_tags_one(app: Flask, sign_up: SignUp):
    shop = open_shop(sign_up("cat"), "teashop")
    tea, cup = stock_thing(shop, "Tea"), stock_thing(shop, "Cup")
    note_id = publish(sign_up("ann", creator=True), tea, cup)
    reader, other = app.test_client(), app.test_client()

    given = reader.get(f"/api/v1/notes/{note_id}/touch-tokens").get_json()

    tags = {one["product_id"]: one["token"] for one in given["tags"]}
    assert set(tags) == {tea.product_id, cup.product_id}
    batch = {
        "touches": [
            {"token": given["note"], "kind": "open"},
            {"token": tags[cup.product_id], "kind": "tag_click"},
        ]
    }
    said = reader.post("/api/v1/touches", json=batch).get_json()
    assert said == {"accepted": 2, "refused": []}
    refused = other.post("/api/v1/touches", json=batch).get_json()["refused"]
    assert [one["code"] for one in refused] == ["other-device"] * 2
    with snapshot() as view:
        rows = [(one.kind, one.product_id) for one in touches.touches(view) if one.token_ok]
    assert sorted(rows) == sorted(
        [("open", tea.product_id), ("open", cup.product_id), ("tag_click", cup.product_id)]
    )


def test_a_note_that_tags_nothing_has_no_token(app: Flask, sign_up: SignUp):
    note_id = publish(sign_up("ann", creator=True))

    answer = app.test_client().get(f"/api/v1/notes/{note_id}/touch-tokens")

    assert answer.get_json() == {"note": None, "tags": []}


def test_a_note_that_is_not_shown_has_no_token(app: Flask):
    note_id = NoteId(mint("note"))

    assert app.test_client().get(f"/api/v1/notes/{note_id}/touch-tokens").status_code == 404
