"""`trove move` takes everything along, or says why not and leaves all as it was."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from app.cli.demo.notes import NOTES
from app.content.rules import TITLE_MAX
from app.platform.db import Base
from app.platform.uow import Snapshot, snapshot
from app.settings import Settings
from media import open_store
from tests.support.engines import every_row, fresh_bucket, fresh_database
from tests.support.terminal import Said, run
from tests.support.town import open_shop, place, publish, stock_thing

pytestmark = pytest.mark.service


@pytest.fixture
def database_url() -> str:
    """The installation that is to grow has a file, whatever the mode."""
    return ""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of a small installation: everything in its folder."""
    return settings.model_copy(update={"media_url": "", "search_url": "memory:", "redis_url": ""})


@pytest.fixture
def lived(app: Flask, sign_up: Any, drain: Any) -> Flask:
    """An installation with people, pictures, goods and an order, at this code's revision."""
    from app.cli import database

    ann, bob = sign_up("ann", creator=True), sign_up("bob")
    thing = stock_thing(open_shop(sign_up("cat"), "teashop"))
    publish(ann, thing, body="#tea", color="red")
    place(bob, {thing: 2})
    drain()
    file = create_engine(app.config["TROVE_SETTINGS"].database)
    with file.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num TEXT)"))
        head = {"head": database.head()}
        connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), head)
    file.dispose()
    return app


def _move(app: Flask, *words: str) -> Said:
    settings: Settings = app.config["TROVE_SETTINGS"]
    environment = {
        "TROVE_DATA_DIR": str(settings.data_dir),
        "TROVE_SEARCH_URL": "memory:",
        "TROVE_TESTING": "true",
        "TROVE_PAYMENT": "none",
    }
    return run(environment, "move", *words)


def _rows(url: str) -> list[tuple[object, ...]]:
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
    with Session(engine) as session:
        found = every_row(Snapshot(lambda: session))
    engine.dispose()
    return found


def test_the_database_is_the_same_afterwards_and_goes_on_counting(lived: Flask) -> None:
    with snapshot() as view:
        before = every_row(view)
    with fresh_database(bare=True) as url:
        done = _move(lived, "database", url)

        assert done.code == 0, done.told
        assert _rows(url) == before
        assert len(before) > 50
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
        with engine.connect() as connection:
            for table in Base.metadata.sorted_tables:
                column = table.autoincrement_column
                if column is None or column.type.python_type is not int:
                    continue
                name = f"pg_get_serial_sequence('{table.name}', '{column.name}')"
                used = connection.scalar(select(func.max(column)))
                if used is not None:
                    assert connection.scalar(text(f"SELECT nextval({name})")) == used + 1
        engine.dispose()


def test_one_that_has_rows_is_left_alone(lived: Flask) -> None:
    with fresh_database(bare=True) as url:
        assert _move(lived, "database", url).code == 0
        before = _rows(url)

        again = _move(lived, "database", url)

        assert again.code == 1
        assert "empty database" in again.told
        assert _rows(url) == before


def test_a_row_that_does_not_fit_is_told_without_what_is_in_it(lived: Flask) -> None:
    file = create_engine(lived.config["TROVE_SETTINGS"].database)
    with file.begin() as connection:
        # As a file of old has it; those of the tests are held to lengths.
        connection.execute(text("DROP TRIGGER held_update_content_note"))
        connection.execute(text("UPDATE content_note SET title = :long"), {"long": "secret" * 9})
    file.dispose()
    with fresh_database(bare=True) as url:
        done = _move(lived, "database", url)

        assert done.code == 1
        assert "content_note" in done.told
        assert "nothing was moved" in done.told
        assert "secret" not in done.told
        assert _rows(url) == []


def test_pictures_are_the_same_in_the_bucket(lived: Flask) -> None:
    url = fresh_bucket()

    done = _move(lived, "pictures", url)

    assert done.code == 0, done.told
    folder: Path = lived.config["TROVE_SETTINGS"].data_dir / "media"
    kept = {str(path.relative_to(folder)): path.read_bytes() for path in folder.glob("*/*/*.webp")}
    assert kept
    bucket = open_store(url)
    assert {key: bucket.open(key).read() for key in kept} == kept  # type: ignore[arg-type] # keys are paths


def test_the_demo_fits_what_the_site_takes() -> None:
    assert [words.title for words in NOTES if len(words.title) > TITLE_MAX] == []
