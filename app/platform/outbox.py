"""What leaves after a commit: the events, and one delivery of each to every subscriber."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base

BIG = BigInteger().with_variant(Integer, "sqlite")
"""A site that grows makes more than two thousand million of these."""


class OutboxRow(Base):
    """An event, written in the transaction that made it true; only ``fanned_at`` ever changes."""

    __tablename__ = "platform_outbox"
    __table_args__ = (Index(None, "fanned_at", "position"),)
    personal = "none"

    position: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=True)
    event_id: Mapped[str] = mapped_column(String(40), unique=True)
    topic: Mapped[str] = mapped_column(String(80))
    key: Mapped[str] = mapped_column(String(140))
    body: Mapped[dict[str, Any]] = mapped_column(JSON)
    at: Mapped[datetime]
    fanned_at: Mapped[datetime | None]


class DeliveryRow(Base):
    """One event for one subscriber. It is the subscriber's inbox too: unique, hence done once.

    A parked delivery is stepped over, shown by `trove doctor` and retried by command.
    """

    __tablename__ = "platform_delivery"
    __table_args__ = (
        UniqueConstraint("position", "subscriber"),
        CheckConstraint("state IN ('waiting', 'done', 'parked')", name="state"),
        Index(None, "subscriber", "state", "id"),
    )
    personal = "none"

    id: Mapped[int] = mapped_column(BIG, primary_key=True, autoincrement=True)
    position: Mapped[int] = mapped_column(ForeignKey("platform_outbox.position"))
    subscriber: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(140))
    state: Mapped[str] = mapped_column(String(8))
    tries: Mapped[int]
    due_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
