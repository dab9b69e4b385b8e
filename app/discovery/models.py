"""Tables of the discovery room: what search and feeds are made of; all can be built anew."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.db import Base


class DocRow(Base):
    """A thing in the search index: its number for sorting, and the version that was sent last."""

    __tablename__ = "discovery_doc"
    __table_args__ = (UniqueConstraint("kind", "id"),)
    personal = "none"

    doc_no: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(String(10))
    id: Mapped[str] = mapped_column(String(120))
    version: Mapped[int] = mapped_column(BigInteger)


class CardRow(Base):
    """A published note as feeds sort it, with the part of its card that is the same for everybody.

    Deliberately absent from the card: price, stock, disclosure, and what the viewer did.
    """

    __tablename__ = "discovery_card"
    __table_args__ = (
        Index(None, "published_at", "note_id"),
        Index(None, "popularity", "note_id"),
        Index("ix_discovery_card_of_author", "author_id", "published_at", "note_id"),
    )
    personal = "author_id; card: name and handle of the author"

    note_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    author_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    published_at: Mapped[datetime]
    likes: Mapped[int]
    popularity: Mapped[int] = mapped_column(BigInteger)
    card: Mapped[bytes] = mapped_column(LargeBinary)


class CardTopicRow(Base):
    """A topic of a published note."""

    __tablename__ = "discovery_card_topic"
    __table_args__ = (Index("ix_discovery_card_topic_popular", "topic", "popularity", "note_id"),)
    personal = "none"

    topic: Mapped[str] = mapped_column(String(20), primary_key=True)
    note_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True, index=True)
    popularity: Mapped[int] = mapped_column(BigInteger, server_default="0")
    """The card's: the popular notes of a topic are found without looking at all of them."""


class TopicRow(Base):
    """A topic that published notes have, and how many: counting them all takes too long."""

    __tablename__ = "discovery_topic"
    __table_args__ = (CheckConstraint("notes > 0", name="notes"),)
    personal = "none"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    notes: Mapped[int] = mapped_column(index=True)
