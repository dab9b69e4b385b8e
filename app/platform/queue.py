"""Due jobs: what rooms do by the clock, a leased row each, called by the worker."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, select, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform import leases
from app.platform.db import Base, UtcDateTime
from app.platform.uow import UnitOfWork, snapshot, transact

LEASE_SECONDS = 300
"""A worker that dies in a job gives the job up after this long."""

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

    It must be restartable from the rows alone, and finish in well under `LEASE_SECONDS`.
    """

    name: str
    every: timedelta
    run: Callable[[], int]


def run_due(jobs: Sequence[Job], *, holder: str) -> int:
    """Run the jobs that are due; return how much they did in all.

    Being due is judged by the installation's clock, so that moving it makes them run at once.
    """
    done = 0
    for job in jobs:
        if _is_due(job) and _start(job, holder):
            try:
                done += job.run()
            except Exception:
                log.exception("job failed", extra={"job": job.name})
    return done


def _is_due(job: Job) -> bool:
    with snapshot() as view:
        due_at = view.value(select(JobRow.due_at).where(JobRow.name == job.name))
        return due_at is None or due_at <= view.now


def _start(job: Job, holder: str) -> bool:
    def write(uow: UnitOfWork) -> bool:
        if not leases.take(uow, name=f"job:{job.name}", holder=holder, ttl_seconds=LEASE_SECONDS):
            return False
        # The next time is written before the work: a job that always fails must not spin.
        uow.change(
            text(
                "INSERT INTO platform_job (name, due_at) VALUES (:name, :due)"
                " ON CONFLICT (name) DO UPDATE SET due_at = excluded.due_at"
            ).bindparams(bindparam("due", type_=UtcDateTime())),
            {"name": job.name, "due": uow.now + job.every},
        )
        return True

    return transact(write)
