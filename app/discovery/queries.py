"""All reading of the discovery room."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
from sqlalchemy import BindParameter, bindparam, select, union_all

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.discovery.errors import CursorOfAnother, SearchUnavailable
from app.discovery.models import CardRow, CardTopicRow, TopicRow
from app.discovery.rules import (
    POPULAR_MAX,
    RECENT,
    SOURCE_MAX,
    FeedItem,
    Reason,
    Sources,
    mix,
    shared_topic,
)
from app.kernel.ids import AccountId, NoteId
from app.kernel.page import Page, dump_cursor, invalid_cursor, load_cursor
from app.kernel.time import MS_MAX, from_ms, to_ms
from app.platform.adapters import adapter
from app.platform.db import UtcDateTime
from app.platform.uow import Snapshot
from search.facets import band_bounds
from search.port import CursorInvalid, Facet, Hits, Query, SearchDown, SearchIndex

TOPICS_MAX = 10
"""As many as a note may have; of a reader's, the strongest."""

FOLLOWED_SIZES = (4, 16, 64)
"""Who follows more is served by one statement over all notes, of which many are then theirs."""

INTERESTS_MAX = 50
"""So many of a reader's last reactions say what they care for."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value that narrows a result down, and how many would be left."""

    value: str
    label: str | None
    count: int
    price_fen_min: int | None = None
    price_fen_max: int | None = None


@dataclass(frozen=True, slots=True)
class NamedFacet:
    """The values of one facet, the most frequent first."""

    name: str
    values: tuple[FacetValue, ...]


@dataclass(frozen=True, slots=True)
class Card:
    """A note's card: ``static`` is JSON that is the same for everybody."""

    note_id: NoteId
    static: bytes
    likes: int
    disclosure: bool
    liked: bool
    reason: Reason | None = None

    def as_json(self) -> bytes:
        """Return the whole card as JSON, the static part spliced in as it is stored."""
        said: dict[str, Any] = {
            "likes": self.likes,
            "disclosure": self.disclosure,
            "liked": self.liked,
        }
        if self.reason is not None:
            said["reason"] = {"code": self.reason.code, "name": self.reason.name}
        return self.static[:-1] + b"," + orjson.dumps(said)[1:]

    def as_dict(self) -> dict[str, Any]:
        """Return the whole card as values."""
        found: dict[str, Any] = orjson.loads(self.as_json())
        return found


def feed(
    view: Snapshot, *, viewer_id: AccountId | None, cursor: str | None, size: int
) -> Page[FeedItem]:
    """Return a page of somebody's feed, or of a stranger's.

    The cursor holds the instant at which the feed was begun, so that what is published meanwhile
    does not push notes onto the next page.
    """
    anchor_ms, offset = to_ms(view.now), 0
    if cursor is not None:
        anchor, skip = load_cursor(cursor, int, int)
        anchor_ms, offset = int(anchor), int(skip)
        if not 0 <= anchor_ms < MS_MAX or offset < 0:
            raise invalid_cursor()
    items = mix(_sources(view, viewer_id, anchor_ms))
    end = offset + size
    following = dump_cursor(anchor_ms, end) if end < len(items) else None
    return Page(tuple(items[offset:end]), following)


def cards(
    view: Snapshot,
    *,
    items: Sequence[FeedItem] = (),
    note_ids: Sequence[NoteId] = (),
    viewer_id: AccountId | None,
) -> tuple[Card, ...]:
    """Return the cards of feed items, or of notes without a reason, in their order."""
    asked = [item.note_id for item in items] or list(note_ids)
    # A card is a copy and may be late: whether its note is shown, the note itself says.
    visible = content.shown(view, note_ids=asked)
    wanted = [note_id for note_id in asked if note_id in visible]
    reasons = {item.note_id: item.reason for item in items}
    rows = {row.note_id: row for row in view.rows(_CARDS, {"ids": wanted})}
    told = content.disclosing(view, note_ids=wanted)
    liked = content.reactions(view, account_id=viewer_id, note_ids=wanted) if viewer_id else {}
    return tuple(
        Card(
            note_id=note_id,
            static=rows[note_id].card,
            likes=rows[note_id].likes,
            disclosure=note_id in told,
            liked=note_id in liked and liked[note_id].liked,
            reason=reasons.get(note_id),
        )
        for note_id in wanted
        if note_id in rows
    )


def find(view: Snapshot, *, query: Query) -> Hits:
    """Return what matches, hits that are no longer shown left in: hydrating drops them.

    Raises:
        SearchUnavailable: the engine cannot answer.
        CursorOfAnother: the cursor is of another query.
    """
    asked = replace(query, now_s=int(view.now.timestamp()))
    try:
        return adapter(SearchIndex).find(asked)
    except SearchDown as error:
        raise SearchUnavailable from error
    except CursorInvalid as error:
        raise CursorOfAnother from error


def named_facets(view: Snapshot, *, hits: Hits) -> tuple[NamedFacet, ...]:
    """Return the counts beside a result, with names; what has no name any more is left out."""
    return tuple(
        NamedFacet(
            one.name,
            tuple(
                FacetValue(each.value, names[each.value], each.count, *_band(one.name, each.value))
                for each in one.buckets
                if each.value in names
            ),
        )
        for one in hits.facets
        for names in [_names(view, one)]
    )


def price_bounds(band: str) -> tuple[int, int | None] | None:
    """Return lowest and highest price in fen of a price facet's value, or None for another text."""
    return band_bounds(band)


def _names(view: Snapshot, counted: Facet) -> dict[str, str | None]:
    """Return what the values of a facet are called; a price band says itself what it is."""
    values = [one.value for one in counted.buckets]
    if counted.name == "brand_id":
        return {str(id_): one.name for id_, one in catalogue.brands(view, ids=values).items()}
    if counted.name == "category_id":
        return {str(one.id): one.name for one in catalogue.categories(view, ids=values)}
    return {value: value if counted.name == "topic" else None for value in values}


def _band(facet: str, value: str) -> tuple[int | None, int | None]:
    return (band_bounds(value) or (None, None)) if facet == "price" else (None, None)


def suggest(prefix: str, *, size: int) -> tuple[str, ...]:
    """Return phrases that begin with ``prefix``; nothing where the engine cannot answer."""
    try:
        return tuple(one.text for one in adapter(SearchIndex).suggest(prefix, size=size))
    except SearchDown:
        return ()


def topics(view: Snapshot, *, limit: int) -> tuple[str, ...]:
    """Return the topics that most notes have."""
    rows = view.rows(
        select(TopicRow.name).order_by(TopicRow.notes.desc(), TopicRow.name).limit(limit)
    )
    return tuple(row.name for row in rows)


def similar(view: Snapshot, *, note_id: NoteId, limit: int) -> tuple[NoteId, ...]:
    """Return other notes that share most topics with a note, the more popular first.

    Looked for among the most popular notes of each topic.
    """
    own = [row.topic for row in view.rows(_TOPICS_OF, {"ids": [note_id]})]
    shared: Counter[str] = Counter()
    popularity: dict[str, int] = {}
    for row in _popular_of(view, own):
        shared[row.note_id] += 1
        popularity[row.note_id] = row.popularity
    del shared[note_id]
    ranked = sorted(shared, key=lambda one: (-shared[one], -popularity[one], one))
    return tuple(NoteId(one) for one in ranked[:limit])


def count_topic(view: Snapshot, *, topic: str) -> int:
    """Return how many notes have a topic."""
    return int(view.value(select(TopicRow.notes).where(TopicRow.name == topic)) or 0)


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_CARDS = select(CardRow.note_id, CardRow.card, CardRow.likes).where(CardRow.note_id.in_(_IDS))
_TOPICS_OF = select(CardTopicRow.topic).where(CardTopicRow.note_id.in_(_IDS))

# Made once: building a statement costs as much as running it. `anchor` is when the feed was begun.
_BEFORE = CardRow.published_at <= bindparam("anchor", type_=UtcDateTime())
_ALL = select(CardRow.note_id).where(_BEFORE)
_NEWEST = _ALL.order_by(CardRow.published_at.desc(), CardRow.note_id.desc())
_RECENT = _NEWEST.where(CardRow.published_at > bindparam("since", type_=UtcDateTime())).limit(
    SOURCE_MAX
)
_OLDER = _NEWEST.limit(SOURCE_MAX * 3)
_FOLLOWED = _NEWEST.where(CardRow.author_id.in_(_IDS)).limit(SOURCE_MAX)
_POPULAR = (
    _ALL.where(CardRow.popularity > 0)
    .order_by(CardRow.popularity.desc(), CardRow.note_id.desc())
    .limit(POPULAR_MAX)
)
_POPULAR_OF = union_all(
    *(
        select(
            select(CardTopicRow.topic, CardTopicRow.note_id, CardTopicRow.popularity)
            .where(CardTopicRow.topic == bindparam(f"topic_{place}"))
            .order_by(CardTopicRow.popularity.desc(), CardTopicRow.note_id.desc())
            .limit(bindparam("each"))
            .subquery()
        )
        for place in range(TOPICS_MAX)
    )
)
"""The most popular notes of each of some topics, from the index of each."""

_OF_OTHERS = select(CardRow.note_id).where(
    CardRow.note_id.in_(_IDS), CardRow.author_id != bindparam("viewer"), _BEFORE
)


def _sources(view: Snapshot, viewer_id: AccountId | None, anchor_ms: int) -> Sources:
    anchor = from_ms(anchor_ms + 1)
    begun = {"anchor": anchor}
    popular = _ids(view, _POPULAR, begun)
    recent = _ids(view, _RECENT, {**begun, "since": anchor - RECENT})
    older = _ids(view, _OLDER, begun)
    if viewer_id is None:
        return Sources(popular=popular, recent=recent, more=older)
    following = accounts.following(view, account_id=viewer_id)
    followed = _followed(view, list(following), anchor)
    return Sources(followed, _by_topic(view, viewer_id, anchor), popular, recent, older)


def _followed(view: Snapshot, authors: Sequence[AccountId], anchor: datetime) -> list[NoteId]:
    """Return the newest notes of some authors, the newest first."""
    size = next((one for one in FOLLOWED_SIZES if len(authors) <= one), None)
    if size is None:
        return _ids(view, _FOLLOWED, {"anchor": anchor, "ids": list(authors)})
    padded = [*authors, *[""] * (size - len(authors))]
    values: dict[str, object] = {f"author_{place}": one for place, one in enumerate(padded)}
    return _ids(view, _newest_of(size), {**values, "anchor": anchor})


@cache
def _newest_of(size: int) -> Any:
    """Return the statement for so many authors: each one's notes are in an index of their own.

    Asked for all at once, the database would sort everything that they ever wrote.
    """
    newest = union_all(
        *(
            select(
                select(CardRow.note_id, CardRow.published_at)
                .where(CardRow.author_id == bindparam(f"author_{place}"), _BEFORE)
                .order_by(CardRow.published_at.desc(), CardRow.note_id.desc())
                .limit(SOURCE_MAX)
                .subquery()
            )
            for place in range(size)
        )
    ).subquery()
    order = newest.c.published_at.desc(), newest.c.note_id.desc()
    return select(newest.c.note_id).order_by(*order).limit(SOURCE_MAX)


def _by_topic(view: Snapshot, viewer_id: AccountId, anchor: datetime) -> list[tuple[NoteId, str]]:
    reacted = content.reacted_to(view, account_id=viewer_id, limit=INTERESTS_MAX)
    if not reacted:
        return []
    interests = Counter(row.topic for row in view.rows(_TOPICS_OF, {"ids": reacted}))
    strongest = [topic for topic, _ in interests.most_common(TOPICS_MAX)]
    shared: dict[NoteId, list[str]] = {}
    popularity: dict[NoteId, int] = {}
    for row in _popular_of(view, strongest):
        shared.setdefault(NoteId(row.note_id), []).append(row.topic)
        popularity[NoteId(row.note_id)] = row.popularity
    for note_id in reacted:
        shared.pop(note_id, None)
    ranked = sorted(shared, key=lambda one: (popularity[one], one), reverse=True)
    # Some are the viewer's own, or newer than the feed.
    wanted = {"ids": ranked[: SOURCE_MAX * 2], "viewer": viewer_id, "anchor": anchor}
    shown = set(_ids(view, _OF_OTHERS, wanted))
    found = [one for one in ranked if one in shown][:SOURCE_MAX]
    return [(one, str(shared_topic(shared[one], interests))) for one in found]


def _popular_of(view: Snapshot, topics_: Sequence[str]) -> Sequence[Any]:
    """Return rows of the most popular notes of each topic; of many topics fewer each."""
    asked = topics_[:TOPICS_MAX]
    padded = [*asked, *[""] * (TOPICS_MAX - len(asked))]
    values: dict[str, object] = {f"topic_{place}": one for place, one in enumerate(padded)}
    return view.rows(_POPULAR_OF, {**values, "each": SOURCE_MAX * 2 // max(len(asked), 1)})


def _ids(view: Snapshot, statement: Any, values: dict[str, Any]) -> list[NoteId]:
    return [NoteId(row.note_id) for row in view.rows(statement, values)]
