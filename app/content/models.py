"""Tables of the content room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.db import Base


class NoteRow(Base):
    """A note. A deleted one keeps its row: receipts of sales point to it.

    Deliberately absent: whether it must disclose. That follows from tags, switch and terms as they
    are now, and is worked out whenever the note is shown.
    """

    __tablename__ = "content_note"
    __table_args__ = (
        CheckConstraint("state IN ('published', 'deleted')", name="state"),
        CheckConstraint("likes >= 0 AND collects >= 0", name="counts"),
        Index(None, "author_id", "state", "id"),
    )
    personal = "author_id; title, body: what a person wrote"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    author_id: Mapped[str] = mapped_column(ForeignKey("accounts_account.id"))
    state: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(Text)
    likes: Mapped[int]
    collects: Mapped[int]
    version: Mapped[int]
    published_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]


class NotePictureRow(Base):
    """A picture of a note, in its place."""

    __tablename__ = "content_note_picture"
    personal = "none"

    note_id: Mapped[str] = mapped_column(ForeignKey("content_note.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    picture_id: Mapped[str] = mapped_column(ForeignKey("pictures_picture.id"))
    alt: Mapped[str] = mapped_column(String(200))


class NoteTagRow(Base):
    """A product pinned on a picture of a note."""

    __tablename__ = "content_note_tag"
    __table_args__ = (
        CheckConstraint("x BETWEEN 0 AND 1 AND y BETWEEN 0 AND 1", name="place"),
        Index(None, "product_id", "note_id"),
    )
    personal = "none"

    note_id: Mapped[str] = mapped_column(ForeignKey("content_note.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("catalogue_product.id"))
    picture: Mapped[int]
    x: Mapped[float] = mapped_column(Float)
    y: Mapped[float] = mapped_column(Float)


class NoteTopicRow(Base):
    """A topic of a note."""

    __tablename__ = "content_note_topic"
    __table_args__ = (Index(None, "name", "note_id"),)
    personal = "none"

    note_id: Mapped[str] = mapped_column(ForeignKey("content_note.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(20))


class ReactionRow(Base):
    """Somebody likes or has collected a note."""

    __tablename__ = "content_reaction"
    __table_args__ = (
        CheckConstraint("kind IN ('like', 'collect')", name="kind"),
        Index(None, "account_id", "kind", "at"),
    )
    personal = "account_id"

    note_id: Mapped[str] = mapped_column(ForeignKey("content_note.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime]


class NoteFlagRow(Base):
    """What screening found in a published note, for a person to look at."""

    __tablename__ = "content_note_flag"
    personal = "excerpt: what a person wrote"

    note_id: Mapped[str] = mapped_column(ForeignKey("content_note.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    field: Mapped[str] = mapped_column(String(20))
    rule: Mapped[str] = mapped_column(String(40))
    excerpt: Mapped[str] = mapped_column(Text)
