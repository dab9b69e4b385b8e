"""PostgreSQL: connections with deadlines, and which of its errors mean what."""

from collections.abc import Callable
from typing import Any

import psycopg
from psycopg.errors import OperationalError
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.kernel.problems import Busy
from app.platform.pulse import PULSE, SILENT

CONNECT_SECONDS = 2
STATEMENT_MS = 5_000
"""A statement of the web process that takes longer than this is a fault, and is ended."""

PATIENT_MS = 300_000
"""Commands and the worker may ask large questions."""

LOCK_MS = 3_000
IDLE_MS = 30_000
"""A transaction that does nothing for so long belongs to a process that hangs; it holds locks."""

GRACE_SECONDS = 1.0
"""The server ends a statement itself; so much later it is the server that does not answer."""

POOL_SECONDS = 5.0
POOL_MAX = 16

OVERTAKEN = frozenset({"40001", "40P01", "23505"})
"""SQLSTATEs after which the same work may do: serialisation failure, deadlock, and a row that
somebody else wrote first, which the second try will see and answer as it should."""

PASSING = ("08", "53", "57", "55P03")
"""SQLSTATEs, or their classes, of a server that cannot serve just now: connection, resources,
operator and time limits, a lock that was not had in time."""


class WatchedConnection(psycopg.Connection[Any]):
    """A connection that gives up on a server that is there and says nothing.

    Neither the statement's time limit nor TCP's notices a stopped server: its kernel still answers.
    """

    limit_seconds = STATEMENT_MS / 1000 + GRACE_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait for the server, but no longer than `limit_seconds`; then the connection is gone."""
        if PULSE.silent:
            if self.pgconn.transaction_status != psycopg.pq.TransactionStatus.IDLE:
                # What it had begun is void: a rollback would not be heard either.
                self.pgconn.finish()
            raise OperationalError(SILENT)
        try:
            return super().wait(gen, interval=interval, timeout=timeout or self.limit_seconds)
        except psycopg.Error as error:
            # What the server itself says (it has a SQLSTATE) is an answer; in a pipeline it comes
            # while the transaction is still called active.
            if (
                isinstance(error, OperationalError)
                and error.sqlstate is None
                and not self.closed
                and self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE
            ):
                self.pgconn.finish()
            # The server's details show the row ("Key (phone)=(…)"): they must not come into a log.
            error.args = (error.diag.message_primary or str(error),)
            raise


class PatientConnection(WatchedConnection):
    """The same for those who may ask large questions."""

    limit_seconds = PATIENT_MS / 1000 + GRACE_SECONDS


def engine_options(url: str, *, write: bool, patient: bool) -> dict[str, Any]:
    """Return the options of an engine.

    Whoever writes is serialisable, so that what a rule saw still holds at the commit; readers have
    one snapshot, and cannot write.
    """
    limits = {
        "statement_timeout": PATIENT_MS if patient else STATEMENT_MS,
        "lock_timeout": LOCK_MS,
        "idle_in_transaction_session_timeout": PATIENT_MS if patient else IDLE_MS,
        "timezone": "UTC",
        "default_transaction_read_only": "off" if write else "on",
    }
    given = _given(url, options=" ".join(f"-c {name}={value}" for name, value in limits.items()))
    kind = PatientConnection if patient else WatchedConnection

    return {
        "creator": lambda: PULSE.connected(lambda: kind.connect(**given)),
        # What rows hold of people must not come into a log by way of an error's text.
        "hide_parameters": True,
        "isolation_level": "SERIALIZABLE" if write else "REPEATABLE READ",
        "pool_size": POOL_MAX,
        "max_overflow": 0,
        "pool_timeout": POOL_SECONDS,
        "pool_use_lifo": True,
        "pool_pre_ping": True,
    }


def seen_by(connection: Connection) -> str:
    """Return what names all that this transaction sees: the same name is the same contents.

    PostgreSQL's manual, 9.27.11: a snapshot sees every transaction below `xmax` that is not in its
    list of those under way. A commit takes one out of that list, or moves `xmax`.
    """
    return str(connection.execute(_SNAPSHOT).scalar_one())


_SNAPSHOT = text("SELECT pg_current_snapshot()::text")


def start_pulse(url: str) -> Callable[[], None]:
    """Begin to ask whether the server at ``url`` answers; return what ends it.

    For processes that serve: from then on nobody in them waits for a server that is silent.
    """
    return PULSE.start(_given(url))


def _given(url: str, **more: str) -> dict[str, Any]:
    at = make_url(url)
    words = {
        "host": at.host,
        "port": at.port,
        "user": at.username,
        "password": at.password,
        "dbname": at.database,
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "trove",
        **more,
        **at.query,
    }
    return {name: value for name, value in words.items() if value is not None}


def claim(url: str, name: str, *, shared: bool) -> Callable[[], None] | None:
    """Claim ``name`` on the database for the life of this process; return what ends it.

    ``shared``: beside others who share it, otherwise alone. None: somebody's claim does not allow
    it. The claim ends with the connection, and so with the process, however that ends.

    Raises:
        Busy: the database cannot be reached.
    """
    kind = "_shared" if shared else ""
    at = make_url(url).set(drivername="postgresql")
    try:
        link = psycopg.connect(
            at.render_as_string(hide_password=False),
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="trove",
        )
    except OperationalError as error:
        raise Busy from error
    ask = f"SELECT pg_try_advisory_lock{kind}(hashtextextended(%s, 0))"
    row = link.execute(ask.encode(), (name,)).fetchone()
    if row and row[0]:
        return link.close
    link.close()
    return None


def is_overtaken(error: DBAPIError) -> bool:
    """Tell whether another writer's commit made this work void, so that it may be tried again."""
    return _state(error) in OVERTAKEN


def is_passing(error: DBAPIError) -> bool:
    """Tell whether the database cannot serve just now, and may in a while."""
    state = _state(error)
    if state is None:
        return isinstance(error.orig, OperationalError) or error.connection_invalidated
    return state.startswith(PASSING)


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
