"""What is put into a feed, in which order, and why; pure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Final

from app.kernel.ids import NoteId
from app.kernel.time import to_ms

RECENT: Final = timedelta(days=30)
"""A note is new for so long."""

POPULAR_MAX: Final = 200
"""The most popular are this many."""

SOURCE_MAX: Final = 200
"""No source gives more to one feed; longer feeds go on with what is older."""

PATTERN: Final = ("followed", "topic", "popular", "recent")
"""One from each in turn: people first, then interests, then what others like, then what is new."""

_DOUBLED: Final = 1_000_000
_WEEK_MS: Final = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a note is in a feed: a code, and the name that belongs to it, if any.

    `followed`: its author is followed. `topic`: it has a topic (``name``) of a note that the viewer
    liked or collected. `popular`: readers reacted to it, and it is among the `POPULAR_MAX` most
    popular. `recent`: it is not older than `RECENT`. `more`: it is a note.
    """

    code: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class FeedItem:
    """A note in a feed, and the true reason for it."""

    note_id: NoteId
    reason: Reason


@dataclass(frozen=True, slots=True)
class Sources:
    """Candidates of a feed, each source best first; ``topic`` with the topic's name."""

    followed: Sequence[NoteId] = ()
    topic: Sequence[tuple[NoteId, str]] = ()
    popular: Sequence[NoteId] = ()
    recent: Sequence[NoteId] = ()
    more: Sequence[NoteId] = ()


def mix(sources: Sources) -> list[FeedItem]:
    """Return all candidates once, taking from the sources in turn; what is older comes last."""
    streams: dict[str, Iterator[FeedItem]] = {
        "followed": (FeedItem(one, Reason("followed")) for one in sources.followed),
        "topic": (FeedItem(one, Reason("topic", name)) for one, name in sources.topic),
        "popular": (FeedItem(one, Reason("popular")) for one in sources.popular),
        "recent": (FeedItem(one, Reason("recent")) for one in sources.recent),
    }
    seen: set[NoteId] = set()
    mixed: list[FeedItem] = []
    turns = cycle(PATTERN)
    while streams:
        name = next(turns)
        stream = streams.get(name)
        if stream is None:
            continue
        item = next((one for one in stream if one.note_id not in seen), None)
        if item is None:
            del streams[name]
            continue
        seen.add(item.note_id)
        mixed.append(item)
    mixed += [FeedItem(one, Reason("more")) for one in sources.more if one not in seen]
    return mixed


def popularity(likes: int, collects: int, published_at: datetime) -> int:
    """Return a whole score by what readers did, which halves with every week of age.

    A collection says more than a like, for it is meant to be come back to. What weighs twice as
    much, or was published a week later, is a million more: so the order of two notes never changes
    by time passing, and a score that was kept is never out of date. Whole numbers, so that every
    database sorts it alike. Nothing for a note that nobody has reacted to: it is not popular.
    """
    weight = likes + 2 * collects
    if not weight:
        return 0
    weeks = to_ms(published_at) * _DOUBLED // _WEEK_MS
    return round(math.log2(weight) * _DOUBLED) + weeks


def quality(likes: int, collects: int) -> float:
    """Return what a note's reactions add to its rank in search."""
    return math.sqrt(min(likes + 2 * collects, 10_000)) / 4


def shared_topic(topics: Sequence[str], interests: Mapping[str, int]) -> str | None:
    """Return the topic of a note that weighs most among somebody's interests, or None."""
    known = [name for name in topics if name in interests]
    return max(known, key=lambda name: (interests[name], name)) if known else None
