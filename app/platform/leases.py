"""Leases: one holder of a duty at a time, over all processes, with expiry and fencing number."""

from datetime import datetime, timedelta

from sqlalchemy import String, bindparam, text
from sqlalchemy.orm import Mapped, mapped_column

from app.platform.clock import agreed_now
from app.platform.db import Base, UtcDateTime
from app.platform.uow import UnitOfWork

FOLDERS_WORKER = "worker"
"""Who holds the leases where a lock in the data folder lets one worker run at a time.

It has one name over all its lives, and a command that stands in for it has the same: what a
process held that was killed is taken up at once, not when its lease expires.
"""


class LeaseRow(Base):
    """Who holds a duty, until when; ``fence`` grows with every change of hands."""

    __tablename__ = "platform_lease"
    personal = "none"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    holder: Mapped[str] = mapped_column(String(60))
    until: Mapped[datetime]
    fence: Mapped[int]


_TAKE = text(
    "INSERT INTO platform_lease (name, holder, until, fence) VALUES (:name, :holder, :until, 1)"
    " ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,"
    " fence = platform_lease.fence + CASE WHEN platform_lease.holder = excluded.holder"
    " THEN 0 ELSE 1 END"
    " WHERE platform_lease.holder = excluded.holder OR platform_lease.until <= :now"
).bindparams(bindparam("until", type_=UtcDateTime()), bindparam("now", type_=UtcDateTime()))


def take(uow: UnitOfWork, *, name: str, holder: str, ttl_seconds: int) -> bool:
    """Take or renew the lease ``name``; tell whether ``holder`` has it now.

    Leases run on a clock that nobody moves: moving the installation's must not break them.
    """
    now = agreed_now(uow.session.connection())
    until = now + timedelta(seconds=ttl_seconds)
    values = {"name": name, "holder": holder, "until": until, "now": now}
    return uow.change(_TAKE, values) == 1
