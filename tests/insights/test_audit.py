"""`trove insights audit` names what differs from the ledger and the touch log, and mends it."""

import json
import sqlite3
from contextlib import closing

import pytest

from app.platform.uow import unit_of_work
from tests.insights.books import Books
from tests.support.terminal import Said, run
from tests.support.trade import buy, drain, look_at
from tests.support.traded import Traded


def audit(traded: Traded, *words: str) -> tuple[Said, dict]:
    said = run(traded.environment, "insights", "audit", "--json", *words)
    return said, json.loads(said.out)


def plant(traded: Traded, *statements: str) -> None:
    with closing(sqlite3.connect(traded.file)) as connection, connection:
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement


def test_a_month_of_trade_is_clean(traded: Traded):
    said, found = audit(traded)

    assert said.code == 0
    assert (found["clean"], found["differences"], found["waiting"]) == (True, [], 0)
    assert found["lines"] >= 80
    assert found["touches"] >= 200


@pytest.mark.parametrize(
    ("fault", "table", "column", "off"),
    [
        (
            "UPDATE insights_change SET net_fen = net_fen + 1 WHERE rowid = 5",
            "sales",
            "net_fen",
            1,
        ),
        (
            "UPDATE insights_touch_day SET of_note = of_note - 1 WHERE rowid = 5",
            "touches",
            "of_note",
            -1,
        ),
    ],
)
def test_a_row_that_is_off_by_one_is_named_and_mended(
    traded: Traded, fault: str, table: str, column: str, off: int
):
    plant(traded, fault)

    said, found = audit(traded)

    assert said.code == 1
    assert "trove insights audit --mend" in said.told
    (difference,) = found["differences"]
    assert difference["table"] == table
    assert difference["stored"][column] - difference["expected"][column] == off
    told = run(traded.environment, "insights", "audit")
    assert told.code == 1
    assert all(f"{name}={value}" in told.out for name, value in difference["key"].items())

    mended, found = audit(traded, "--mend")

    assert (mended.code, found["mended"], found["clean"]) == (0, True, True)
    assert audit(traded)[0].code == 0


@pytest.mark.parametrize(
    ("fault", "missing"),
    [
        ("DELETE FROM insights_change WHERE refunded_fen > 0", "stored"),
        ("DELETE FROM insights_touch_day WHERE kind = 'save'", "stored"),
        ("UPDATE insights_change SET line_id = 'line_of_nobody' WHERE rowid = 5", "expected"),
    ],
)
def test_rows_that_are_missing_or_should_not_be_are_named(traded: Traded, fault: str, missing: str):
    plant(traded, fault)

    said, found = audit(traded)

    assert said.code == 1
    assert any(one[missing] is None for one in found["differences"])
    assert audit(traded, "--mend")[0].code == 0


@pytest.mark.usefixtures("app")
def test_what_is_on_its_way_is_no_difference_but_what_is_parked_is(traded: Traded):
    trade = traded.trade
    buy(trade, "wen", [(trade.products[0], 1)], at=trade.at(minutes=5))
    look_at(
        trade,
        trade.notes[0],
        at=trade.at(minutes=4),
        kind="open",
        device_id=trade.devices["wen"][0],
        account_id=None,
    )

    said, found = audit(traded)

    assert (said.code, found["differences"]) == (0, [])
    assert found["waiting"] == 2
    plant(traded, "UPDATE platform_outbox SET fanned_at = at WHERE fanned_at IS NULL")
    said, found = audit(traded)
    assert said.code == 1
    assert {one["table"] for one in found["differences"]} == {"sales", "touches"}


@pytest.mark.usefixtures("app")
def test_touches_that_a_rebuild_counted_are_not_counted_again_when_they_come(traded: Traded):
    trade = traded.trade
    for minutes in (5, 4, 3):
        look_at(
            trade,
            trade.notes[0],
            at=trade.at(minutes=minutes),
            kind="open",
            device_id=trade.devices["wen"][0],
            account_id=None,
        )
    plant(traded, "UPDATE insights_touch_day SET touches = touches + 1 WHERE rowid = 5")
    assert audit(traded, "--mend")[0].code == 0

    drain()

    assert audit(traded)[0].code == 0
    with unit_of_work() as uow:
        from app.insights.commands import count_touches

        count_touches(uow, first_seq=1, last_seq=10)
    assert audit(traded)[0].code == 0


def test_a_command_that_is_not_understood_ends_with_2(traded: Traded):
    assert run(traded.environment, "insights", "audit", "--nothing").code == 2
    assert run({**traded.environment, "TROVE_PORT": "x"}, "insights", "audit").code == 2


def test_the_books_of_the_tests_and_the_audit_agree_that_a_fault_is_one(traded: Traded):
    plant(traded, "UPDATE insights_change SET refunded_fen = refunded_fen + 1 WHERE rowid = 7")
    with closing(Books(traded.file)) as books:
        row = books.connection.execute(
            "SELECT line_id FROM insights_change WHERE rowid = 7"
        ).fetchone()

    _, found = audit(traded)

    assert [one["key"]["line_id"] for one in found["differences"]] == [row[0]]
