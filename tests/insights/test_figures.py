"""Dashboards say what the ledger and the touch log say: to the fen, in JSON, CSV and on the page."""

import csv
import io
import random
import sqlite3
from collections.abc import Generator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.kernel.time import day_of, day_start
from tests.insights.books import COLUMNS, Books
from tests.support.trade import buy, drain, refund
from tests.support.traded import Traded

FIGURES = ("orders", "pieces", "net_fen", "refunded_fen", "kept_fen", "commission_fen")
BYS = ("day", "creator", "note", "product", "merchant")
Asked = dict[str, str]


@pytest.fixture
def books(traded: Traded) -> Generator[Books]:
    made = Books(traded.file)
    yield made
    made.close()


@pytest.fixture
def member(app: Flask, traded: Traded) -> FlaskClient:
    """Somebody who belongs to every brand."""
    client = app.test_client()
    client.set_cookie("session", traded.trade.sessions["keeper"])
    return client


def filters(books: Books, *, seed: int, number: int) -> list[Asked]:
    """Return random filters, each round something that happened; every third round a refund."""
    dice = random.Random(seed)
    facts = books.facts()
    made = []
    refunds = [fact for fact in facts if fact["refunded"]]
    for place in range(number):
        fact = dice.choice(facts if place % 3 else refunds)
        dates = dice.choice(("event", "order"))
        day = date.fromisoformat(fact[f"{dates}_day"])
        first = day - timedelta(days=dice.choice((0, 1, 6, 29)))
        asked = {
            "brand_id": fact["brand_id"],
            "dates": dates,
            "from_on": str(first),
            "to_on": str(day + timedelta(days=dice.choice((0, 6, 29)))),
        }
        for name in COLUMNS:
            if fact[name] and dice.random() < 0.3:
                asked[name] = fact[name]
        made.append(asked)
    return made


def whole(books: Books) -> list[Asked]:
    """Return, for each brand and both views, the filter of all days."""
    facts = books.facts()
    days = [fact[name] for fact in facts for name in ("event_day", "order_day")]
    return [
        {"brand_id": brand, "dates": dates, "from_on": min(days), "to_on": max(days)}
        for brand in sorted({fact["brand_id"] for fact in facts})
        for dates in ("event", "order")
    ]


def answer(client: FlaskClient, asked: Asked, by: str) -> dict:
    query = {name: value for name, value in asked.items() if name != "brand_id"}
    path = f"/api/v1/brands/{asked['brand_id']}/insights"
    found = client.get(path, query_string={**query, "by": by})
    assert found.status_code == 200, found.text
    return found.get_json()


def sums(figures: dict) -> tuple[int, ...]:
    return tuple(figures[name] for name in FIGURES)


def wrong(client: FlaskClient, books: Books, asked: Asked, by: str) -> list[str]:
    """Return what a dashboard says otherwise than the books."""
    said = answer(client, asked, by)
    rows = {row["key"]: sums(row["figures"]) for row in said["rows"]}
    expected = books.rows(asked, by)
    if by == "day":
        expected = {key: expected.get(key, (0,) * 6) for key in rows} | expected
    pairs = {
        "total": (sums(said["total"]), books.total(asked)),
        "opens": (said["opens"], books.touched(asked, "open")),
        "taps": (said["taps"], books.touched(asked, "tag_click")),
        "rows": (rows, expected),
    }
    return [f"{name}: {have} ≠ {must}" for name, (have, must) in pairs.items() if have != must]


def test_twenty_random_filters_are_equal_to_the_books(member: FlaskClient, books: Books):
    asked = filters(books, seed=20, number=20)
    dice = random.Random(1)

    found = {str(one): wrong(member, books, one, dice.choice(BYS)) for one in asked}

    assert {one: faults for one, faults in found.items() if faults} == {}
    totals = [books.total(one) for one in asked]
    assert sum(any(total) for total in totals) >= 15
    assert sum(total[3] > 0 for total in totals) >= 5
    assert {one["dates"] for one in asked} == {"event", "order"}
    assert len({one["brand_id"] for one in asked}) == 3
    assert all(any(name in one for one in asked) for name in COLUMNS)


def test_all_days_are_equal_by_every_grouping_and_both_views_agree(
    member: FlaskClient, books: Books
):
    for asked in whole(books):
        for by in BYS:
            assert wrong(member, books, asked, by) == []
        rows = answer(member, asked, "merchant")["rows"]
        total = answer(member, asked, "merchant")["total"]
        assert [sum(row["figures"][name] for row in rows) for name in FIGURES[1:]] == [
            total[name] for name in FIGURES[1:]
        ]
    by_brand: dict[str, set[tuple[int, ...]]] = {}
    for asked in whole(books):
        by_brand.setdefault(asked["brand_id"], set()).add(books.total(asked))
    assert [len(views) for views in by_brand.values()] == [1, 1, 1]
    assert (
        len({row["key"] for one in whole(books) for row in answer(member, one, "merchant")["rows"]})
        == 3
    )


def test_commission_by_creator_is_what_the_ledger_moved_to_them(member: FlaskClient, books: Books):
    earned: dict[str, int] = {}
    for asked in whole(books)[::2]:
        for row in answer(member, asked, "creator")["rows"]:
            if row["key"]:
                earned[row["key"]] = earned.get(row["key"], 0) + row["figures"]["commission_fen"]

    turned = books.connection.execute("SELECT count(*) FROM fact WHERE net < 0").fetchone()
    assert turned[0] > 0
    stands = books.connection.execute(
        "SELECT substr(account, 9, 30), sum(amount_fen) FROM ledger_balance"
        " WHERE account LIKE 'creator:%' GROUP BY 1 HAVING sum(amount_fen)"
    )
    assert {key: fen for key, fen in earned.items() if fen} == dict(stands)


ONE = "rowid = (SELECT min(rowid) FROM insights_change WHERE {})"


@pytest.mark.parametrize(
    "fault",
    [
        "UPDATE insights_change SET net_fen = net_fen + 1 WHERE " + ONE.format("net_fen > 0"),
        "UPDATE insights_change SET commission_fen = commission_fen - 1 WHERE "
        + ONE.format("commission_fen < 0"),
        "UPDATE insights_change SET day = date(day, '+1 day') WHERE " + ONE.format("pieces > 0"),
        "DELETE FROM insights_change WHERE " + ONE.format("refunded_fen > 0"),
        (
            "UPDATE insights_touch_day SET of_brand = of_brand + 1 WHERE rowid ="
            " (SELECT min(rowid) FROM insights_touch_day WHERE kind = 'open')"
        ),
    ],
)
def test_a_planted_fault_is_found(member: FlaskClient, books: Books, traded: Traded, fault: str):
    with sqlite3.connect(traded.file) as connection:
        assert connection.execute(fault).rowcount > 0
    connection.close()

    found = [fault for asked in whole(books) for fault in wrong(member, books, asked, "day")]

    assert found != []


def test_an_event_that_never_came_is_found(member: FlaskClient, traded: Traded):
    trade = traded.trade
    order = buy(trade, "wen", [(trade.products[0], 1)], at=trade.at(minutes=5))
    with sqlite3.connect(traded.file) as connection:
        connection.execute("UPDATE platform_outbox SET fanned_at = at WHERE fanned_at IS NULL")
    connection.close()
    drain()
    books = Books(traded.file)

    found = [fault for asked in whole(books) for fault in wrong(member, books, asked, "product")]

    books.close()
    assert len(order) == 1
    assert found != []


def test_days_are_those_of_shanghai(member: FlaskClient, traded: Traded):
    trade = traded.trade
    product, brand = trade.products[7], trade.brands[0]
    midnight = day_start(day_of(trade.at(days=3)))
    for minutes, pieces in ((-3, 5), (1, 7)):
        buy(trade, "wen", [(product, pieces)], at=midnight + timedelta(minutes=minutes))
    late = buy(trade, "wen", [(product, 11)], at=midnight - timedelta(minutes=1))
    refund(trade, late[0], fen=100, at=midnight + timedelta(days=1, hours=23, minutes=50))
    drain()
    days = [day_of(midnight) + timedelta(days=step) for step in (-1, 0, 1)]
    asked = {
        "brand_id": brand,
        "product_id": product,
        "from_on": str(days[0]),
        "to_on": str(days[2]),
    }
    books = Books(traded.file)

    seen = {
        dates: {
            row["key"]: (row["figures"]["pieces"], row["figures"]["refunded_fen"])
            for row in answer(member, {**asked, "dates": dates}, "day")["rows"]
        }
        for dates in ("event", "order")
    }
    before = {
        dates: {day: row[1] for day, row in books.rows({**asked, "dates": dates}, "day").items()}
        for dates in ("event", "order")
    }
    books.close()

    # Paid two minutes after it was placed: on the next day, for the last one.
    first, second, third = (str(day) for day in days)
    assert seen["event"][first][0] >= 5
    assert seen["event"][second][0] >= 18
    assert seen["event"][third][1] >= 100
    assert seen["order"][first][0] - seen["event"][first][0] == 11
    assert {day: pieces for day, (pieces, _) in seen["event"].items() if pieces} == {
        day: pieces for day, pieces in before["event"].items() if pieces
    }
    assert seen["order"][third][1] < seen["event"][third][1]


def test_the_csv_is_the_json_and_no_cell_of_it_is_a_formula(member: FlaskClient, books: Books):
    cells = []
    for asked in (*filters(books, seed=3, number=3), *whole(books)[:2]):
        for by in BYS:
            said = answer(member, asked, by)
            query = {name: value for name, value in asked.items() if name != "brand_id"}
            path = f"/api/v1/brands/{asked['brand_id']}/insights.csv"
            answered = member.get(path, query_string={**query, "by": by})
            assert answered.content_type == "text/csv; charset=utf-8"
            rows = list(csv.DictReader(io.StringIO(answered.text)))
            assert [tuple(int(row[name]) for name in FIGURES) for row in rows] == [
                sums(row["figures"]) for row in said["rows"]
            ]
            assert [row["key"] for row in rows] == [row["key"] or "" for row in said["rows"]]
            assert [row["label"].removeprefix("'") for row in rows] == [
                row["label"] for row in said["rows"]
            ]
            cells += [row["label"] for row in rows]
    assert {"'=1+1", "'+86 138", '好物 "分享"', "a, b"} <= set(cells)
    assert any(cell.startswith("'@thing") for cell in cells)
    assert not [cell for cell in cells if cell[:1] in set("=+-@\t\r")]
