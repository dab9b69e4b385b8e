"""Every refusal of this room, provoked over HTTP: its status, its code, and what it names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from app.content import errors
from app.kernel.ids import mint
from app.kernel.problems import Problem
from app.pictures import api as pictures
from tests.support.people import Person
from tests.support.provoking import assert_refused, refusals_of
from tests.support.town import open_shop, picture_bytes, post, publish, stock_thing


@dataclass(frozen=True)
class Desk:
    """An author with a picture, a published note, and something to tag."""

    ann: Person
    bob: Person
    picture_id: str
    note_id: str
    product_id: str

    def send(self, **change: Any) -> Any:
        """Publish a note that is right but for what changes."""
        note = {"title": "Worth it", "pictures": [{"picture_id": self.picture_id}], **change}
        return post(self.ann, "/api/v1/notes", note)

    def edit(self, *, seen: str | None) -> Any:
        """Change the note by the version that was seen."""
        note = {"title": "Again", "pictures": [{"picture_id": self.picture_id}]}
        headers = {**self.ann.bearer, **({"If-Match": seen} if seen else {})}
        return self.ann.client.patch(f"/api/v1/notes/{self.note_id}", json=note, headers=headers)


@pytest.fixture
def desk(sign_up: Callable[..., Person]) -> Desk:
    ann, bob = sign_up("ann"), sign_up("bob")
    thing = stock_thing(open_shop(bob, "teashop"), "Tea")
    picture_id = pictures.upload(owner_id=ann.id, data=picture_bytes())
    return Desk(ann, bob, picture_id, publish(ann), thing.product_id)


def _picture_not_yours(desk: Desk) -> Any:
    strange = pictures.upload(owner_id=desk.bob.id, data=picture_bytes("navy"))
    return desk.send(pictures=[{"picture_id": desk.picture_id}, {"picture_id": strange}])


def _note_stale(desk: Desk) -> Any:
    assert desk.edit(seen='"v1"').status_code == 200
    return desk.edit(seen='"v1"')


PROVOKED: dict[type[Problem], Callable[[Desk], Any]] = {
    errors.NoteTooThin: lambda desk: desk.send(title=" "),
    errors.PictureNotYours: _picture_not_yours,
    errors.ProductNotTaggable: lambda desk: desk.send(tags=[{"product_id": mint("product")}]),
    errors.TagOffPicture: lambda desk: desk.send(
        tags=[{"product_id": desk.product_id, "picture": 1}]
    ),
    errors.WordsRefused: lambda desk: desk.send(body="Call me: 138 0013 8000"),
    errors.NoteStale: _note_stale,
}
NAMES = {
    errors.PictureNotYours: "picture_ids",
    errors.ProductNotTaggable: "product_ids",
    errors.WordsRefused: "flags",
}
"""What is at fault, where there may be several."""


@pytest.mark.parametrize("problem", PROVOKED, ids=lambda problem: problem.code)
def test_a_refusal_says_what_happened_and_what_to_do(desk: Desk, problem: type[Problem]) -> None:
    said = assert_refused(PROVOKED[problem](desk), problem)

    if problem in NAMES:
        assert len(said[NAMES[problem]]) == 1
    if problem is errors.NoteStale:
        assert said["version"] == 2


def test_every_refusal_of_this_room_is_provoked() -> None:
    assert set(PROVOKED) == refusals_of(errors)


def test_refused_words_are_named_by_field_and_place(desk: Desk) -> None:
    said = assert_refused(desk.send(title="138 0013 8000", body="QQ 12345678"), errors.WordsRefused)

    assert [(one["field"], one["rule"]) for one in said["flags"]] == [
        ("title", "contact-phone"),
        ("body", "contact-qq"),
    ]
    assert all(one["why"] and one["start"] < one["end"] for one in said["flags"])


def test_what_changes_nothing_seen_is_not_stale(desk: Desk) -> None:
    assert desk.edit(seen=None).status_code == 200
    assert desk.edit(seen='"v2"').status_code == 200


def test_a_note_of_another_is_not_there_to_be_changed(desk: Desk) -> None:
    path = f"/api/v1/notes/{desk.note_id}"
    note = {"title": "Mine", "pictures": [{"picture_id": desk.picture_id}]}

    for method, body in (("PATCH", note), ("DELETE", None)):
        answer = post(desk.bob, path, body, method=method)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
    assert desk.bob.client.get(path).get_json()["version"] == 1
