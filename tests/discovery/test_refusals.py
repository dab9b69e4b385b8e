"""What this room refuses over HTTP when the engine is away; the rest of the site goes on."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.discovery import errors
from app.platform.adapters import provide
from search.memory_index import MemoryIndex
from search.port import SearchDown, SearchIndex
from tests.support.people import Person
from tests.support.provoking import assert_refused, refusals_of
from tests.support.town import publish


class AwayIndex(MemoryIndex):
    """An engine that does not answer."""

    def find(self, query: Any) -> Any:
        """Answer nothing."""
        raise SearchDown("away")

    def suggest(self, prefix: str, *, size: int) -> Any:
        """Answer nothing."""
        raise SearchDown("away")


@pytest.fixture
def ann(sign_up: Callable[..., Person], drain: Callable[[], int]) -> Person:
    ann = sign_up("ann")
    for number in range(3):
        publish(ann, title=f"tea {number}")
    drain()
    return ann


def test_a_search_says_that_it_is_away_and_nothing_else_is(app: Flask, ann: Person) -> None:
    provide(app, SearchIndex, AwayIndex())

    refused = ann.client.get("/api/v1/search?q=tea")

    assert_refused(refused, errors.SearchUnavailable)
    assert int(refused.headers["Retry-After"]) > 0
    assert ann.client.get("/api/v1/suggestions?q=tea").get_json() == {"items": []}
    assert len(ann.client.get("/api/v1/feed").get_json()["items"]) == 3
    page = ann.client.get("/search?q=tea")
    assert (page.status_code, page.text.count('<article class="card')) == (200, 3)


def test_a_cursor_serves_the_search_that_gave_it(ann: Person) -> None:
    cursor = ann.client.get("/api/v1/search?q=tea&size=1").get_json()["next"]

    further = ann.client.get(f"/api/v1/search?q=tea&size=1&cursor={cursor}")
    refused = ann.client.get(f"/api/v1/search?q=pot&size=1&cursor={cursor}")

    assert len(further.get_json()["items"]) == 1
    assert_refused(refused, errors.CursorOfAnother)


def test_every_refusal_of_this_room_is_provoked() -> None:
    assert {errors.SearchUnavailable, errors.CursorOfAnother} == refusals_of(errors)
