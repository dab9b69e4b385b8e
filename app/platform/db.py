"""The database: engines for reading and for writing, the declarative base, the column types."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, Dialect, Engine, MetaData, event
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

from app.platform import postgres

READ_BIND = "read"
"""Flask-SQLAlchemy's key of the reading engine; the default engine writes."""

READERS_MAX = 16
"""Connections of the reading engine; more than the web process has threads (runtime ADR)."""

BUSY_MS = 5_000
"""How long SQLite itself waits; the write lock in front of it is what usually waits."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC instant, kept as microseconds since 1970, so that every database sorts it."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Refuse a naive time: it would mean another instant on another machine."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive time {value!r}")
        delta = value - _EPOCH
        return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Base(DeclarativeBase):
    """Declarative base with named constraints, so that a migration can name what it changes."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )

    personal: ClassVar[str] = ""
    """What the rows say of a person: "none", or the columns; each model states it."""


Base.registry.update_type_annotation_map({datetime: UtcDateTime()})

db = SQLAlchemy(model_class=Base, session_options={"autoflush": False})


def configure(url: str, *, patient: bool = False) -> dict[str, Any]:
    """Return the Flask configuration for the database at ``url``.

    Args:
        url: of SQLAlchemy's form.
        patient: whether this process asks large questions, as the worker and commands do.
    """
    return {
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(url, write=True, patient=patient),
        "SQLALCHEMY_BINDS": {
            READ_BIND: {"url": url, **engine_options(url, write=False, patient=patient)}
        },
    }


def engine_options(url: str, *, write: bool, patient: bool = False) -> dict[str, Any]:
    """Return the pool and connection options of an engine for the database at ``url``."""
    if url.startswith("sqlite:"):
        return _sqlite_options(write=write)
    return postgres.engine_options(url, write=write, patient=patient)


def _sqlite_options(*, write: bool) -> dict[str, Any]:
    """Return the options of an engine on a SQLite file.

    One writing connection: writers take turns. The default pool overflows into fresh
    connections, which cost more than the wait (measured: 103 µs against 6 µs a read).
    """
    return {
        "pool_size": 1 if write else READERS_MAX,
        "max_overflow": 0,
        "pool_timeout": BUSY_MS / 1000,
        # What rows hold of people must not come into a log by way of an error's text.
        "hide_parameters": True,
        "connect_args": {
            "isolation_level": None,
            "timeout": BUSY_MS / 1000,
            "cached_statements": 256,
            "check_same_thread": False,
        },
    }


def start_pulse(url: str) -> Callable[[], None]:
    """Have a serving process notice a silent server at ``url``; return what ends that.

    A file is never silent.
    """
    return postgres.start_pulse(url) if url.startswith("postgresql") else lambda: None


def prepare(engine: Engine, *, write: bool) -> None:
    """Set what every connection of ``engine`` needs; called once, before its first connection."""
    if engine.dialect.name != "sqlite":
        return
    pragmas = [
        f"busy_timeout={BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "temp_store=MEMORY",
        # Without it, INSERT OR REPLACE deletes rows past the triggers of append-only tables.
        "recursive_triggers=ON",
    ]
    if not write:
        pragmas.append("query_only=ON")

    def on_connect(connection: sqlite3.Connection, _record: object) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    def on_begin(connection: Any) -> None:
        # A read that turns into a write loses to another writer in spite of any timeout
        # (SQLITE_BUSY at once); IMMEDIATE takes the lock first. Readers get a snapshot.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
