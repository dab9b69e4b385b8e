"""Rows and events commit together, once, or not at all; readers see one instant."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from app.events.content import NotePublished
from app.kernel.ids import AccountId, NoteId
from app.platform import clock
from app.platform.clock import ClockRow
from app.platform.outbox import OutboxRow
from app.platform.queue import JobRow
from app.platform.uow import UnitOfWork, snapshot, transact, unit_of_work

pytestmark = pytest.mark.usefixtures("app")

FACT = NotePublished(NoteId("note_1"), AccountId("acc_1"))
THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)


def counts() -> tuple[int, int]:
    """Return how many jobs and how many events there are."""
    with snapshot() as view:
        return tuple(
            view.value(text(f"SELECT count(*) FROM platform_{table}"))
            for table in ("job", "outbox")
        )


def write(uow: UnitOfWork, name: str = "one") -> None:
    """Write a row and announce a fact."""
    uow.add(JobRow(name=name, due_at=uow.now))
    uow.announce(FACT)


def test_rows_and_events_commit_together() -> None:
    with unit_of_work() as uow:
        write(uow)
        assert counts() == (0, 0)

    assert counts() == (1, 1)


@pytest.mark.parametrize("error", [KeyError, SystemExit, KeyboardInterrupt])
def test_an_error_of_any_kind_loses_rows_and_events(error: type[BaseException]) -> None:
    called: list[int] = []

    def fail() -> None:
        with unit_of_work() as uow:
            write(uow)
            uow.after_commit(lambda: called.append(1))
            raise error

    with pytest.raises(error):
        fail()

    assert counts() == (0, 0)
    assert called == []


def test_a_constraint_speaks_where_it_is_broken_and_loses_what_came_before() -> None:
    def fail(uow: UnitOfWork) -> None:
        write(uow)
        write(uow)

    with pytest.raises(IntegrityError):
        transact(fail)

    assert counts() == (0, 0)


def test_a_unit_of_work_in_another_is_refused_and_the_outer_one_can_go_on() -> None:
    with unit_of_work() as uow:
        write(uow)
        with pytest.raises(RuntimeError, match="open already"), unit_of_work():
            pass
        write(uow, "two")

    assert counts() == (2, 2)


def test_what_waits_for_the_commit_sees_it_done() -> None:
    seen: list[tuple[int, int]] = []

    with unit_of_work() as uow:
        write(uow)
        uow.after_commit(lambda: seen.append(counts()))

    assert seen == [(1, 1)]


def test_a_snapshot_does_not_see_what_commits_after_it_began() -> None:
    with snapshot() as view:
        assert view.value(text("SELECT count(*) FROM platform_job")) == 0
        with unit_of_work() as uow:
            write(uow)
        assert view.value(text("SELECT count(*) FROM platform_job")) == 0

    assert counts() == (1, 1)


def test_a_snapshot_cannot_write() -> None:
    with snapshot() as view, pytest.raises(DBAPIError, match=r"read-?only"):
        view.rows(text("DELETE FROM platform_job RETURNING name"))


def test_a_reader_does_not_wait_for_a_writer(app: Flask) -> None:
    held, go = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context(), unit_of_work() as uow:
            write(uow)
            held.set()
            go.wait(10)

    writer = threading.Thread(target=hold)
    writer.start()
    assert held.wait(10)
    assert counts() == (0, 0)
    go.set()
    writer.join()

    assert counts() == (1, 1)


def test_a_piece_of_work_has_one_instant_and_events_bear_it() -> None:
    with unit_of_work(now=THEN) as uow:
        assert uow.now == THEN
        uow.announce(FACT)

    with snapshot() as view:
        assert view.value(select(OutboxRow.at)) == THEN


def test_the_clock_of_an_installation_is_moved_forward_and_never_back() -> None:
    with unit_of_work() as uow:
        clock.move(uow.session.connection(), timedelta(days=2))
        clock.move(uow.session.connection(), timedelta(hours=3))
    with snapshot() as view:
        ahead = view.now - datetime.now(UTC)
        assert view.now == view.now
    with unit_of_work() as uow:
        assert uow.now - datetime.now(UTC) == pytest.approx(ahead, abs=timedelta(seconds=5))
        for by in (timedelta(0), timedelta(days=-1)):
            with pytest.raises(ValueError, match="forward"):
                clock.move(uow.session.connection(), by)
        assert uow.value(select(ClockRow.offset_seconds)) == (2 * 24 + 3) * 3600

    assert ahead == pytest.approx(timedelta(days=2, hours=3), abs=timedelta(seconds=5))


def test_leases_and_deliveries_keep_the_machines_time() -> None:
    with unit_of_work() as uow:
        clock.move(uow.session.connection(), timedelta(days=400))

    assert abs(clock.machine_now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_naive_time_is_refused_and_instants_come_back_in_utc() -> None:
    def fail() -> None:
        with unit_of_work() as uow:
            uow.add(JobRow(name="x", due_at=datetime(2026, 1, 1)))  # noqa: DTZ001 - what is refused

    with pytest.raises(StatementError, match="naive"):
        fail()
    east = datetime(2026, 1, 1, 8, 0, 0, 7, tzinfo=UTC).astimezone(tz=None)
    with unit_of_work() as uow:
        uow.add(JobRow(name="x", due_at=east))
    with snapshot() as view:
        assert view.value(select(JobRow.due_at)).isoformat() == "2026-01-01T08:00:00.000007+00:00"
