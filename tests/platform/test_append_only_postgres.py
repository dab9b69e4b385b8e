"""What only grows refuses every change on PostgreSQL too, in databases made either way."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, inspect, text
from sqlalchemy.exc import IntegrityError

from app import factory
from app.cli import database
from app.platform.append_only import REGISTERED
from app.platform.db import Base
from app.settings import Settings
from tests.support.engines import fresh_database

factory.load_models()

pytestmark = pytest.mark.service

TABLES = sorted(REGISTERED)


@pytest.fixture(scope="module", params=["models", "migrations"])
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Engine]:
    """Yield a database made by the models, or by the migrations."""
    folder: Path = tmp_path_factory.mktemp("made")
    with fresh_database(bare=True) as url:
        settings = Settings(_env_file=None, data_dir=folder, database_url=url)
        engine = create_engine(settings.database)
        if request.param == "migrations":
            database.migrate(settings, tell=lambda _text: None)
        else:
            Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


@contextmanager
def filled(engine: Engine, name: str) -> Generator[Connection]:
    """Yield a connection that sees a row of ``name``; that it makes no sense is no matter."""
    with engine.connect() as connection, connection.begin() as work:
        seen = inspect(connection)
        for check in seen.get_check_constraints(name):
            connection.execute(text(f"ALTER TABLE {name} DROP CONSTRAINT {check['name']}"))
        values = []
        for column in seen.get_columns(name):
            kind = column["type"].python_type
            values.append({str: "'x'", bool: "true", dict: "'{}'", bytes: "'x'"}.get(kind, "1"))
        # As a replica it asks for no rows of other tables; as itself its triggers hold again.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text(f"INSERT INTO {name} VALUES ({', '.join(values)})"))
        connection.execute(text("SET LOCAL session_replication_role = origin"))
        yield connection
        work.rollback()


def refused(connection: Connection, statement: str) -> bool:
    """Tell whether ``statement`` is refused as a change of what only grows."""
    try:
        with connection.begin_nested():
            connection.execute(text(statement))
    except IntegrityError as error:
        return "append-only" in str(error)
    return False


@pytest.mark.parametrize("name", TABLES)
def test_no_column_of_a_row_can_be_changed(engine: Engine, name: str) -> None:
    with filled(engine, name) as connection:
        for column in Base.metadata.tables[name].columns:
            change = f"UPDATE {name} SET {column.name} = {column.name}"
            assert refused(connection, change) is (column.name not in REGISTERED[name]), change


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("way", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_no_row_can_be_removed(engine: Engine, name: str, way: str) -> None:
    with filled(engine, name) as connection:
        assert refused(connection, way.format(name))
        assert connection.scalar(text(f"SELECT count(*) FROM {name}")) == 1


def test_what_holds_the_facts_cannot_be_emptied_by_way_of_another_table(engine: Engine) -> None:
    with filled(engine, "orders_step") as connection:
        assert refused(connection, "TRUNCATE orders_order CASCADE")
