"""How a feed is mixed, and what makes a note popular."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.discovery.rules import (
    FeedItem,
    Reason,
    Sources,
    mix,
    popularity,
    quality,
    shared_topic,
)
from app.kernel.ids import NoteId

pytestmark = pytest.mark.pure

NOW = datetime(2026, 3, 1, tzinfo=UTC)
notes = st.lists(st.integers(0, 30).map(lambda one: NoteId(str(one))), max_size=12)
sources = st.builds(
    Sources,
    followed=notes,
    topic=notes.map(lambda found: [(one, "tea") for one in found]),
    popular=notes,
    recent=notes,
    more=notes.map(lambda found: list(dict.fromkeys(found))),
)


def _ids(*names: str) -> list[NoteId]:
    return [NoteId(name) for name in names]


def test_the_sources_take_turns_and_what_is_older_comes_last() -> None:
    found = mix(
        Sources(
            followed=_ids("f1", "f2"),
            topic=[(NoteId("t1"), "tea"), (NoteId("f2"), "tea")],
            popular=_ids("f1", "p1"),
            recent=_ids("r1", "r2", "r3"),
            more=_ids("r3", "m1"),
        )
    )

    assert [(one.note_id, one.reason.code) for one in found] == [
        ("f1", "followed"),
        ("t1", "topic"),
        ("p1", "popular"),
        ("r1", "recent"),
        ("f2", "followed"),
        ("r2", "recent"),
        ("r3", "recent"),
        ("m1", "more"),
    ]
    assert found[1] == FeedItem(NoteId("t1"), Reason("topic", "tea"))
    assert mix(Sources()) == []


@given(sources)
def test_every_candidate_is_in_the_feed_once_with_a_reason_that_holds(found: Sources) -> None:
    mixed = mix(found)

    ids = [one.note_id for one in mixed]
    topic = [one for one, _ in found.topic]
    every = {*found.followed, *topic, *found.popular, *found.recent, *found.more}
    assert len(ids) == len(set(ids))
    assert set(ids) == every
    holds = {
        "followed": found.followed,
        "topic": topic,
        "popular": found.popular,
        "recent": found.recent,
        "more": found.more,
    }
    assert all(one.note_id in holds[one.reason.code] for one in mixed)


def test_popularity_is_halved_with_each_week_and_counts_collections_twice() -> None:
    def score(likes: int, collects: int, days: int) -> int:
        return popularity(likes, collects, NOW - timedelta(days=days))

    assert score(0, 1, 0) == score(2, 0, 0)
    assert score(2, 0, 7) == score(1, 0, 0)
    assert score(8, 0, 21) == score(1, 0, 0)
    assert score(3, 0, 7) > score(1, 0, 0) > score(1, 0, 1)
    assert score(0, 0, 0) == 0 < score(1, 0, 10_000)


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_popularity_is_by_weight_and_age(one: int, other: int, minutes: int, later: int) -> None:
    """The order is that of weights halved with every week, at whatever instant one looks."""
    at, then = NOW + timedelta(minutes=minutes), NOW + timedelta(minutes=later)
    ahead = math.log2(one / other) + (at - then) / timedelta(weeks=1)

    first, second = popularity(one, 0, at), popularity(other, 0, then)

    assert abs((first - second) - 1_000_000 * ahead) < 3


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_reactions_lift_a_note_in_search_up_to_a_bound(likes: int, collects: int) -> None:
    assert 0 <= quality(likes, collects) <= 25
    assert quality(likes, collects) <= quality(likes + 1, collects)
    assert quality(9, 0) == 0.75


def test_the_topic_that_weighs_most_is_shared() -> None:
    interests = {"tea": 2, "pots": 5, "cups": 5}

    assert shared_topic(["tea", "pots"], interests) == "pots"
    assert shared_topic(["pots", "cups"], interests) == "pots"
    assert shared_topic(["shoes"], interests) is None
    assert shared_topic([], interests) is None
