"""Importing: all or nothing, only what changed, and what was sold stays sold."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.catalogue import api as catalogue
from app.platform.uow import snapshot, unit_of_work
from tests.catalogue.importing import (
    GOOD,
    HEAD,
    SAMPLES,
    counts,
    run_import,
    sell,
    sku_id,
    state,
)


def test_a_sample_in_csv() -> None:
    report = run_import(SAMPLES / "shop.csv")

    assert (report.rows, report.products, report.added, report.brands_added) == (4, 3, 3, 2)
    assert state() == {
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

    report = run_import(SAMPLES / "shop.jsonl", columns=columns, merchant=None)

    assert report.added == 2
    assert state() == {
        "LAMP-1": ("Brass desk lamp", "Halde", 19_900, 12, ("Home", "Light")),
        "MUG-1": ("手作陶杯", "山月", 6_800, 40, ()),
    }


@pytest.mark.parametrize("twice", ["same file", "gzipped", "semicolons", "other order"])
def test_a_second_run_changes_nothing(twice: str, write: Callable[..., Path]) -> None:
    body = HEAD + GOOD + "B-1,杯,山月,5,1\n"
    run_import(write(body))
    before = counts()
    again = {
        "same file": lambda: write(body),
        "gzipped": lambda: write(gzip.compress(body.encode()), "goods.csv.gz"),
        "semicolons": lambda: write("\ufeff" + body.replace(",", ";").replace("\n", "\r\n")),
        "other order": lambda: write(
            "stock,price,brand,name,sku\n1,5.00,山月,杯,B-1\n5,19.9,Halde,Lamp,A-1\n"
        ),
    }[twice]()

    report = run_import(again)

    assert (report.added, report.changed, report.unchanged) == (0, 0, 2)
    assert counts() == before


def test_only_what_changed_is_written_and_told(write: Callable[..., Path]) -> None:
    run_import(write(HEAD + GOOD + "B-1,杯,山月,5,1\n"))
    before = counts()

    report = run_import(write(HEAD + GOOD + "B-1,杯,山月,6,1\n"))

    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert state()["B-1"][2] == 600
    products, skus, moves, imported, told = counts()
    assert (products, skus, moves, imported, told) == (*before[:4], before[4] + 1)


def test_what_was_sold_stays_sold(write: Callable[..., Path]) -> None:
    run_import(write(HEAD + GOOD))
    sell("A-1", 2)

    assert run_import(write(HEAD + GOOD)).unchanged == 1
    assert state()["A-1"][3] == 3

    run_import(write(HEAD + GOOD.replace(",5\n", ",9\n")))
    assert state()["A-1"][3] == 7

    run_import(write(HEAD + GOOD))
    assert state()["A-1"][3] == 3


def test_stock_never_falls_below_what_is_promised(write: Callable[..., Path]) -> None:
    run_import(write(HEAD + GOOD))
    with unit_of_work() as uow:
        catalogue.reserve(uow, wants={sku_id("A-1"): 4}, ref="o1")

    run_import(write(HEAD + GOOD.replace(",5\n", ",0\n")))

    assert state()["A-1"][3] == 4


def test_a_sku_that_was_made_by_hand_is_taken_over(laojie: str, write: Callable[..., Path]) -> None:
    with unit_of_work() as uow:
        brand = catalogue.add_brand(uow, handle="halde", name="Halde")
        draft = catalogue.ProductDraft(brand, "Old", (catalogue.SkuDraft("A-1", "", 100, 50),))
        catalogue.add_product(uow, merchant_id=laojie, draft=draft)

    report = run_import(write(HEAD + GOOD))

    assert (report.added, report.changed) == (0, 1)
    assert state() == {"A-1": ("Lamp", "Halde", 1_990, 5, ())}


def test_anothers_sku_of_the_same_code_stays_theirs(
    laojie: str, write: Callable[..., Path]
) -> None:
    with unit_of_work() as uow:
        other = catalogue.add_merchant(uow, handle="potshop", name="Pots")
    run_import(write(HEAD + GOOD))

    report = run_import(write(HEAD + "A-1,Mine now,Halde,1,0\n"), merchant="potshop")

    assert (report.added, report.changed) == (1, 0)
    with snapshot() as view:
        found = catalogue.products(view, product_ids=catalogue.all_product_ids(view))
    sold = {one.merchant_id: (one.name, one.skus[0].price_fen) for one in found.values()}
    assert sold == {laojie: ("Lamp", 1_990), other: ("Mine now", 100)}


def test_a_dry_run_tells_the_same_and_writes_nothing(write: Callable[..., Path]) -> None:
    run_import(write(HEAD + GOOD))
    before = counts()
    news = write(HEAD + GOOD.replace("Lamp", "Light") + "B-1,杯,山月,5,1\n")

    dry = run_import(news, dry_run=True)
    assert counts() == before
    wet = run_import(news)

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
    before = counts()

    report = run_import(write(HEAD + GOOD + row + "\n"))

    assert [(one.row, one.column, one.code) for one in report.faults] == [(3, column, code)]
    assert counts() == before


def test_every_fault_of_every_row_is_told_and_the_list_is_bounded(
    write: Callable[..., Path],
) -> None:
    report = run_import(write(HEAD + ",,Halde,x,y\n" + "A,Lamp,Halde,0,1\n" * 200))

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

    report = run_import(write(json.dumps(good) + "\n" + line + "\n", "goods.jsonl"))

    found = {(one.row, one.column, one.code) for one in report.faults}
    assert found >= {(2, column, code)}
    assert state() == {}


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
        (gzip.compress((HEAD + GOOD).encode(), mtime=0)[:-9], "goods.csv.gz", "unpacked"),
        (b"x" * (2 << 20), "goods.csv", "longer"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(
    body: bytes, name: str, words: str, write: Callable[..., Path]
) -> None:
    with pytest.raises(catalogue.FileRefused, match=words):
        run_import(write(body, name))
    assert state() == {}


def test_an_unknown_merchant_is_named_with_its_first_row(write: Callable[..., Path]) -> None:
    body = HEAD.replace("stock", "merchant") + "A,L,H,1,laojie\nB,L,H,1,nobody\n"

    report = run_import(write(body), merchant=None)

    assert [(one.row, one.column, one.code) for one in report.faults] == [
        (3, "merchant", "unknown-merchant")
    ]
    assert state() == {}


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
