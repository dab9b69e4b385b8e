"""What only grows refuses every change, in databases made either way."""

import sqlite3
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from app import factory
from app.cli import database
from app.platform.append_only import REGISTERED
from app.platform.db import Base, engine_options, prepare
from app.settings import Settings

factory.load_models()

TABLES = sorted(REGISTERED)


def test_the_facts_of_money_credit_consent_and_stock_are_among_them() -> None:
    assert set(TABLES) >= {
        "accounts_creator_switch",
        "attribution_receipt",
        "catalogue_stock_move",
        "ledger_entry",
        "ledger_move",
        "orders_step",
        "programmes_terms",
        "touches_link",
        "touches_touch",
    }


@pytest.fixture(scope="module", params=["models", "migrations"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a database made by the models, or by the migrations."""
    folder = tmp_path_factory.mktemp("made")
    settings = Settings(_env_file=None, data_dir=folder)
    if request.param == "migrations":
        database.migrate(settings, tell=lambda _text: None)
    else:
        engine = create_engine(settings.database)
        Base.metadata.create_all(engine)
        engine.dispose()
    return settings.database_path


@pytest.fixture
def connection(file: Path) -> Generator[sqlite3.Connection]:
    """Yield a connection as the application's own, whose work is rolled back."""
    url = f"sqlite:///{file}"
    engine = create_engine(url, **engine_options(url, write=True))
    prepare(engine, write=True)
    raw = engine.raw_connection()
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("BEGIN")
    yield raw.driver_connection
    raw.rollback()
    raw.close()
    engine.dispose()


def fill(connection: sqlite3.Connection, name: str) -> None:
    """Write a row of ``name``; that it makes no sense is no matter to a trigger."""
    columns = connection.execute(f"PRAGMA table_info({name})").fetchall()
    values = ["x" if kind.startswith(("VARCHAR", "TEXT")) else 1 for _, _, kind, *_ in columns]
    marks = ", ".join("?" * len(values))
    connection.execute("PRAGMA ignore_check_constraints=ON")
    connection.execute(f"INSERT INTO {name} VALUES ({marks})", values)


@pytest.mark.parametrize("name", TABLES)
def test_no_column_of_a_row_can_be_changed(connection: sqlite3.Connection, name: str) -> None:
    fill(connection, name)
    for column in Base.metadata.tables[name].columns:
        change = f"UPDATE {name} SET {column.name} = {column.name}"
        if column.name in REGISTERED[name]:
            connection.execute(change)
        else:
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(change)


@pytest.mark.parametrize("name", TABLES)
def test_no_row_can_be_deleted_or_replaced(connection: sqlite3.Connection, name: str) -> None:
    fill(connection, name)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(f"DELETE FROM {name}")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}")

    with closing(connection.execute(f"SELECT count(*) FROM {name}")) as counted:
        assert counted.fetchone() == (1,)
