"""What this room refuses whatever the file is: the day's share, and what it works with is away."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import column, insert, select, table

from app.kernel.ids import mint
from app.kernel.problems import Busy
from app.pictures import rules
from app.pictures.errors import PictureNotProcessed, PictureQuotaReached
from app.platform.adapters import provide
from app.platform.uow import snapshot, unit_of_work
from media import keys
from media.child import PictureChild
from media.memory_store import MemoryStore
from media.port import Key, MediaStore, StoreDown
from tests.support.people import Person
from tests.support.provoking import assert_refused
from tests.support.town import picture_bytes

COLUMNS = ("id", "owner_id", "digest", "size_bytes", "width", "height", "color", "made_at")
PICTURES = table("pictures_picture", *(column(name) for name in COLUMNS))


class FullStore(MemoryStore):
    """A store that has no place left, and cannot be read."""

    def put(self, key: Key, blob: bytes, *, media_type: str) -> None:
        """Keep nothing."""
        raise StoreDown("full")

    def open(self, key: Key) -> Any:
        """Find nothing."""
        raise StoreDown("full")


@pytest.fixture
def ann(sign_up: Callable[..., Person]) -> Person:
    return sign_up("ann")


def send(who: Person, color: str = "teal") -> Any:
    """Upload a picture of one colour."""
    body = {"file": (io.BytesIO(picture_bytes(color)), "it.png")}
    return who.client.post("/api/v1/pictures", data=body, headers=who.bearer)


def use_up(who: Person, **change: Any) -> None:
    """Have somebody sent as many pictures as a day has, each like the first but for ``change``."""
    with snapshot() as view:
        first = dict(
            view.rows(select(*PICTURES.c).where(PICTURES.c.owner_id == who.id))[0]._mapping
        )
    rows = [
        {**first, "id": mint("picture"), "digest": f"{number:064}", **change}
        for number in range(1, rules.FILES_PER_DAY)
    ]
    with unit_of_work() as uow:
        uow.change(insert(PICTURES), rows)


def test_a_days_share_of_pictures_has_an_end(ann: Person, pass_time: Callable[..., None]) -> None:
    first = send(ann)
    use_up(ann)

    refused = send(ann, "navy")

    assert assert_refused(refused, PictureQuotaReached)["files"] == rules.FILES_PER_DAY
    assert send(ann).get_json() == first.get_json()
    pass_time(days=1, minutes=1)
    assert send(ann, "navy").status_code == 201


def test_a_days_share_is_ones_own(ann: Person, sign_up: Callable[..., Person]) -> None:
    send(ann)
    use_up(ann)

    assert send(sign_up("bob")).status_code == 201


def test_bytes_count_too(ann: Person) -> None:
    send(ann)
    use_up(ann, size_bytes=rules.BYTES_PER_DAY // (rules.FILES_PER_DAY - 2))

    assert assert_refused(send(ann, "navy"), PictureQuotaReached)["total_bytes"] > 0


def test_a_child_that_dies_twice_is_no_fault_of_the_picture(app: Flask, ann: Person) -> None:
    provide(app, PictureChild, PictureChild(lambda: ["false"]))

    refused = send(ann)

    assert_refused(refused, PictureNotProcessed)
    assert int(refused.headers["Retry-After"]) > 0


def test_a_store_that_is_away_refuses_pictures_and_shows_none(app: Flask, ann: Person) -> None:
    taken = f"/media/{keys.rendition(keys.digest_of(picture_bytes('teal')), 360)}"
    assert send(ann).status_code == 201
    assert app.test_client().get(taken).status_code == 200
    provide(app, MediaStore, FullStore())

    assert_refused(send(ann, "navy"), PictureNotProcessed)
    shown = app.test_client().get(taken, headers={"Accept": "application/json"})
    assert_refused(shown, Busy)
    page = app.test_client().get(taken)
    assert (page.status_code, Busy.title in page.text) == (503, True)
