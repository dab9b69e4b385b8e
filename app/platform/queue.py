"""Due jobs: what rooms do by the clock, a row each, called by the one worker that leads the clock.

Of several workers one has the clock's lease. It does all jobs, and each of its commits stands on
the lease: a worker that lost it, because it was stopped for a while, commits nothing more.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import String, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform import leases
from app.platform.clock import GONE_BACK
from app.platform.db import Base, UtcDateTime
from app.platform.uow import UnitOfWork, snapshot, transact

CLOCK = "clock"
"""The lease of whoever does the jobs."""

LEASE_SECONDS = 30
"""A leader that dies is followed after this long; every commit of a job renews the lease."""

log = logging.getLogger("trove.queue")


class JobRow(Base):
    """When a job is next due, by the installation's clock."""

    __tablename__ = "platform_job"
    personal = "none"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Job:
    """Something done every so often. ``run`` opens units of work of its own and returns a count.

    It must be restartable from the rows alone, with units of work well under `LEASE_SECONDS`.
    """

    name: str
    every: timedelta
    run: Callable[[], int]


_PLAN = text(
    "INSERT INTO platform_job (name, due_at) VALUES (:name, :next)"
    " ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at"
    " WHERE platform_job.due_at <= :now OR platform_job.due_at > :never"
).bindparams(*(bindparam(name, type_=UtcDateTime()) for name in ("next", "now", "never")))


def run_due(jobs: Sequence[Job], *, holder: str) -> int:
    """Run the jobs that are due, where ``holder`` leads; return how much they did in all.

    Being due is judged by the installation's clock, so that moving it makes them run at once.
    """
    done = 0
    for job in _due(jobs):
        lease = leases.lead(CLOCK, holder=holder, ttl_seconds=LEASE_SECONDS)
        if lease is None:
            break
        try:
            with leases.fenced(lease):
                if transact(partial(_start, job)):
                    done += job.run()
        except leases.Fenced:
            log.warning("another worker leads", extra={"job": job.name})
            break
        except Exception:
            log.exception("job failed", extra={"job": job.name})
    return done


def _due(jobs: Sequence[Job]) -> list[Job]:
    with snapshot() as view:
        planned = {row.name: row.due_at for row in view.rows(select(JobRow.name, JobRow.due_at))}
        return [
            job for job in jobs if _is_due(planned.get(job.name), every=job.every, now=view.now)
        ]


def _is_due(at: datetime | None, *, every: timedelta, now: datetime) -> bool:
    """Tell whether a job that is planned for ``at`` is to be done; None: it never was.

    None is planned for later than its next turn: what is was planned before the machine's clock
    went back, and does not wait until it has come there again.
    """
    return at is None or at <= now or at > now + GONE_BACK * every


def _start(job: Job, uow: UnitOfWork) -> bool:
    """Write when the job is due next, before the work: one that always fails must not spin."""
    values = {
        "name": job.name,
        "next": uow.now + job.every,
        "now": uow.now,
        "never": uow.now + GONE_BACK * job.every,
    }
    return uow.change(_PLAN, values) == 1
