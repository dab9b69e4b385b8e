"""PostgreSQL: connections with deadlines, and which of its errors mean what.

Its driver is loaded where it is used only: on SQLite no process needs it.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from app.kernel.problems import Busy

CONNECT_SECONDS = 2
STATEMENT_MS = 5_000
"""A statement of the web process that takes longer than this is a fault, and is ended."""

PATIENT_MS = 300_000
"""Commands and the worker may ask large questions."""

LOCK_MS = 3_000
IDLE_MS = 30_000
"""A transaction that does nothing for so long belongs to a process that hangs; it holds locks."""

POOL_SECONDS = 5.0
POOL_MAX = 16

OVERTAKEN = frozenset({"40001", "40P01", "23505"})
"""SQLSTATEs after which the same work may do: serialisation failure, deadlock, and a row that
somebody else wrote first, which the second try will see and answer as it should."""

LOCK_REFUSED = "55P03"

PASSING = ("08", "53", "57", LOCK_REFUSED)
"""SQLSTATEs, or their classes, of a server that cannot serve just now: connection, resources,
operator and time limits, a lock that was not had in time."""


def engine_options(url: str, *, write: bool, patient: bool) -> dict[str, Any]:
    """Return the options of an engine.

    Whoever writes is serialisable, so that what a rule saw still holds at the commit; readers have
    one snapshot, and cannot write.
    """
    from app.platform import watched  # noqa: PLC0415 - see above

    statement_ms = PATIENT_MS if patient else STATEMENT_MS
    limits = {
        "statement_timeout": statement_ms,
        "lock_timeout": LOCK_MS,
        "idle_in_transaction_session_timeout": PATIENT_MS if patient else IDLE_MS,
        "timezone": "UTC",
        "default_transaction_read_only": "off" if write else "on",
    }
    given = _given(url, options=" ".join(f"-c {name}={value}" for name, value in limits.items()))
    return {
        "creator": watched.connecting(given, statement_seconds=statement_ms / 1000),
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
    from app.platform.pulse import PULSE  # noqa: PLC0415 - see above

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
    import psycopg  # noqa: PLC0415 - see above

    kind = "_shared" if shared else ""
    at = make_url(url).set(drivername="postgresql")
    try:
        link = psycopg.connect(
            at.render_as_string(hide_password=False),
            autocommit=True,
            connect_timeout=CONNECT_SECONDS,
            application_name="trove",
        )
    except psycopg.OperationalError as error:
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


def is_lock_refused(error: DBAPIError) -> bool:
    """Tell whether a lock was not had in the time that this transaction gives it."""
    return _state(error) == LOCK_REFUSED


def is_passing(error: DBAPIError) -> bool:
    """Tell whether the database cannot serve just now, and may in a while."""
    state = _state(error)
    if state is None:
        # Of the two drivers' errors, those of PostgreSQL's have a state, if only None.
        ours = hasattr(error.orig, "sqlstate") and isinstance(error, OperationalError)
        return ours or error.connection_invalidated
    return state.startswith(PASSING)


def _state(error: DBAPIError) -> str | None:
    return getattr(error.orig, "sqlstate", None)
