"""Locks that a name gives, for the length of a unit of work, over all processes.

On SQLite writers take turns anyway, and each of these is had at once.
"""

from sqlalchemy import func, select

from app.platform.uow import UnitOfWork


def take(uow: UnitOfWork, name: str) -> None:
    """Wait until nobody else holds ``name``."""
    if _shared(uow):
        uow.value(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def try_take(uow: UnitOfWork, name: str) -> bool:
    """Take ``name`` and tell whether it was free."""
    if not _shared(uow):
        return True
    return bool(uow.value(select(func.pg_try_advisory_xact_lock(func.hashtextextended(name, 0)))))


def _shared(uow: UnitOfWork) -> bool:
    return uow.session.connection().dialect.name != "sqlite"
