"""`trove doctor --deep`: every rule holds of a living town, and finds a fault that breaks it."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app.cli import deep
from app.cli.deep import beyond
from app.platform.adapters import adapter
from app.platform.uow import snapshot
from media import keys
from media.port import MediaStore
from tests.checks.mutations import MUT
from tests.cli.corruptions import CORRUPTIONS
from tests.cli.traded_town import make_traded_town
from tests.content.acts import Town
from tests.support.fresh import fresh_app
from tests.support.planting import planted

RULES = Path(__file__).parents[1] / "checks"
ELSEWHERE = {"I18", "I19", "I20", "I21", "I22", "I29"}
"""Rules of promotions and payouts, which are not here yet."""

ASKED_OF_A_LOG = {"I12"}
"""Held to a client's own log, which only a test or a storm has."""

OF_OUR_OWN = {"I36"}
"""Rules that no SQL can ask: hashes."""

PLANTED = [(number, one) for number, several in CORRUPTIONS.items() for one in several]


@pytest.fixture(scope="module")
def town(empty_database: Path) -> Iterator[Town]:
    with fresh_app(empty_database) as app:
        yield make_traded_town(app)


def broken(view: object) -> dict[str, tuple[str, ...]]:
    """Return what breaks rules, by their numbers."""
    found: dict[str, tuple[str, ...]] = {}
    for one in deep.judge(view):  # type: ignore[arg-type] # a Snapshot
        if one.broken:
            found[one.invariant.number] = found.get(one.invariant.number, ()) + one.broken
    return found


def test_the_rules_for_any_shop_find_their_own_faults() -> None:
    rules = re.findall(r"-- (I\d\d) .*?\n(.*?);", (RULES / "inv.sql").read_text(), re.DOTALL)
    shop = (RULES / "schema.sql").read_text() + (RULES / "seed.sql").read_text()
    assert {number for number, _ in rules} == set(MUT)
    connection = sqlite3.connect(":memory:")
    connection.executescript(shop)
    connection.commit()

    for number, query in rules:
        assert connection.execute(query).fetchall() == [], number
        for statement in MUT[number]:
            connection.execute(statement)
        assert connection.execute(query).fetchall() != [], number
        connection.rollback()
    connection.close()


def test_each_of_the_rules_for_any_shop_is_one_of_ours() -> None:
    any_shop = set(re.findall(r"-- (I\d\d) ", (RULES / "inv.sql").read_text()))
    ours = {one.number for one in deep.invariants()}

    assert ours == (any_shop - ELSEWHERE - ASKED_OF_A_LOG) | OF_OUR_OWN
    assert set(CORRUPTIONS) == ours


def test_a_living_town_breaks_no_rule(town: Town) -> None:
    with snapshot() as view:
        assert [one for one in deep.judge(view) if one.waits or one.broken] == []
        rows = view.session.connection()
        for table, states in (
            ("orders_order", {"placed", "paid", "cancelled", "lapsed", "completed"}),
            ("orders_refund", {"confirmed"}),
        ):
            seen = set(rows.exec_driver_sql(f"SELECT state FROM {table}").scalars())
            assert seen >= states, table
        assert "twice" in set(rows.exec_driver_sql("SELECT outcome FROM orders_txn").scalars())
        assert rows.exec_driver_sql("SELECT count(*) FROM attribution_share").scalar_one() >= 3


@pytest.mark.parametrize(
    ("number", "statements"),
    PLANTED,
    ids=[f"{number}-{n}" for n, (number, _) in enumerate(PLANTED)],
)
def test_a_fault_is_found_by_its_own_rule(
    town: Town, number: str, statements: tuple[str, ...]
) -> None:
    with planted(town.app, statements) as view:
        found = broken(view)

    assert number in found
    assert all(found[number])


def test_nothing_is_left_of_what_was_planted(town: Town) -> None:
    with snapshot() as view:
        assert broken(view) == {}


def test_bytes_that_are_gone_or_no_picture_are_found(town: Town) -> None:
    store = adapter(MediaStore)
    with snapshot() as view:
        (digest,) = (
            view.session.connection()
            .exec_driver_sql("SELECT digest FROM pictures_picture ORDER BY id LIMIT 1")
            .one()
        )
        key = keys.rendition(digest, 720)
        whole = store.open(key).read()
        store.drop(key)
        gone = beyond.pictures_have_their_bytes(view)
        store.put(key, b"no picture", media_type="image/webp")
        wrong = beyond.pictures_have_their_bytes(view)
        store.put(key, whole, media_type="image/webp")
        well = beyond.pictures_have_their_bytes(view)

    assert len(gone) == len(wrong) == 1
    assert well == []


def test_what_a_client_was_told_is_there_and_theirs(town: Town, tmp_path: Path) -> None:
    """I12."""
    order = town.orders[0]["id"]
    log = tmp_path / "told"
    said = [
        {"id": order, "actor": town.reader.id},
        {"id": town.notes[0][1], "actor": town.notes[0][0].id},
        {"id": order, "actor": town.keeper.id},
        {"id": "order_" + "0" * 26},
    ]
    log.write_text("".join(json.dumps(one) + "\n" for one in said))

    with snapshot() as view:
        assert beyond.lost(view, log) == [order, "order_" + "0" * 26]


def test_rules_of_what_events_make_wait_for_them(app: Flask, sign_up) -> None:
    del app
    sign_up("ann")

    with snapshot() as view:
        waits = {one.invariant.number for one in deep.judge(view) if one.waits}

    assert waits == {"I34"}
