"""The one clock of commands: process time, plus an offset that demo and test installations move."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Integer, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.db import Base


class ClockRow(Base):
    """How far the clock of this installation is moved forward; at most one row."""

    __tablename__ = "platform_clock"
    personal = "none"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    offset_seconds: Mapped[int]


GONE_BACK = 2
"""A time further ahead than so many times the longest that anybody waits was written before the
machine's clock went back. Not once: whoever began to look just before another wrote sees a little
more than the longest."""


_OFFSET = select(ClockRow.offset_seconds).where(ClockRow.id == 1)


def now(connection: Connection) -> datetime:
    """Return the instant that a piece of work on ``connection`` takes as its own."""
    return _of(connection) + offset(connection)


def _of(connection: Connection) -> datetime:
    """Return the time of the database's machine where several machines share one."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    found: datetime = connection.execute(select(func.now())).scalar_one()
    return found.astimezone(UTC)


def agreed_now(connection: Connection) -> datetime:
    """Return the time that all processes on one database agree on, moved by nobody: for leases."""
    return _of(connection)


def offset(connection: Connection) -> timedelta:
    """Return how far the clock is moved; nothing where nobody moved it."""
    seconds = connection.execute(_OFFSET).scalar_one_or_none()
    return timedelta(seconds=seconds or 0)


def move(connection: Connection, by: timedelta) -> timedelta:
    """Move the clock forward by ``by`` (positive); return the new offset.

    The caller makes sure that this is a demo or test installation.
    """
    if by <= timedelta(0):
        raise ValueError("the clock only moves forward")
    connection.execute(
        text(
            "INSERT INTO platform_clock (id, offset_seconds) VALUES (1, :by)"
            " ON CONFLICT (id) DO UPDATE SET offset_seconds ="
            " platform_clock.offset_seconds + excluded.offset_seconds"
        ),
        {"by": int(by.total_seconds())},
    )
    return offset(connection)


def machine_now() -> datetime:
    """Return the machine's own time, for what is agreed with the world: signed notices, waits."""
    return datetime.now(UTC)
