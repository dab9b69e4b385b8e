"""Due jobs: at once the first time, then when they are due, by one holder, whatever happens."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from app import factory
from app.platform.queue import LEASE_SECONDS, Job, run_due
from tests.platform.sinks import later

pytestmark = pytest.mark.usefixtures("app")

HOURLY = timedelta(hours=1)


def counting(calls: list[str], name: str = "count") -> Job:
    """Return an hourly job that notes its name."""

    def run() -> int:
        calls.append(name)
        return 1

    return Job(name, HOURLY, run)


def test_a_job_runs_at_first_sight_and_then_when_it_is_due(pass_time: Callable[..., None]) -> None:
    calls: list[str] = []
    job = counting(calls)

    assert run_due([job], holder="here") == 1
    assert run_due([job], holder="here") == 0
    pass_time(minutes=59)
    assert run_due([job], holder="here") == 0
    pass_time(minutes=2)
    assert run_due([job], holder="here") == 1

    assert calls == ["count", "count"]


def test_a_job_that_fails_stops_no_other_and_does_not_spin(
    pass_time: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[str] = []

    def fail() -> int:
        calls.append("failed")
        raise ValueError("no")

    jobs = [Job("bad", HOURLY, fail), counting(calls)]
    run_due(jobs, holder="here")
    run_due(jobs, holder="here")
    assert calls == ["failed", "count"]
    pass_time(hours=2)
    run_due(jobs, holder="here")

    assert calls == ["failed", "count"] * 2
    assert [record.job for record in caplog.records] == ["bad", "bad"]


def test_a_job_is_done_by_one_holder_until_its_lease_expires(
    pass_time: Callable[..., None],
) -> None:
    calls: list[str] = []
    run_due([counting(calls)], holder="first")
    pass_time(hours=2)

    run_due([counting(calls)], holder="second")
    assert calls == ["count"]
    later(seconds=LEASE_SECONDS + 1)
    run_due([counting(calls)], holder="second")

    assert calls == ["count", "count"]


def test_jobs_go_on_when_the_clock_went_back() -> None:
    calls: list[str] = []
    run_due([counting(calls)], holder="dead")
    later(hours=-3)

    run_due([counting(calls)], holder="next")
    assert calls == ["count", "count"]
    run_due([counting(calls)], holder="next")

    assert calls == ["count", "count"]


def test_what_a_killed_worker_held_is_taken_up_at_once(pass_time: Callable[..., None]) -> None:
    """The next worker of a folder has the name of the one before, and so has a command."""
    from app.platform.leases import FOLDERS_WORKER

    calls: list[str] = []

    def die() -> int:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_due([Job("count", HOURLY, die)], holder=FOLDERS_WORKER)
    pass_time(hours=2)
    run_due([counting(calls)], holder=FOLDERS_WORKER)

    assert calls == ["count"]


def test_every_job_has_a_name_of_its_own_and_ends_well_within_its_lease() -> None:
    jobs = factory.jobs()

    assert len({job.name for job in jobs}) == len(jobs) >= 4
    assert all(len(f"job:{job.name}") <= 60 for job in jobs)
