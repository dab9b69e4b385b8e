"""One worker does the jobs; who lost the lead changes nothing more, even in the middle of a job."""

import contextvars
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from flask import Flask, current_app
from sqlalchemy import text

from app.platform import clock, leases
from app.platform.leases import Fenced, fenced, give_up, lead
from app.platform.queue import CLOCK, LEASE_SECONDS, Job, run_due
from app.platform.uow import UnitOfWork, snapshot, transact
from tests.platform.sinks import later

pytestmark = pytest.mark.usefixtures("app")

T = TypeVar("T")
HOURLY = timedelta(hours=1)


def tick(uow: UnitOfWork) -> None:
    """Do something that can be counted: a minute more on the clock."""
    clock.move(uow.session.connection(), timedelta(minutes=1))


def minutes() -> float:
    with snapshot() as view:
        return clock.offset(view.session.connection()) / timedelta(minutes=1)


def fence() -> int:
    with snapshot() as view:
        return int(view.value(text("SELECT fence FROM platform_lease WHERE name = 'clock'")))


def had(holder: str) -> leases.Lease | None:
    return lead(CLOCK, holder=holder, ttl_seconds=LEASE_SECONDS)


def apart(work: Callable[[], T]) -> T:
    """Do ``work`` as another process would: it stands on no lease of this one."""
    app: Flask = current_app._get_current_object()

    def inside() -> T:
        with app.app_context():
            return work()

    return contextvars.Context().run(inside)


def taken_over() -> int:
    """Have another worker lead; return its fence."""
    second = apart(lambda: had("second"))
    assert second is not None
    return second.fence


def test_one_leads_until_its_lease_expires_and_each_change_of_hands_is_numbered() -> None:
    first = had("first")
    assert first is not None
    assert had("first") == first
    assert had("second") is None

    later(seconds=LEASE_SECONDS - 1)
    assert had("second") is None
    later(seconds=2)
    second = had("second")

    assert second is not None
    assert second.fence == first.fence + 1 == fence()
    assert had("first") is None


def test_who_waits_for_the_lead_writes_nothing() -> None:
    had("first")
    with snapshot() as view:
        before = view.rows(text("SELECT * FROM platform_lease"))

    assert [had("second"), had("third")] == [None, None]
    had("first")

    with snapshot() as view:
        assert view.rows(text("SELECT * FROM platform_lease")) == before


def test_the_lead_is_renewed_before_it_expires() -> None:
    had("first")
    later(seconds=LEASE_SECONDS * 0.6)
    had("first")
    later(seconds=LEASE_SECONDS * 0.6)

    assert had("second") is None
    assert had("first") is not None


def test_who_ends_gives_the_lead_up_and_nobody_elses() -> None:
    had("first")
    lead("sink", holder="other", ttl_seconds=LEASE_SECONDS)

    assert transact(lambda uow: give_up(uow, holder="first")) == 1

    second = had("second")
    assert second is not None
    assert second.fence == 2
    assert lead("sink", holder="second", ttl_seconds=LEASE_SECONDS) is None


def test_work_that_stands_on_a_lost_lease_is_not_committed() -> None:
    first = had("first")
    assert first is not None
    with fenced(first):
        transact(tick)
        # As if this process had been stopped for long.
        apart(lambda: later(seconds=LEASE_SECONDS + 1))
        assert taken_over() == 2
        with pytest.raises(Fenced):
            transact(tick)
    transact(tick)

    assert minutes() == 2


def test_a_job_that_lost_the_lead_in_the_middle_stops_there_and_so_do_the_next(
    caplog: pytest.LogCaptureFixture,
) -> None:
    done: list[str] = []

    def torn() -> int:
        transact(tick)
        done.append("first half")
        apart(lambda: later(seconds=LEASE_SECONDS + 1))
        assert taken_over() == 2
        transact(tick)
        done.append("second half")
        return 1

    def next_one() -> int:
        done.append("next")
        return 1

    assert run_due([Job("torn", HOURLY, torn), Job("next", HOURLY, next_one)], holder="first") == 0

    assert done == ["first half"]
    assert minutes() == 1
    assert [record.getMessage() for record in caplog.records] == ["another worker leads"]
    assert run_due([Job("next", HOURLY, next_one)], holder="second") == 1
    assert done == ["first half", "next"]


def test_each_commit_of_a_long_job_renews_the_lead() -> None:
    def long() -> int:
        for _ in range(4):
            transact(tick)
            apart(lambda: later(seconds=LEASE_SECONDS * 0.6))
            assert apart(lambda: had("second")) is None
        return 4

    assert run_due([Job("long", HOURLY, long)], holder="first") == 4
    assert fence() == 1


def test_a_job_of_the_next_leader_is_not_done_again(pass_time: Callable[..., None]) -> None:
    done: list[str] = []

    def run() -> int:
        done.append("once")
        return 1

    job = Job("count", HOURLY, run)
    assert run_due([job], holder="first") == 1
    later(seconds=LEASE_SECONDS + 1)
    assert run_due([job], holder="second") == 0
    pass_time(hours=2)
    assert run_due([job], holder="second") == 1
    assert done == ["once", "once"]
