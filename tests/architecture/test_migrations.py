"""The migrated database is the one that the models describe, triggers included."""

import contextlib
import re
import sqlite3
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, inspect

from app.cli import database, preflight
from app.factory import load_models
from app.platform.db import Base
from app.settings import Settings
from tests.support.engines import fresh_database


def _shape(path: Path) -> set[str]:
    """Return what a database is made of, a line each: the order of columns is nobody's concern.

    Nor is the length of texts: SQLite holds to none. PostgreSQL's are compared below.
    """
    connection = sqlite3.connect(path)
    rows = connection.execute(
        "SELECT type, name, tbl_name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"
        " AND name <> 'alembic_version'"
    ).fetchall()
    tables = {name for kind, name, _ in rows if kind == "table"}
    columns = {
        f"{table}.{name} {kind.split('(')[0]}{' NOT NULL' if strict else ''}{f' key {key}' if key else ''}"
        for table in tables
        for _, name, kind, strict, _, key in connection.execute(f"PRAGMA table_info({table})")
    }
    connection.close()
    checks = {
        f"{table} check {name}: {said}"
        for table, held in _checks(path, tables).items()
        for name, said in held.items()
    }
    return {f"{kind} {name} of {table}" for kind, name, table in rows} | columns | checks


def _checks(path: Path, tables: set[str]) -> dict[str, dict[str, str]]:
    """Return what each table's constraints hold, by name."""
    engine = create_engine(f"sqlite:///{path}")
    seen = inspect(engine)
    found = {
        table: {
            str(one["name"]): " ".join(one["sqltext"].split())
            for one in seen.get_check_constraints(table)
        }
        for table in sorted(tables)
    }
    engine.dispose()
    return found


def test_a_migrated_database_equals_the_models(tmp_path: Path) -> None:
    load_models()
    settings = Settings(_env_file=None, data_dir=tmp_path / "migrated")
    database.migrate(settings, tell=lambda _text: None)
    made = tmp_path / "made.sqlite"
    engine = create_engine(f"sqlite:///{made}")
    Base.metadata.create_all(engine)
    engine.dispose()

    migrated, described = _shape(settings.database_path), _shape(made)
    assert sorted(described - migrated) == [], "the models have it, no migration makes it"
    assert sorted(migrated - described) == [], "migrations make it, no model has it"


@pytest.mark.service
def test_so_does_one_on_postgresql(tmp_path: Path) -> None:
    load_models()
    with fresh_database(bare=True) as migrated, fresh_database(bare=True) as made:
        settings = Settings(_env_file=None, data_dir=tmp_path, database_url=migrated)
        database.migrate(settings, tell=lambda _text: None)
        engine = create_engine(made.replace("postgresql:", "postgresql+psycopg:", 1))
        Base.metadata.create_all(engine)
        engine.dispose()

        assert _postgres_shape(migrated) == _postgres_shape(made)


def _postgres_shape(url: str) -> dict[str, object]:
    asked = {
        "columns": "SELECT table_name, column_name, data_type, character_maximum_length,"
        " is_nullable FROM information_schema.columns WHERE table_schema = 'public'",
        "checks": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)"
        " FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
        "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
        "numbers": "SELECT sequencename, data_type::text FROM pg_sequences",
        "triggers": "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal",
        "functions": "SELECT proname, prosrc FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace",
    }
    with psycopg.connect(url) as connection:
        return {
            name: sorted(
                " ".join(str(row).split())
                for row in connection.execute(question).fetchall()
                if "alembic_version" not in str(row)
            )
            for name, question in asked.items()
        }


def test_no_constraint_holds_a_parameter_that_was_meant_as_text(tmp_path: Path) -> None:
    load_models()
    engine = create_engine(f"sqlite:///{tmp_path / 'made.sqlite'}")
    Base.metadata.create_all(engine)
    engine.dispose()

    checks = _checks(tmp_path / "made.sqlite", set(Base.metadata.tables))

    assert sum(map(len, checks.values())) >= 40
    assert [
        name for held in checks.values() for name, said in held.items() if re.search("NULL'", said)
    ] == []


def test_migrating_again_does_nothing(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    said: list[str] = []

    database.migrate(settings, tell=said.append)
    database.migrate(settings, tell=said.append)

    assert len(said) == 1
    assert database.revision(settings) == database.head()


def test_it_is_told_in_a_moment_whether_there_is_anything_to_migrate(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    assert not preflight.is_newest(settings)

    database.migrate(settings, tell=lambda _text: None)
    assert preflight.is_newest(settings)

    with contextlib.closing(sqlite3.connect(settings.database_path)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.commit()
    assert not preflight.is_newest(settings)
    settings.database_path.write_bytes(b"no database")
    assert not preflight.is_newest(settings)
