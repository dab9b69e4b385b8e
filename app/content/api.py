"""The content room's door."""

from app.content.commands import delete_note, edit, publish, react, take_back
from app.content.errors import (
    NoteTooThin,
    PictureNotYours,
    ProductNotTaggable,
    TagOffPicture,
    WordsRefused,
)
from app.content.queries import (
    NotePicture,
    NoteView,
    Reaction,
    author_of,
    collected,
    count_notes,
    disclosing,
    note,
    notes,
    notes_of,
    notes_tagging,
    notes_with_merchant,
    reactions,
    titles,
)
from app.content.rules import DraftPicture, NoteDraft, Tag

__all__ = [
    "DraftPicture",
    "NoteDraft",
    "NotePicture",
    "NoteTooThin",
    "NoteView",
    "PictureNotYours",
    "ProductNotTaggable",
    "Reaction",
    "Tag",
    "TagOffPicture",
    "WordsRefused",
    "author_of",
    "collected",
    "count_notes",
    "delete_note",
    "disclosing",
    "edit",
    "note",
    "notes",
    "notes_of",
    "notes_tagging",
    "notes_with_merchant",
    "publish",
    "react",
    "reactions",
    "take_back",
    "titles",
]
