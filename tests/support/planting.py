"""Faults written into the real tables past the application, and taken back afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import Connection, create_engine, event, text
from sqlalchemy.orm import Session

from app.platform.uow import Snapshot
from app.settings import Settings


@contextmanager
def planted(app: Flask, statements: Sequence[str]) -> Iterator[Snapshot]:
    """Yield the database as it would stand with the faults in it; nothing of it is kept.

    What would refuse them (triggers, checks, foreign keys) is out of force for that long. Each
    statement must change something.
    """
    settings: Settings = app.config["TROVE_SETTINGS"]
    engine = create_engine(settings.database)
    if settings.on_sqlite:
        event.listen(engine, "connect", _sqlite_own_transactions)
        event.listen(engine, "begin", _begin)
    try:
        with engine.connect() as connection:
            _disarm(connection)
            for statement in statements:
                changed = connection.execute(text(statement)).rowcount
                assert changed > 0, f"changed nothing: {statement}"
            with Session(connection, autoflush=False) as session:
                yield Snapshot(lambda: session)
            connection.rollback()
    finally:
        engine.dispose()


def _sqlite_own_transactions(raw: Any, _record: Any) -> None:
    # Without this the driver would commit by itself before a DDL statement.
    raw.isolation_level = None
    raw.execute("PRAGMA ignore_check_constraints = ON")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _disarm(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        listed = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        for name in connection.execute(text(listed)).scalars().all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return
    connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    checks = (
        "SELECT conrelid::regclass::text AS name, conname FROM pg_constraint"
        " WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    for row in connection.exec_driver_sql(checks).all():
        connection.exec_driver_sql(f"ALTER TABLE {row.name} DROP CONSTRAINT {row.conname}")
