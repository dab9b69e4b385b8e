"""Facts that the content room publishes."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event
from app.kernel.ids import AccountId, NoteId


@dataclass(frozen=True, slots=True)
class NotePublished(Event):
    """A note became visible."""

    topic: ClassVar[str] = "content.note-published.v1"
    key: ClassVar[str] = "note_id"
    note_id: NoteId
    author_id: AccountId


@dataclass(frozen=True, slots=True)
class NoteEdited(Event):
    """A note's words, pictures or tags changed."""

    topic: ClassVar[str] = "content.note-edited.v1"
    key: ClassVar[str] = "note_id"
    note_id: NoteId
    author_id: AccountId


@dataclass(frozen=True, slots=True)
class NoteDeleted(Event):
    """A note is no longer shown."""

    topic: ClassVar[str] = "content.note-deleted.v1"
    key: ClassVar[str] = "note_id"
    note_id: NoteId
    author_id: AccountId


@dataclass(frozen=True, slots=True)
class NoteReacted(Event):
    """Somebody liked or collected a note, or took it back: its counts are others now."""

    topic: ClassVar[str] = "content.note-reacted.v1"
    key: ClassVar[str] = "note_id"
    note_id: NoteId
    author_id: AccountId
