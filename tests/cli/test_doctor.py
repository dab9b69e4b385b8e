"""`trove doctor` tells which database it is, of which version, and how late events are."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from app.cli import database
from app.settings import Settings
from tests.support.engines import fresh_database
from tests.support.terminal import run
from tests.support.traded import copy_traded

HOUR_US = 3_600_000_000
NOBODY = "postgresql://trove@127.0.0.1:1/trove"


def checks(folder: Path, **more: str) -> dict[str, dict[str, object]]:
    """Return what it finds, by the name of the check."""
    environment = {
        "TROVE_DATA_DIR": str(folder),
        "TROVE_SEARCH_URL": "memory:",
        "TROVE_TESTING": "true",
        "TROVE_PAYMENT": "none",
        **more,
    }
    found = json.loads(run(environment, "doctor", "--json").out)
    return {one["check"]: one for one in found}


def migrated(folder: Path, url: str = "") -> Settings:
    """Return the settings of a new database."""
    settings = Settings(_env_file=None, data_dir=folder, database_url=url)
    database.migrate(settings, tell=lambda _text: None)
    return settings


def test_it_names_the_file_and_its_version(tmp_path: Path) -> None:
    migrated(tmp_path)

    found = checks(tmp_path)

    assert str(found["database"]["found"]).startswith("SQLite 3.")
    assert f"at {database.head()}" in str(found["database"]["found"])
    assert found["events"]["found"] == "0 waiting, the oldest for 0 s, 0 parked"


def test_events_that_wait_for_long_are_told_with_the_mend(tmp_path: Path) -> None:
    settings = migrated(tmp_path)
    engine = create_engine(settings.database)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO platform_outbox (event_id, topic, key, body, at) VALUES ('event_1',"
                " 't', 'k', '{}', CAST(strftime('%s') AS INTEGER) * 1000000 - :hour)"
            ),
            {"hour": HOUR_US},
        )
    engine.dispose()

    events = checks(tmp_path)["events"]

    assert events["ok"] is False
    assert str(events["found"]).startswith("1 waiting, the oldest for 36")
    assert "worker" in str(events["mend"])


@pytest.mark.service
def test_it_names_postgresql_and_its_version(tmp_path: Path) -> None:
    with fresh_database(bare=True) as url:
        migrated(tmp_path, url)

        found = checks(tmp_path, TROVE_DATABASE_URL=url)

    assert found["database"]["ok"] is True
    assert str(found["database"]["found"]).startswith("PostgreSQL 1")
    assert "integrity" not in found


def test_a_database_that_is_away_is_told_with_the_mend(tmp_path: Path) -> None:
    found = checks(tmp_path, TROVE_DATABASE_URL=NOBODY)

    assert found["database"]["ok"] is False
    assert "refused" in str(found["database"]["found"])
    assert "TROVE_DATABASE_URL" in str(found["database"]["mend"])


def test_deep_it_holds_all_rows_to_their_rules_and_names_what_breaks_them(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    traded = copy_traded(tmp_path_factory.getbasetemp(), tmp_path / "data")
    told = tmp_path / "told"
    told.write_text(json.dumps({"id": traded.trade.orders[0]}) + '\n{"id": "order_none"}\n')

    def rules(*words: str) -> dict[str, list[bool]]:
        said = run(traded.environment, "doctor", "--deep", *words, "--json")
        found: dict[str, list[bool]] = {}
        for one in json.loads(said.out):
            found.setdefault(one["check"], []).append(one["ok"])
        return found

    well = rules()
    # The town was made with engines in memory: of its bytes and its index nothing is left.
    lacking = {name for name, oks in well.items() if not all(oks)}
    assert lacking <= {"I33", "I34", "front-end"}
    assert {"I33", "I34"} <= lacking
    assert len([name for name in well if name.startswith("I")]) == 29
    with closing(sqlite3.connect(traded.file)) as connection, connection:
        connection.execute("UPDATE ledger_balance SET amount_fen = amount_fen + 1")

    broken = rules("--told", str(told))

    assert {name for name, oks in broken.items() if not all(oks)} - lacking == {
        "ledger",
        "I04",
        "I12",
    }
