"""Importing beside a living site: sales, kills, readers, the command, a real catalogue."""

import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from app.catalogue import api as catalogue
from app.catalogue.models import StockMoveRow
from app.kernel.ids import mint
from app.platform.uow import snapshot, unit_of_work
from tests.catalogue.importing import (
    HEAD,
    MAPS,
    SAMPLES,
    counts,
    run_import,
    sell,
    sku_id,
    state,
)
from tests.support.shared_data import shared_data


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=6))
def test_stock_is_what_was_told_less_what_was_sold(
    write: Callable[..., Path], steps: list[tuple[int, int]]
) -> None:
    code = mint("sku")
    expected, last = 0, 0
    for told, sold in steps:
        run_import(write(HEAD + f"{code},Lamp,Halde,19.90,{told}\n"))
        expected, last = max(0, expected + told - last), told
        pieces = min(sold, expected)
        if pieces:
            sell(code, pieces)
        expected -= pieces

    assert state()[code][3] == expected
    with snapshot() as view:
        moves = select(func.sum(StockMoveRow.on_hand_change))
        assert (view.value(moves.where(StockMoveRow.sku_id == sku_id(code))) or 0) == expected


KILLED = """
import os, sys
from pathlib import Path
from app.catalogue import api as catalogue
from app.factory import create_app
from app.settings import Settings
app = create_app(Settings(_env_file=None, data_dir=Path(sys.argv[1]), database_url=sys.argv[3],
                          search_url="memory:", media_url="memory:", payment="none", testing=True))
def tell(what, done, total):
    if what == "products" and done >= 400:
        print("applied", done, flush=True)
        sys.stdin.readline()
with app.app_context():
    catalogue.import_products(Path(sys.argv[2]), columns=catalogue.ColumnMap(),
                              merchant="laojie", tell=tell)
"""


def test_a_killed_import_is_ended_by_the_next(
    app: Flask, write: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [f"S-{number},Lamp {number},Halde,19.90,5\n" for number in range(900)]
    path = write(HEAD + "".join(rows))
    of = app.config["TROVE_SETTINGS"]
    command = [sys.executable, "-c", KILLED, str(of.data_dir), str(path), of.database_url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"applied 400\n"
        os.kill(process.pid, signal.SIGKILL)
    assert len(state()) == 400

    report = run_import(path)

    assert (report.added, report.unchanged) == (500, 400)
    assert len(state()) == 900
    assert {state[3] for state in state().values()} == {5}


def test_readers_and_buyers_go_on_meanwhile(client: Any, write: Callable[..., Path]) -> None:
    rows = [f"S-{number},Lamp {number},Halde,19.90,5\n" for number in range(600)]
    seen: list[int] = []

    def tell(what: str, done: int, _all: int) -> None:
        if what == "products":
            assert client.get("/api/v1/products").status_code == 200
            with unit_of_work() as uow:
                uow.value(text("SELECT 1"))
            seen.append(done)

    run_import(write(HEAD + "".join(rows)), tell=tell)

    assert seen == [200, 400, 600]


@pytest.mark.slow
def test_the_command_answers_with_what_it_did(tmp_path: Path) -> None:
    data = tmp_path / "own"
    assert _trove(data, "migrate").returncode == 0
    assert _trove(data, "merchant", "add", "laojie", "老街").returncode == 0

    done = _trove(
        data, "import", "products", str(SAMPLES / "shop.csv"), "--merchant", "laojie", "--json"
    )
    assert done.returncode == 0
    said = json.loads(done.stdout)
    assert (said["added"], said["errors"]) == (3, [])

    broken = tmp_path / "broken.csv"
    broken.write_text((SAMPLES / "shop.csv").read_text().replace("199.00", "cheap"))
    done = _trove(data, "import", "products", str(broken), "--merchant", "laojie", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["errors"] == [
        {
            "row": 2,
            "column": "price",
            "code": "bad-price",
            "detail": "'cheap' is no price in yuan.",
        }
    ]
    assert "What to do" in done.stderr

    done = _trove(data, "import", "products", str(tmp_path / "none.csv"))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert _trove(data, "import", "products").returncode == 2


def _trove(data: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "app.cli.main", *words]
    environment = {**os.environ, "TROVE_DATA_DIR": str(data), "TROVE_PAYMENT": "none"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_real_catalogue(write: Callable[..., Path], client: Any) -> None:
    """All 19,406 products: again nothing changes; after sales stock is right; two broken rows."""
    path = shared_data("chorus_icecat") / "products.jsonl.gz"
    columns = catalogue.read_map(MAPS / "chorus_icecat.toml")
    options: dict[str, Any] = {"columns": columns, "merchant": "laojie", "stock": 10}

    report = catalogue.import_products(path, **options)
    assert (report.rows, report.products, report.added) == (19_406, 19_406, 19_406)
    sell("3920564", 4)
    before = counts()
    again = catalogue.import_products(path, **options)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 19_406)
    assert counts() == before
    assert state()["3920564"][2:4] == (4_995, 6)

    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.readlines()
    lines[99] = json.dumps({**json.loads(lines[99]), "price": "gratis"}) + "\n"
    lines[4_999] = json.dumps({**json.loads(lines[4_999]), "title": ""}) + "\n"
    broken = catalogue.import_products(write("".join(lines), "broken.jsonl"), **options)
    assert [(one.row, one.column) for one in broken.faults] == [(100, "price"), (5_000, "title")]
    assert counts() == before
    assert client.get("/api/v1/products").status_code == 200
