"""`trove ledger verify`: the rows that were sealed, and the one that was changed since."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.terminal import run
from tests.support.traded import Traded, copy_traded

FAULTS = [
    ("ledger_entry", "UPDATE ledger_entry SET fact = fact || 'x' WHERE seq = 1", "entries seal 1: row 1 was changed"),
    ("ledger_entry", "DELETE FROM ledger_entry WHERE seq = 1", "entries seal 1: row 1 is missing"),
    ("attribution_receipt", "DELETE FROM attribution_receipt WHERE number = 1", "receipts seal 1: row line_"),
]  # fmt: skip


@pytest.fixture
def sealed(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Traded:
    """Return a town with forty days of trade, sealed."""
    traded = copy_traded(tmp_path_factory.getbasetemp(), tmp_path / "data")
    (traded.folder / "demo").write_text("a demo")
    said = run(traded.environment, "demo", "pass", "1d")
    assert said.code == 0, said
    return traded


def test_a_sealed_town_is_clean_and_says_its_newest_seals(sealed: Traded) -> None:
    said = run(sealed.environment, "ledger", "verify", "--json")
    found = json.loads(said.out)

    assert said.code == 0
    assert found["clean"]
    for stream in ("entries", "receipts"):
        # The day that passed released some more, after the sealing.
        assert found[stream]["rows"] > found[stream]["unsealed"]
        assert len(found[stream]["head"]) == 64


@pytest.mark.parametrize(("table", "statement", "named"), FAULTS)
def test_what_was_changed_is_named_and_ends_with_one(
    sealed: Traded, table: str, statement: str, named: str
) -> None:
    with closing(sqlite3.connect(sealed.file)) as rows, rows:
        for kind in ("update", "delete"):
            rows.execute(f"DROP TRIGGER {table}_no_{kind}")
        assert rows.execute(statement).rowcount > 0

    said = run(sealed.environment, "ledger", "verify")
    assert said.code == 1
    assert named in said.out
    assert "What to do: " in said.told

    deep = run(sealed.environment, "doctor", "--deep", "--json")
    broken = {one["check"]: one["found"] for one in json.loads(deep.out) if not one["ok"]}
    assert deep.code == 1
    assert named in broken["I36"]
