"""All reading of the content room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Select, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content.models import (
    NotePictureRow,
    NoteRow,
    NoteTagRow,
    NoteTopicRow,
    ReactionRow,
)
from app.content.rules import Tag, must_disclose
from app.kernel.ids import AccountId, NoteId, PictureId, ProductId
from app.kernel.page import Page, cut, load_cursor
from app.kernel.problems import NotFound
from app.pictures import api as pictures
from app.platform.uow import Snapshot
from app.programmes import api as programmes


@dataclass(frozen=True, slots=True)
class NotePicture:
    """A picture of a note with the tags on it."""

    picture: pictures.Picture
    alt: str
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """A published note; ``disclosure`` says that its author may earn by it now."""

    id: NoteId
    author_id: AccountId
    title: str
    body: str
    likes: int
    collects: int
    version: int
    published_at: datetime
    edited_at: datetime | None
    pictures: tuple[NotePicture, ...]
    topics: tuple[str, ...]
    product_ids: tuple[ProductId, ...]
    disclosure: bool


@dataclass(frozen=True, slots=True)
class Reaction:
    """What one person did with a note."""

    liked: bool
    collected: bool


_NOTE = select(
    NoteRow.id,
    NoteRow.author_id,
    NoteRow.title,
    NoteRow.body,
    NoteRow.likes,
    NoteRow.collects,
    NoteRow.version,
    NoteRow.published_at,
    NoteRow.edited_at,
).where(NoteRow.state == "published")

# Made once: building a statement costs as much as running it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_NOTES = _NOTE.where(NoteRow.id.in_(_IDS))
_SHOWN = select(NoteRow.id).where(NoteRow.id.in_(_IDS), NoteRow.state == "published")
_AUTHORS = select(NoteRow.id, NoteRow.author_id).where(NoteRow.id.in_(_IDS))
_REACTIONS = select(ReactionRow.note_id, ReactionRow.kind).where(
    ReactionRow.account_id == bindparam("account"), ReactionRow.note_id.in_(_IDS)
)
_PICTURES = (
    select(NotePictureRow.note_id, NotePictureRow.picture_id, NotePictureRow.alt)
    .where(NotePictureRow.note_id.in_(_IDS))
    .order_by(NotePictureRow.note_id, NotePictureRow.position)
)
_TOPICS = (
    select(NoteTopicRow.note_id, NoteTopicRow.name)
    .where(NoteTopicRow.note_id.in_(_IDS))
    .order_by(NoteTopicRow.note_id, NoteTopicRow.position)
)
_TAGS = (
    select(
        NoteTagRow.note_id, NoteTagRow.product_id, NoteTagRow.picture, NoteTagRow.x, NoteTagRow.y
    )
    .where(NoteTagRow.note_id.in_(_IDS))
    .order_by(NoteTagRow.note_id, NoteTagRow.position)
)


def note(view: Snapshot, *, note_id: NoteId) -> NoteView:
    """Return a published note.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    found = notes(view, note_ids=[note_id])
    if note_id not in found:
        raise NotFound
    return found[note_id]


def notes(view: Snapshot, *, note_ids: Sequence[NoteId]) -> dict[NoteId, NoteView]:
    """Return published notes by id, in the order asked; what is not shown is left out."""
    rows = {row.id: row for row in view.rows(_NOTES, {"ids": note_ids})}
    shown = [note_id for note_id in note_ids if note_id in rows]
    placed = _pictures(view, shown)
    topics = _topics(view, shown)
    tags = _tags(view, shown)
    told = _disclosures(view, {note_id: rows[note_id].author_id for note_id in shown}, tags)
    return {
        note_id: NoteView(
            *[
                *rows[note_id],
                tuple(
                    NotePicture(
                        picture,
                        alt,
                        tuple(tag for tag in tags.get(note_id, ()) if tag.picture == place),
                    )
                    for place, (picture, alt) in enumerate(placed.get(note_id, ()))
                ),
                topics.get(note_id, ()),
                tuple(dict.fromkeys(tag.product_id for tag in tags.get(note_id, ()))),
                note_id in told,
            ]
        )
        for note_id in shown
    }


def notes_of(
    view: Snapshot, *, account_id: AccountId, cursor: str | None, size: int
) -> Page[NoteId]:
    """Return the ids of an author's published notes, the newest first."""
    statement = select(NoteRow.id).where(
        NoteRow.author_id == account_id, NoteRow.state == "published"
    )
    return _page(view, statement, cursor, size)


def collected(
    view: Snapshot, *, account_id: AccountId, cursor: str | None, size: int
) -> Page[NoteId]:
    """Return the ids of the published notes that somebody has collected, the newest note first."""
    statement = (
        select(NoteRow.id)
        .join(ReactionRow, ReactionRow.note_id == NoteRow.id)
        .where(
            ReactionRow.account_id == account_id,
            ReactionRow.kind == "collect",
            NoteRow.state == "published",
        )
    )
    return _page(view, statement, cursor, size)


def notes_tagging(
    view: Snapshot, *, product_id: ProductId, cursor: str | None, size: int
) -> Page[NoteId]:
    """Return the ids of the published notes that tag a product, the newest first."""
    # From the tags' own index, which has them in this order: a page is read, not all that tag it.
    statement = (
        select(NoteTagRow.note_id.label("id"))
        .distinct()
        .join(NoteRow, NoteRow.id == NoteTagRow.note_id)
        .where(NoteTagRow.product_id == product_id, NoteRow.state == "published")
    )
    return _page(view, statement, cursor, size, by=NoteTagRow.note_id)


def notes_with_merchant(view: Snapshot, *, product_ids: Sequence[ProductId]) -> tuple[NoteId, ...]:
    """Return the published notes that tag any of these products."""
    tagging = select(NoteTagRow.note_id).where(NoteTagRow.product_id.in_(product_ids))
    rows = view.rows(
        select(NoteRow.id).where(NoteRow.id.in_(tagging), NoteRow.state == "published")
    )
    return tuple(NoteId(row.id) for row in rows)


def reactions(
    view: Snapshot, *, account_id: AccountId, note_ids: Sequence[NoteId]
) -> dict[NoteId, Reaction]:
    """Return what somebody did with each of these notes."""
    kinds: dict[str, set[str]] = {}
    for row in view.rows(_REACTIONS, {"account": account_id, "ids": note_ids}):
        kinds.setdefault(row.note_id, set()).add(row.kind)
    return {
        note_id: Reaction("like" in kinds.get(note_id, ()), "collect" in kinds.get(note_id, ()))
        for note_id in note_ids
    }


def reacted_to(view: Snapshot, *, account_id: AccountId, limit: int) -> tuple[NoteId, ...]:
    """Return the notes that somebody liked or collected last, the latest first."""
    rows = view.rows(
        select(ReactionRow.note_id, func.max(ReactionRow.at).label("at"))
        .where(ReactionRow.account_id == account_id)
        .group_by(ReactionRow.note_id)
        .order_by(func.max(ReactionRow.at).desc(), ReactionRow.note_id)
        .limit(limit)
    )
    return tuple(NoteId(row.note_id) for row in rows)


def all_note_ids(view: Snapshot) -> tuple[NoteId, ...]:
    """Return the ids of all published notes; for rebuilding what is made of them."""
    rows = view.rows(select(NoteRow.id).where(NoteRow.state == "published").order_by(NoteRow.id))
    return tuple(NoteId(row.id) for row in rows)


def count_notes(view: Snapshot, *, account_id: AccountId) -> int:
    """Return how many published notes an author has."""
    counted = select(func.count()).where(
        NoteRow.author_id == account_id, NoteRow.state == "published"
    )
    return int(view.value(counted) or 0)


def author_of(view: Snapshot, *, note_id: NoteId) -> AccountId | None:
    """Return whose note it is or was; deleted notes have authors too."""
    found = view.value(select(NoteRow.author_id).where(NoteRow.id == note_id))
    return AccountId(found) if found else None


def titles(view: Snapshot, *, note_ids: Sequence[NoteId]) -> dict[NoteId, str]:
    """Return the titles of notes, deleted ones too, as dashboards name them."""
    rows = view.rows(select(NoteRow.id, NoteRow.title).where(NoteRow.id.in_(note_ids)))
    return {NoteId(row.id): row.title for row in rows}


def shown(view: Snapshot, *, note_ids: Sequence[NoteId]) -> frozenset[NoteId]:
    """Return which of these notes may be shown now."""
    rows = view.rows(_SHOWN, {"ids": note_ids})
    return frozenset(NoteId(row.id) for row in rows)


def disclosing(view: Snapshot, *, note_ids: Sequence[NoteId]) -> frozenset[NoteId]:
    """Return which of these notes must say now that their authors may earn by them."""
    rows = view.rows(_AUTHORS, {"ids": note_ids})
    authors = {NoteId(row.id): AccountId(row.author_id) for row in rows}
    return _disclosures(view, authors, _tags(view, list(authors)))


def _disclosures(
    view: Snapshot,
    authors: dict[NoteId, AccountId],
    tags: dict[NoteId, tuple[Tag, ...]],
) -> frozenset[NoteId]:
    tagged = {note_id: authors[note_id] for note_id in authors if tags.get(note_id)}
    if not tagged:
        return frozenset()
    earning = accounts.is_earning(view, account_ids=list(set(tagged.values())))
    ids = {tag.product_id for note_id in tagged for tag in tags[note_id]}
    merchants = catalogue.merchants_of(view, product_ids=list(ids))
    rates = programmes.rates(view, merchant_ids=list(set(merchants.values())), at=view.now)
    return frozenset(
        note_id
        for note_id, author_id in tagged.items()
        if must_disclose(
            tagged=True,
            earns=author_id in earning,
            rate_bp=max(rates.get(merchants[tag.product_id], 0) for tag in tags[note_id]),
        )
    )


def _pictures(
    view: Snapshot, note_ids: Sequence[NoteId]
) -> dict[NoteId, list[tuple[pictures.Picture, str]]]:
    rows = view.rows(_PICTURES, {"ids": note_ids})
    found = pictures.pictures(view, picture_ids=[PictureId(row.picture_id) for row in rows])
    placed: dict[NoteId, list[tuple[pictures.Picture, str]]] = {}
    for row in rows:
        placed.setdefault(NoteId(row.note_id), []).append((found[row.picture_id], row.alt))
    return placed


def _topics(view: Snapshot, note_ids: Sequence[NoteId]) -> dict[NoteId, tuple[str, ...]]:
    names: dict[NoteId, tuple[str, ...]] = {}
    for row in view.rows(_TOPICS, {"ids": note_ids}):
        names[NoteId(row.note_id)] = (*names.get(NoteId(row.note_id), ()), row.name)
    return names


def _tags(view: Snapshot, note_ids: Sequence[NoteId]) -> dict[NoteId, tuple[Tag, ...]]:
    found: dict[NoteId, list[Tag]] = {}
    for row in view.rows(_TAGS, {"ids": note_ids}):
        found.setdefault(NoteId(row.note_id), []).append(Tag(*row[1:]))
    return {note_id: tuple(tags) for note_id, tags in found.items()}


def _page(
    view: Snapshot,
    statement: Select[Any],
    cursor: str | None,
    size: int,
    *,
    by: InstrumentedAttribute[str] = NoteRow.id,
) -> Page[NoteId]:
    if cursor is not None:
        (last,) = load_cursor(cursor, str)
        statement = statement.where(by < last)
    rows = view.rows(statement.order_by(by.desc()).limit(size + 1))
    return cut([NoteId(row.id) for row in rows], size, lambda note_id: (note_id,))
