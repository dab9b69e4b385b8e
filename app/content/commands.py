"""What the content room does."""

from typing import Any, Literal

from sqlalchemy import bindparam, delete, insert, text, update

from app.catalogue import api as catalogue
from app.content import queries, rules
from app.content.errors import NoteStale, WordsRefused
from app.content.models import (
    NoteFlagRow,
    NotePictureRow,
    NoteRow,
    NoteTagRow,
    NoteTopicRow,
    ReactionRow,
)
from app.content.rules import NoteDraft
from app.events.content import NoteDeleted, NoteEdited, NotePublished, NoteReacted
from app.kernel.ids import AccountId, NoteId, mint
from app.kernel.problems import NotFound
from app.pictures import api as pictures
from app.platform.db import UtcDateTime
from app.platform.uow import UnitOfWork
from app.screening import api as screening
from app.screening.api import Flag

Kind = Literal["like", "collect"]


def publish(uow: UnitOfWork, *, author_id: AccountId, draft: NoteDraft) -> NoteId:
    """Publish a note with its product tags, and announce it.

    Raises:
        NoteTooThin, PictureNotYours, ProductNotTaggable, TagOffPicture: see `rules.check`.
        WordsRefused: see `app.screening`.
    """
    draft = rules.with_topics(draft)
    flags = _examine(uow, author_id, draft)
    note_id = NoteId(mint("note"))
    uow.add(
        NoteRow(
            id=note_id,
            author_id=author_id,
            state="published",
            title=draft.title,
            body=draft.body,
            likes=0,
            collects=0,
            version=1,
            published_at=uow.now,
        )
    )
    _write_parts(uow, note_id, draft, flags)
    uow.announce(NotePublished(note_id=note_id, author_id=author_id))
    return note_id


def edit(
    uow: UnitOfWork,
    *,
    note_id: NoteId,
    author_id: AccountId,
    draft: NoteDraft,
    version: int | None = None,
) -> None:
    """Change a note of one's own; ``version`` is the one that the author has seen, if they say.

    Raises:
        NotFound: it is not theirs, or was deleted.
        NoteStale: it was changed since.
        Otherwise as `publish`.
    """
    seen = queries.note(uow, note_id=note_id)
    if seen.author_id != author_id:
        raise NotFound
    draft = rules.with_topics(draft)
    flags = _examine(uow, author_id, draft, kept=frozenset(seen.product_ids))
    changed = update(NoteRow).where(
        NoteRow.id == note_id,
        NoteRow.state == "published",
        NoteRow.version == (seen.version if version is None else version),
    )
    values = {"title": draft.title, "body": draft.body, "edited_at": uow.now}
    if uow.change(changed.values(version=NoteRow.version + 1, **values)) != 1:
        raise NoteStale(version=seen.version)
    for table in (NotePictureRow, NoteTagRow, NoteTopicRow, NoteFlagRow):
        uow.change(delete(table).where(table.note_id == note_id))
    _write_parts(uow, note_id, draft, flags)
    uow.announce(NoteEdited(note_id=note_id, author_id=author_id))


def delete_note(uow: UnitOfWork, *, note_id: NoteId, author_id: AccountId) -> None:
    """Take a note of one's own down; its row stays, for the receipts that point to it.

    Raises:
        NotFound: it is not theirs, or is gone already.
    """
    gone = (
        update(NoteRow)
        .where(NoteRow.id == note_id, NoteRow.author_id == author_id, NoteRow.state == "published")
        .values(state="deleted", version=NoteRow.version + 1)
    )
    if uow.change(gone) != 1:
        raise NotFound
    uow.announce(NoteDeleted(note_id=note_id, author_id=author_id))


def react(uow: UnitOfWork, *, note_id: NoteId, account_id: AccountId, kind: Kind) -> None:
    """Like or collect a note; again is the same as once.

    Raises:
        NotFound: it is not shown.
    """
    seen = queries.note(uow, note_id=note_id)
    values = {"note": note_id, "account": account_id, "kind": kind, "at": uow.now}
    if uow.change(_REACT, values) == 1:
        _count(uow, note_id, kind, 1)
        uow.announce(NoteReacted(note_id=note_id, author_id=seen.author_id))


def take_back(uow: UnitOfWork, *, note_id: NoteId, account_id: AccountId, kind: Kind) -> None:
    """Take a like or a collection back; where there is none, nothing happens.

    Raises:
        NotFound: the note is not shown.
    """
    seen = queries.note(uow, note_id=note_id)
    gone = delete(ReactionRow).where(
        ReactionRow.note_id == note_id,
        ReactionRow.account_id == account_id,
        ReactionRow.kind == kind,
    )
    if uow.change(gone) == 1:
        _count(uow, note_id, kind, -1)
        uow.announce(NoteReacted(note_id=note_id, author_id=seen.author_id))


_REACT = text(
    "INSERT INTO content_reaction (note_id, account_id, kind, at)"
    " VALUES (:note, :account, :kind, :at) ON CONFLICT (note_id, account_id, kind) DO NOTHING"
).bindparams(bindparam("at", type_=UtcDateTime()))


def _examine(
    uow: UnitOfWork,
    author_id: AccountId,
    draft: NoteDraft,
    kept: frozenset[object] = frozenset(),
) -> tuple[Flag, ...]:
    ids = [one.picture_id for one in draft.pictures]
    own = pictures.own(uow, owner_id=author_id, picture_ids=ids)
    taggable = catalogue.taggable(uow, product_ids=list(draft.product_ids))
    rules.check(draft, own=own, taggable=taggable, kept=kept)  # type: ignore[arg-type] # ids
    texts = {"title": draft.title, "body": draft.body, "topics": " ".join(draft.topics)}
    texts |= {f"pictures.{place}.alt": one.alt for place, one in enumerate(draft.pictures)}
    verdict = screening.screen(texts)
    if verdict.refused:
        raise WordsRefused(flags=[_flag(flag) for flag in verdict.refused])
    return verdict.flags


def _flag(flag: Flag) -> dict[str, object]:
    return {
        "field": flag.field,
        "rule": flag.rule,
        "start": flag.start,
        "end": flag.end,
        "excerpt": flag.excerpt,
        "why": flag.why,
    }


def _write_parts(
    uow: UnitOfWork, note_id: NoteId, draft: NoteDraft, flags: tuple[Flag, ...]
) -> None:
    tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (
            NotePictureRow,
            [{"picture_id": one.picture_id, "alt": one.alt} for one in draft.pictures],
        ),
        (
            NoteTagRow,
            [
                {"product_id": tag.product_id, "picture": tag.picture, "x": tag.x, "y": tag.y}
                for tag in draft.tags
            ],
        ),
        (NoteTopicRow, [{"name": name} for name in draft.topics]),
        (
            NoteFlagRow,
            [{"field": flag.field, "rule": flag.rule, "excerpt": flag.excerpt} for flag in flags],
        ),
    )
    for table, rows in tables:
        if rows:
            placed = [
                {"note_id": note_id, "position": position, **row}
                for position, row in enumerate(rows)
            ]
            uow.change(insert(table), placed)


def _count(uow: UnitOfWork, note_id: NoteId, kind: Kind, by: int) -> None:
    column = NoteRow.likes if kind == "like" else NoteRow.collects
    uow.change(update(NoteRow).where(NoteRow.id == note_id).values({column: column + by}))
