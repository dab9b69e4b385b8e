"""Whose turn it is to write on PostgreSQL: all beside each other, or one alone.

A serialisable transaction that reads much and lasts long (an import beside many buyers) can be
overtaken by short ones every time that it is done anew. So each takes a lock that all can share,
and one that was overtaken too often takes it for itself: whoever comes after it waits, and nobody
is left to overtake it.
"""

from sqlalchemy import Connection, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class TurnRow(Base):
    """Never written: the table is there to be locked.

    An advisory lock would not do: asking for it is a query, with which the transaction begins to
    see, so that who waited for it would see what was before. LOCK TABLE is none (PostgreSQL's
    manual, LOCK, Description).
    """

    __tablename__ = "platform_turn"
    personal = "none"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)


def take(connection: Connection, *, alone: bool) -> None:
    """Take the turn of the transaction that has just begun; it ends with the transaction.

    Raises:
        DBAPIError: others wrote, or waited to write alone, for longer than any lock is waited for
            (`app.platform.postgres.LOCK_MS`).
    """
    connection.execute(_ALONE if alone else _BESIDE)


_BESIDE = text("LOCK TABLE platform_turn IN ROW SHARE MODE")
_ALONE = text("LOCK TABLE platform_turn IN EXCLUSIVE MODE")
