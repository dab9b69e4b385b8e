"""Importing: all or nothing, only what changed, and what was sold stays sold."""

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
from app.catalogue.models import ImportedRow, ProductRow, SkuRow, StockMoveRow
from app.kernel.ids import OrderId, mint
from app.platform.outbox import OutboxRow
from app.platform.uow import snapshot, unit_of_work
from tests.support.shared_data import shared_data

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"
MAPS = HERE.parent / "support" / "maps"
HEAD = "sku,name,brand,price,stock\n"
GOOD = "A-1,Lamp,Halde,19.90,5\n"


@pytest.fixture(autouse=True)
def laojie(app: Flask) -> str:
    """A merchant to import for."""
    del app
    with unit_of_work() as uow:
        return catalogue.add_merchant(uow, handle="laojie", name="老街")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file to import."""

    def run(body: str | bytes, name: str = "goods.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        return path

    return run


def _import(path: Path, **more: Any) -> catalogue.Report:
    more = {"columns": catalogue.ColumnMap(), "merchant": "laojie", **more}
    return catalogue.import_products(path, **more)


def _state() -> dict[str, tuple[Any, ...]]:
    """Return what is sold, by SKU code."""
    with snapshot() as view:
        found = catalogue.products(view, product_ids=catalogue.all_product_ids(view))
    return {
        sku.code: (one.name, one.brand_name, sku.price_fen, sku.on_hand, one.category_path)
        for one in found.values()
        for sku in one.skus
    }


def _counts() -> tuple[int, ...]:
    with snapshot() as view:
        return tuple(
            int(view.value(select(func.count()).select_from(table)))
            for table in (ProductRow, SkuRow, StockMoveRow, ImportedRow, OutboxRow)
        )


def test_a_sample_in_csv() -> None:
    report = _import(SAMPLES / "shop.csv")

    assert (report.rows, report.products, report.added, report.brands_added) == (4, 3, 3, 2)
    assert _state() == {
        "LAMP-1": ("Brass desk lamp", "Halde", 19_900, 12, ("Home", "Light")),
        "LAMP-2": ("小夜灯", "Halde", 129_950, 3, ("Home", "Light")),
        "MUG-1": ("手作陶杯（大）", "山月", 8_800, 35, ("家居", "餐具")),
    }
    with snapshot() as view:
        found = catalogue.products(view, product_ids=catalogue.all_product_ids(view))
    lamp = next(one for one in found.values() if one.name == "Brass desk lamp")
    assert lamp.description == "Warm light,\nno flicker"
    assert lamp.picture_urls == ("https://pictures.example/lamp.jpg",)
    assert lamp.picture is None
    assert lamp.attributes == {"color": "brass"}


def test_a_sample_in_json_lines_by_a_map() -> None:
    columns = catalogue.read_map(SAMPLES / "map.toml")

    report = _import(SAMPLES / "shop.jsonl", columns=columns, merchant=None)

    assert report.added == 2
    assert _state() == {
        "LAMP-1": ("Brass desk lamp", "Halde", 19_900, 12, ("Home", "Light")),
        "MUG-1": ("手作陶杯", "山月", 6_800, 40, ()),
    }


@pytest.mark.parametrize("twice", ["same file", "gzipped", "semicolons", "other order"])
def test_a_second_run_changes_nothing(twice: str, write: Callable[..., Path]) -> None:
    body = HEAD + GOOD + "B-1,杯,山月,5,1\n"
    _import(write(body))
    before = _counts()
    again = {
        "same file": lambda: write(body),
        "gzipped": lambda: write(gzip.compress(body.encode()), "goods.csv.gz"),
        "semicolons": lambda: write("\ufeff" + body.replace(",", ";").replace("\n", "\r\n")),
        "other order": lambda: write(
            "stock,price,brand,name,sku\n1,5.00,山月,杯,B-1\n5,19.9,Halde,Lamp,A-1\n"
        ),
    }[twice]()

    report = _import(again)

    assert (report.added, report.changed, report.unchanged) == (0, 0, 2)
    assert _counts() == before


def test_only_what_changed_is_written_and_told(write: Callable[..., Path]) -> None:
    _import(write(HEAD + GOOD + "B-1,杯,山月,5,1\n"))
    before = _counts()

    report = _import(write(HEAD + GOOD + "B-1,杯,山月,6,1\n"))

    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert _state()["B-1"][2] == 600
    products, skus, moves, imported, told = _counts()
    assert (products, skus, moves, imported, told) == (*before[:4], before[4] + 1)


def test_what_was_sold_stays_sold(write: Callable[..., Path]) -> None:
    _import(write(HEAD + GOOD))
    _sell("A-1", 2)

    assert _import(write(HEAD + GOOD)).unchanged == 1
    assert _state()["A-1"][3] == 3

    _import(write(HEAD + GOOD.replace(",5\n", ",9\n")))
    assert _state()["A-1"][3] == 7

    _import(write(HEAD + GOOD))
    assert _state()["A-1"][3] == 3


def test_stock_never_falls_below_what_is_promised(write: Callable[..., Path]) -> None:
    _import(write(HEAD + GOOD))
    with unit_of_work() as uow:
        catalogue.reserve(uow, wants={_sku_id("A-1"): 4}, ref="o1")

    _import(write(HEAD + GOOD.replace(",5\n", ",0\n")))

    assert _state()["A-1"][3] == 4


def test_a_sku_that_was_made_by_hand_is_taken_over(laojie: str, write: Callable[..., Path]) -> None:
    with unit_of_work() as uow:
        brand = catalogue.add_brand(uow, handle="halde", name="Halde")
        draft = catalogue.ProductDraft(brand, "Old", (catalogue.SkuDraft("A-1", "", 100, 50),))
        catalogue.add_product(uow, merchant_id=laojie, draft=draft)

    report = _import(write(HEAD + GOOD))

    assert (report.added, report.changed) == (0, 1)
    assert _state() == {"A-1": ("Lamp", "Halde", 1_990, 5, ())}


def test_a_dry_run_tells_the_same_and_writes_nothing(write: Callable[..., Path]) -> None:
    _import(write(HEAD + GOOD))
    before = _counts()
    news = write(HEAD + GOOD.replace("Lamp", "Light") + "B-1,杯,山月,5,1\n")

    dry = _import(news, dry_run=True)
    assert _counts() == before
    wet = _import(news)

    told = ("rows", "added", "changed", "unchanged", "brands_added")
    assert [getattr(dry, name) for name in told] == [getattr(wet, name) for name in told]
    assert (wet.added, wet.changed, wet.brands_added) == (1, 1, 1)


BAD_ROWS = [
    ("A,Lamp,Halde,0,5", "price", "price-out-of-range"),
    ("A,Lamp,Halde,-1,5", "price", "bad-price"),
    ("A,Lamp,Halde,1.999,5", "price", "bad-price"),
    ("A,Lamp,Halde,1e5,5", "price", "bad-price"),
    ("A,Lamp,Halde,nan,5", "price", "bad-price"),
    ("A,Lamp,Halde,99999999999,5", "price", "price-out-of-range"),
    ("A,Lamp,Halde,,5", "price", "missing"),
    (",Lamp,Halde,1,5", "sku", "missing"),
    (f"{'A' * 65},Lamp,Halde,1,5", "sku", "too-long"),
    ("A,  ,Halde,1,5", "name", "missing"),
    (f"A,{'n' * 301},Halde,1,5", "name", "too-long"),
    ("A,La\x07mp,Halde,1,5", "name", "bad-characters"),
    ("A,Lamp,,1,5", "brand", "missing"),
    ("A,Lamp,Halde,1,-3", "stock", "bad-stock"),
    ("A,Lamp,Halde,1,2.5", "stock", "bad-stock"),
    ("A,Lamp,Halde,1,many", "stock", "bad-stock"),
    ("A,Lamp,Halde,1", "", "bad-row"),
    ("A,Lamp,Halde,1,5,6", "", "bad-row"),
    ('A,"Lamp,Halde,1,5', "", "bad-row"),
]


@pytest.mark.parametrize(("row", "column", "code"), BAD_ROWS)
def test_a_bad_row_is_named_and_nothing_is_imported(
    row: str, column: str, code: str, write: Callable[..., Path]
) -> None:
    before = _counts()

    report = _import(write(HEAD + GOOD + row + "\n"))

    assert [(one.row, one.column, one.code) for one in report.faults] == [(3, column, code)]
    assert _counts() == before


def test_every_fault_of_every_row_is_told_and_the_list_is_bounded(
    write: Callable[..., Path],
) -> None:
    report = _import(write(HEAD + ",,Halde,x,y\n" + "A,Lamp,Halde,0,1\n" * 200))

    assert [(one.row, one.column) for one in report.faults[:4]] == [
        (2, "sku"),
        (2, "name"),
        (2, "price"),
        (2, "stock"),
    ]
    assert (report.fault_count, len(report.faults)) == (204, 100)


@pytest.mark.parametrize(
    ("line", "column", "code"),
    [
        ('{"sku": "A"', "", "bad-row"),
        ("[1, 2]", "", "bad-row"),
        ('{"sku": "A", "sku": "B"}', "", "bad-row"),
        ('{"sku": "A", "name": "L", "brand": "H", "price": NaN}', "", "bad-row"),
        ('{"sku": "A", "name": "L", "brand": "H", "price": true}', "price", "wrong-kind"),
        ('{"sku": "A", "name": {"en": "L"}, "brand": "H", "price": 1}', "name", "wrong-kind"),
        ('{"sku": "A", "name": "\\ud800", "brand": "H", "price": 1}', "name", "bad-characters"),
        ('{"sku": "A", "name": "L", "brand": "H", "price": 1, "w": 2}', "", "bad-row"),
        (
            '{"sku": "A", "name": "L", "brand": "H", "price": 1, "pictures": ["ftp://x"]}',
            "pictures",
            "bad-url",
        ),
        (
            '{"sku": "A", "name": "L", "brand": "H", "price": 1, "attributes": {"a": [1]}}',
            "attributes",
            "bad-attribute",
        ),
        ("[" * 5000 + "]" * 5000, "", "bad-row"),
    ],
)
def test_a_bad_line_of_json(line: str, column: str, code: str, write: Callable[..., Path]) -> None:
    good = {"sku": "G", "name": "L", "brand": "H", "price": 1}

    report = _import(write(json.dumps(good) + "\n" + line + "\n", "goods.jsonl"))

    found = {(one.row, one.column, one.code) for one in report.faults}
    assert found >= {(2, column, code)}
    assert _state() == {}


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (b"", "goods.csv", "empty"),
        (b"\n\n", "goods.jsonl", "empty"),
        (b"sku,name\n", "goods.txt", "neither"),
        ((HEAD + "A,灯,H,1,1").encode("gb18030"), "goods.csv", "UTF-8"),
        ((HEAD + GOOD).encode("utf-16"), "goods.csv", "UTF-8"),
        ((HEAD + "A,L\0,H,1,1\n").encode(), "goods.csv", "NUL"),
        (b"sku,name,sku\n", "goods.csv", "twice"),
        (b"sku,,name\n", "goods.csv", "no name"),
        (b"sku,name,brand,price,colour\nA,L,H,1,red\n", "goods.csv", "colour"),
        (b"sku,name,brand\nA,L,H\n", "goods.csv", "price"),
        (b"not gzip at all", "goods.csv.gz", "unpacked"),
        (gzip.compress((HEAD + GOOD).encode())[:-9], "goods.csv.gz", "unpacked"),
        (b"x" * (2 << 20), "goods.csv", "longer"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    body: bytes, name: str, words: str, write: Callable[..., Path]
) -> None:
    with pytest.raises(catalogue.FileRefused, match=words):
        _import(write(body, name))
    assert _state() == {}


def test_an_unknown_merchant_is_named_with_its_first_row(write: Callable[..., Path]) -> None:
    body = HEAD.replace("stock", "merchant") + "A,L,H,1,laojie\nB,L,H,1,nobody\n"

    report = _import(write(body), merchant=None)

    assert [(one.row, one.column, one.code) for one in report.faults] == [
        (3, "merchant", "unknown-merchant")
    ]
    assert _state() == {}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("x = 1", "x means nothing"),
        ("[columns]\nweight = 'w'", "no column weight"),
        ("[units]\nprice = 'dollars'", "one of"),
        ("[columns]\nsku = 1", "lines of the kind"),
        ("ignore = 'ean'", "a list"),
        ("[defaults]\nsku = 'A'", "may have"),
        ("[columns", "no TOML"),
    ],
)
def test_a_bad_map_is_refused(body: str, words: str, write: Callable[..., Path]) -> None:
    with pytest.raises(catalogue.FileRefused, match=words):
        catalogue.read_map(write(body, "map.toml"))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), min_size=1, max_size=6))
def test_stock_is_what_was_told_less_what_was_sold(
    write: Callable[..., Path], steps: list[tuple[int, int]]
) -> None:
    code = mint("sku")
    expected, last = 0, 0
    for told, sold in steps:
        _import(write(HEAD + f"{code},Lamp,Halde,19.90,{told}\n"))
        expected, last = max(0, expected + told - last), told
        pieces = min(sold, expected)
        if pieces:
            _sell(code, pieces)
        expected -= pieces

    assert _state()[code][3] == expected
    with snapshot() as view:
        moves = select(func.sum(StockMoveRow.on_hand_change))
        assert (view.value(moves.where(StockMoveRow.sku_id == _sku_id(code))) or 0) == expected


KILLED = """
import os, sys
from pathlib import Path
from app.catalogue import api as catalogue
from app.factory import create_app
from app.settings import Settings
app = create_app(Settings(_env_file=None, data_dir=Path(sys.argv[1]), search_url="memory:",
                          media_url="memory:", payment="none"))
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
    data = str(app.config["TROVE_SETTINGS"].data_dir)
    command = [sys.executable, "-c", KILLED, data, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"applied 400\n"
        os.kill(process.pid, signal.SIGKILL)
    assert len(_state()) == 400

    report = _import(path)

    assert (report.added, report.unchanged) == (500, 400)
    assert len(_state()) == 900
    assert {state[3] for state in _state().values()} == {5}


def test_readers_and_buyers_go_on_meanwhile(client: Any, write: Callable[..., Path]) -> None:
    rows = [f"S-{number},Lamp {number},Halde,19.90,5\n" for number in range(600)]
    seen: list[int] = []

    def tell(what: str, done: int, _all: int) -> None:
        if what == "products":
            assert client.get("/api/v1/products").status_code == 200
            with unit_of_work() as uow:
                uow.value(text("SELECT 1"))
            seen.append(done)

    _import(write(HEAD + "".join(rows)), tell=tell)

    assert seen == [200, 400, 600]


def _sku_id(code: str) -> Any:
    with snapshot() as view:
        return view.value(select(SkuRow.id).where(SkuRow.code == code))


def _sell(code: str, pieces: int) -> None:
    order = OrderId(mint("order"))
    with unit_of_work() as uow:
        catalogue.reserve(uow, wants={_sku_id(code): pieces}, ref=order)
        catalogue.sell(uow, ref=order)


def test_the_command_answers_with_what_it_did(tmp_path: Path) -> None:
    data = tmp_path / "data"
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
    _sell("3920564", 4)
    before = _counts()
    again = catalogue.import_products(path, **options)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 19_406)
    assert _counts() == before
    assert _state()["3920564"][2:4] == (4_995, 6)

    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = file.readlines()
    lines[99] = json.dumps({**json.loads(lines[99]), "price": "gratis"}) + "\n"
    lines[4_999] = json.dumps({**json.loads(lines[4_999]), "title": ""}) + "\n"
    broken = catalogue.import_products(write("".join(lines), "broken.jsonl"), **options)
    assert [(one.row, one.column) for one in broken.faults] == [(100, "price"), (5_000, "title")]
    assert _counts() == before
    assert client.get("/api/v1/products").status_code == 200
