"""One edge, one unit of work: rows and events commit together or not at all."""

import contextvars
import dataclasses
import json
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Connection, Executable
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.events.base import Event
from app.kernel.ids import mint
from app.kernel.problems import Busy
from app.platform import clock
from app.platform.db import READ_BIND, Base, db
from app.platform.outbox import OutboxRow
from app.platform.writelock import WriteLock

_open: contextvars.ContextVar["UnitOfWork | None"] = contextvars.ContextVar("open", default=None)


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
def unit_of_work(*, now: datetime | None = None) -> Generator[UnitOfWork]:
    """Yield a unit of work; commit on the way out, roll back on any error. Refuses to nest.

    Raises:
        Busy: other writers kept the database for too long.

    """
    if _open.get() is not None:
        raise RuntimeError("a unit of work is open already; hand it on as an argument")
    lock: WriteLock = current_app.extensions["trove_write_lock"]
    with lock.held(), Session(db.engine, autoflush=False, expire_on_commit=False) as session:
        uow = UnitOfWork(session, now=now)
        token = _open.set(uow)
        try:
            _begin(session)
            yield uow
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
def snapshot(*, now: datetime | None = None) -> Generator[Snapshot]:
    """Yield the database as it stands now, for reading only; it never waits for a writer."""
    view = Snapshot(lambda: Session(db.engines[READ_BIND], autoflush=False), now=now)
    try:
        yield view
    finally:
        if view.begun:
            view.session.close()


def raw(view: Snapshot) -> Connection:
    """Return the connection under ``view``, for the few hot paths that go below the session."""
    return view.session.connection()


def _begin(session: Session) -> None:
    try:
        session.connection()
    except OperationalError as error:
        if "locked" in str(error):
            raise Busy from error
        raise
