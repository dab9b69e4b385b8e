"""One edge, one unit of work: rows and events commit together or not at all."""

import contextvars
import dataclasses
import json
import logging
import random
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from flask import current_app
from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.orm import Session

from app.events.base import Event
from app.kernel.ids import mint
from app.kernel.problems import Busy
from app.platform import clock, postgres, turns
from app.platform.db import READ_BIND, Base, db
from app.platform.outbox import OutboxRow
from app.platform.writelock import OpenLock, WriteLock

log = logging.getLogger("trove.database")

T = TypeVar("T")

TRIES_MAX = 5
"""So often is work done that other writers overtake; with PostgreSQL only."""

PATIENT_TRIES_MAX = 12
"""The same where nobody waits for the answer: in the worker and in commands."""

BESIDE_TRIES = 3
"""So many of them are beside other writers; each further one is alone (`app.platform.turns`)."""

WAIT_SECONDS = 0.01
"""The first wait between two tries is up to this long; each further one up to twice as long."""

WAIT_MAX_SECONDS = 1.0


DISK = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_CANTOPEN")
"""How the names of SQLite's errors begin that are of the disk."""

READ_COMMITTED = {"isolation_level": "READ COMMITTED"}


class Overtaken(Busy):
    """Another writer's commit made this work void: it may be done again (see `transact`)."""


_open: contextvars.ContextVar["UnitOfWork | None"] = contextvars.ContextVar("open", default=None)
_guard: contextvars.ContextVar["Callable[[UnitOfWork], None] | None"] = contextvars.ContextVar(
    "guard", default=None
)


class Snapshot:
    """The database as it stood at one instant, for reading; every query takes one."""

    def __init__(self, open_: Callable[[], Session], *, now: datetime | None = None) -> None:
        """Read by the session that ``open_`` makes at the first query; ``now`` fixes the clock."""
        self._open = open_
        self._session: Session | None = None
        self._now = now

    @property
    def session(self) -> Session:
        """The session; what it sees is decided when it is first asked for."""
        if self._session is None:
            self._session = self._open()
        return self._session

    @property
    def begun(self) -> bool:
        """Whether anything was read yet."""
        return self._session is not None

    @property
    def now(self) -> datetime:
        """The one instant of this piece of work: process time, moved by the clock's offset."""
        if self._now is None:
            self._now = clock.now(self.session.connection())
        return self._now

    def rows(self, statement: Executable, values: Any = None) -> Sequence[Any]:
        """Return all rows of ``statement``."""
        return self.session.connection().execute(statement, values).all()

    def row(self, statement: Executable) -> Any:
        """Return the one row of ``statement``, or None."""
        return self.session.connection().execute(statement).one_or_none()

    def value(self, statement: Executable) -> Any:
        """Return the first column of the one row of ``statement``, or None."""
        return self.session.connection().execute(statement).scalar_one_or_none()


class UnitOfWork(Snapshot):
    """A transaction that writes, and the events that commit with it."""

    def __init__(self, session: Session, *, now: datetime | None = None) -> None:
        """Wrap an open session."""
        super().__init__(lambda: session, now=now)
        self.announced = 0
        self._after: list[Callable[[], None]] = []

    def add(self, *rows: Base) -> None:
        """Add rows; they are written at once, so that constraints speak where they are broken."""
        self.session.add_all(rows)
        self.session.flush()

    def change(self, statement: Executable, values: Any = None) -> int:
        """Run an UPDATE, DELETE or INSERT; return how many rows it touched.

        What it matched decides a race: a state moves by ``UPDATE … WHERE state = old``.
        """
        return self.session.connection().execute(statement, values).rowcount

    def announce(self, event: Event) -> None:
        """Write ``event`` to the outbox: it leaves after the commit, or not at all."""
        body = json.loads(json.dumps(dataclasses.asdict(event)))
        self.session.add(
            OutboxRow(
                event_id=mint("event"),
                topic=event.topic,
                key=str(body.get(event.key, "")),
                body=body,
                at=self.now,
            )
        )
        self.announced += 1

    def after_commit(self, call: Callable[[], None]) -> None:
        """Have ``call`` run once the commit stands, for what lives in this process only."""
        self._after.append(call)


@contextmanager
def unit_of_work(
    *, now: datetime | None = None, serializable: bool = True, alone: bool = False
) -> Generator[UnitOfWork]:
    """Yield a unit of work; commit on the way out, roll back on any error. Refuses to nest.

    Args:
        now: fixes the clock.
        serializable: see `transact`.
        alone: whether no other serialisable writer may be under way; on SQLite none ever is.

    Raises:
        Busy: other writers kept the database for too long, or it cannot be reached.
        Overtaken: what was read does not hold any more; see `transact`.

    """
    if _open.get() is not None:
        raise RuntimeError("a unit of work is open already; hand it on as an argument")
    lock: WriteLock | OpenLock = current_app.extensions["trove_write_lock"]
    with (
        lock.held(),
        _translated(),
        Session(db.engine, autoflush=False, expire_on_commit=False) as session,
    ):
        uow = UnitOfWork(session, now=now)
        token = _open.set(uow)
        try:
            postgresql = db.engine.dialect.name == "postgresql"
            weaker = postgresql and not serializable
            session.connection(execution_options=READ_COMMITTED if weaker else None)
            if postgresql and serializable:
                _take_turn(session, alone=alone)
            yield uow
            if guard := _guard.get():
                guard(uow)
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            _open.reset(token)
    for call in uow._after:  # noqa: SLF001 - this function is the other half of the class
        call()
    if uow.announced:
        current_app.extensions["trove_nudge"]()


@contextmanager
def guarded(guard: Callable[[UnitOfWork], None]) -> Generator[None]:
    """Ask ``guard`` before each commit in this block; what it raises rolls the work back."""
    token = _guard.set(guard)
    try:
        yield
    finally:
        _guard.reset(token)


def transact(
    work: Callable[[UnitOfWork], T], *, now: datetime | None = None, serializable: bool = True
) -> T:
    """Do ``work`` in a unit of work; anew, with a fresh one, when another writer overtook it.

    Nobody overtakes it without end: after `BESIDE_TRIES` others wait until it is done. ``work`` may
    run several times, so that what it does beside the database must bear that.

    Args:
        work: what to do.
        now: fixes the clock.
        serializable: whether PostgreSQL proves that nobody wrote what ``work`` had read. Not
            needed where a lock, or the condition of each UPDATE, proves it; who reads and writes
            what every event passes through would be overtaken without end.

    Raises:
        Busy: see `unit_of_work`; also when it was overtaken `TRIES_MAX` times.
    """
    most = PATIENT_TRIES_MAX if current_app.config["TROVE_PATIENT"] else TRIES_MAX
    for tried in range(1, most + 1):
        try:
            alone = tried > BESIDE_TRIES
            with unit_of_work(now=now, serializable=serializable, alone=alone) as uow:
                return work(uow)
        except Overtaken as overtaken:
            if tried == most:
                if isinstance(overtaken.__cause__, IntegrityError):
                    # Nobody races five times for one row: it is a fault of ours.
                    raise overtaken.__cause__ from None
                raise
            wait = min(WAIT_SECONDS * 2**tried, WAIT_MAX_SECONDS)
            time.sleep(random.uniform(0, wait))  # noqa: S311 - no secret, only apart
    raise AssertionError("unreachable")


@contextmanager
def snapshot(*, now: datetime | None = None) -> Generator[Snapshot]:
    """Yield the database as it stands now, for reading only; it never waits for a writer."""
    view = Snapshot(lambda: Session(db.engines[READ_BIND], autoflush=False), now=now)
    try:
        with _translated():
            yield view
    finally:
        if view.begun:
            _end_reading(view.session)


def _end_reading(session: Session) -> None:
    """End a session that only read: what it has read holds, whether or not the database hears."""
    try:
        session.close()
    except DBAPIError:
        session.invalidate()


def raw(view: Snapshot) -> Connection:
    """Return the connection under ``view``, for the few hot paths that go below the session."""
    return view.session.connection()


def _take_turn(session: Session, *, alone: bool) -> None:
    """Take this transaction's turn beside or before all other writers.

    Raises:
        Overtaken: somebody has been writing for too long to be waited for by all.
    """
    try:
        turns.take(session.connection(), alone=alone)
    except DBAPIError as error:
        if alone and postgres.is_lock_refused(error):
            raise Overtaken from error
        raise


@contextmanager
def _translated() -> Generator[None]:
    """Turn what a database says when it is busy, stopped or gone into the problem that it is."""
    try:
        yield
    except PoolExhausted as error:
        raise Busy from error
    except DBAPIError as error:
        if postgres.is_overtaken(error):
            raise Overtaken from error
        if postgres.is_passing(error) or _is_locked(error):
            raise Busy from error
        if _is_of_the_disk(error):
            log.error("the database cannot use its disk: %s", error.orig)  # noqa: TRY400 - its text says all
            raise Busy from error
        raise


def _is_locked(error: DBAPIError) -> bool:
    return isinstance(error, OperationalError) and "database is locked" in str(error.orig)


def _is_of_the_disk(error: DBAPIError) -> bool:
    """Tell whether SQLite's disk is full, broken or not to be written: nothing was changed then."""
    return getattr(error.orig, "sqlite_errorname", "").startswith(DISK)
