"""Leases: one holder of a duty at a time, over all processes, with expiry and fencing number."""

import os
import secrets
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import String, bindparam, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.clock import GONE_BACK, agreed_now
from app.platform.db import Base, UtcDateTime
from app.platform.uow import UnitOfWork, guarded, snapshot, transact

FOLDERS_WORKER = "worker"
"""Who holds the leases where a lock in the data folder lets one worker run at a time.

It has one name over all its lives, and a command that stands in for it has the same: what a
process held that was killed is taken up at once, not when its lease expires.
"""

HOLDER_LENGTH_MAX = 60


class Fenced(Exception):
    """This process lost the lease that its work stands on; the work is not committed."""


class LeaseRow(Base):
    """Who holds a duty, until when; ``fence`` grows with every change of hands."""

    __tablename__ = "platform_lease"
    personal = "none"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[str] = mapped_column(String(HOLDER_LENGTH_MAX))
    until: Mapped[datetime]
    fence: Mapped[int]


@dataclass(frozen=True, slots=True)
class Lease:
    """A duty that was had; another holder has another ``fence``."""

    name: str
    holder: str
    fence: int
    ttl_seconds: int


_TAKE = text(
    "INSERT INTO platform_lease (name, holder, until, fence) VALUES (:name, :holder, :until, 1)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,"
    " fence = platform_lease.fence + CASE WHEN platform_lease.holder = excluded.holder"
    " THEN 0 ELSE 1 END"
    " WHERE platform_lease.holder = excluded.holder OR platform_lease.until <= :now"
    " OR platform_lease.until > :never"
    " RETURNING fence"
).bindparams(*(bindparam(name, type_=UtcDateTime()) for name in ("until", "now", "never")))


def name_of_this_process(*, alone: bool) -> str:
    """Return the name under which this process holds leases.

    Args:
        alone: whether a lock lets one worker at a time run on the database.
    """
    if alone:
        return FOLDERS_WORKER
    own = f":{os.getpid()}:{secrets.token_hex(4)}"
    return socket.gethostname()[: HOLDER_LENGTH_MAX - len(own)] + own


def lead(name: str, *, holder: str, ttl_seconds: int) -> Lease | None:
    """Have the lease ``name``, renewed where half of its time is over; None: another has it.

    It looks before it takes: those who wait for their turn write nothing meanwhile.
    """
    with snapshot() as view:
        kept = view.row(
            select(LeaseRow.holder, LeaseRow.until, LeaseRow.fence).where(LeaseRow.name == name)
        )
        if kept is not None:
            left = kept.until - agreed_now(view.session.connection())
            whole = timedelta(seconds=ttl_seconds)
            # Until a clock that went back has come there again, a dead holder would keep everybody
            # waiting. A live one is fenced.
            if kept.holder != holder and timedelta(0) < left <= GONE_BACK * whole:
                return None
            if kept.holder == holder and whole / 2 < left <= GONE_BACK * whole:
                return Lease(name, holder, kept.fence, ttl_seconds)
    return transact(partial(take, name=name, holder=holder, ttl_seconds=ttl_seconds))


def take(uow: UnitOfWork, *, name: str, holder: str, ttl_seconds: int) -> Lease | None:
    """Take or renew the lease ``name``; None: another holder has it.

    Leases run on a clock that nobody moves: moving the installation's must not break them.
    """
    now = agreed_now(uow.session.connection())
    whole = timedelta(seconds=ttl_seconds)
    values = {
        "name": name,
        "holder": holder,
        "until": now + whole,
        "now": now,
        "never": now + GONE_BACK * whole,
    }
    taken = uow.rows(_TAKE, values)
    return Lease(name, holder, taken[0].fence, ttl_seconds) if taken else None


def give_up(uow: UnitOfWork, *, holder: str) -> int:
    """Let others have at once what ``holder`` has; return how many leases."""
    now = agreed_now(uow.session.connection())
    kept = update(LeaseRow).where(LeaseRow.holder == holder, LeaseRow.until > now)
    return uow.change(kept.values(until=now))


@contextmanager
def fenced(lease: Lease) -> Generator[None]:
    """Let units of work in this block commit only while ``lease`` is held; each renews it.

    A process that was stopped for longer than its lease lasts, and goes on as if nothing had
    happened, so changes nothing behind the back of whoever took over.

    Raises:
        Fenced: another process has it now; from the unit of work.
    """

    def renew(uow: UnitOfWork) -> None:
        now = agreed_now(uow.session.connection())
        mine = update(LeaseRow).where(
            LeaseRow.name == lease.name,
            LeaseRow.holder == lease.holder,
            LeaseRow.fence == lease.fence,
        )
        if not uow.change(mine.values(until=now + timedelta(seconds=lease.ttl_seconds))):
            raise Fenced(lease.name)

    with guarded(renew):
        yield
