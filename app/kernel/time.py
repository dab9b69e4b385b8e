"""Time as values: UTC instants, milliseconds, Shanghai days. Nothing here reads a clock."""

from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""Mainland China has kept one offset without summer time since 1991 (tz database)."""

MS_MAX = 253_370_764_800_000
"""The beginning of the year 9999: what lies beyond is no instant of ours, nor of Python's."""


def to_ms(at: datetime) -> int:
    """Return whole milliseconds since 1970 of an aware instant, rounded down."""
    delta = at - datetime(1970, 1, 1, tzinfo=UTC)
    return delta // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    """Return the UTC instant of milliseconds since 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def day_of(at: datetime) -> date:
    """Return the calendar day on which ``at`` falls in Shanghai, as dashboards count days."""
    return at.astimezone(SHANGHAI).date()


def day_start(day: date) -> datetime:
    """Return the UTC instant at which ``day`` begins in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI).astimezone(UTC)
