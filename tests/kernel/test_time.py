"""Instants, milliseconds and Shanghai's days."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.time import MS_MAX, day_of, day_start, from_ms, to_ms

pytestmark = pytest.mark.pure

instants = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@given(st.integers(0, 7 * 10**12))
def test_milliseconds_come_back_as_they_went(ms: int) -> None:
    assert to_ms(from_ms(ms)) == ms


@given(instants)
def test_milliseconds_are_rounded_down(at: datetime) -> None:
    assert timedelta(0) <= at - from_ms(to_ms(at)) < timedelta(milliseconds=1)


def test_milliseconds_are_of_the_instant_wherever_it_is_told() -> None:
    here = datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8)))

    assert to_ms(here) == to_ms(datetime(2026, 3, 1, tzinfo=UTC)) == 1_772_323_200_000
    assert from_ms(0) == datetime(1970, 1, 1, tzinfo=UTC)
    assert from_ms(MS_MAX) == datetime(9999, 1, 1, tzinfo=UTC)


@given(instants)
def test_every_instant_is_in_its_day_and_in_no_other(at: datetime) -> None:
    day = day_of(at)

    assert day_start(day) <= at < day_start(day + timedelta(days=1))


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    assert day_start(date(2026, 3, 1)) == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert day_of(datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)) == date(2026, 2, 28)
    assert day_of(datetime(2026, 2, 28, 16, tzinfo=UTC)) == date(2026, 3, 1)
