"""Sealing by the clock: what is old enough, a batch at a time, once; and what is done to it later."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.kernel.money import Money
from app.ledger import api as ledger
from app.ledger.api import SEALED
from app.platform import seals
from app.platform.uow import snapshot, transact, unit_of_work
from tests.support.planting import planted

pytestmark = pytest.mark.usefixtures("app")


def post(*numbers: int) -> None:
    """Post an entry of one move for each number, in one transaction."""
    with unit_of_work() as uow:
        for n in numbers:
            move = ledger.Move(ledger.world("none"), ledger.FEES, Money(n), "fee")
            ledger.post(uow, ledger.Entry(f"fact:{n}", "once", (move,)))


def verified() -> seals.Verified:
    with snapshot() as view:
        return seals.verify(view, SEALED)


def sealed_rows() -> list[str]:
    with snapshot() as view:
        asked = text("SELECT manifest FROM platform_seal ORDER BY sequence")
        return [line.split(" ")[0] for row in view.rows(asked) for line in row[0].split("\n")]


def test_nothing_is_sealed_before_it_is_settled(pass_time: Callable[..., None]) -> None:
    post(1, 2)
    assert seals.seal_due(SEALED) == 0
    assert verified().unsealed == 2

    pass_time(minutes=11)
    post(3)
    assert seals.seal_due(SEALED) == 2
    assert seals.seal_due(SEALED) == 0

    found = verified()
    assert (found.seals, found.rows, found.unsealed, found.faults) == (1, 2, 1, ())
    assert len(found.head) == 64


def test_seals_go_on_where_the_last_one_ended_a_batch_at_a_time(
    pass_time: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "BATCH", 2)
    monkeypatch.setattr(seals, "ROUNDS", 2)
    post(*range(1, 6))
    post(6, 7)
    pass_time(minutes=11)

    assert [seals.seal_due(SEALED) for _ in range(3)] == [4, 3, 0]
    found = verified()
    assert (found.seals, found.rows, found.unsealed, found.faults) == (4, 7, 0, ())
    assert len(set(sealed_rows())) == 7


def test_a_run_that_was_overtaken_by_another_leader_seals_nothing_twice(
    pass_time: Callable[..., None],
) -> None:
    post(1, 2)
    pass_time(minutes=11)
    seals.seal_due(SEALED)
    again = text(
        "INSERT INTO platform_seal SELECT stream, sequence, first_place, last_place, row_count,"
        " manifest, previous, hash, sealed_at FROM platform_seal"
    )

    with pytest.raises(IntegrityError):
        transact(lambda uow: uow.change(again))
    assert verified().seals == 1


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE ledger_entry SET fact = 'fact:X' WHERE seq = {}", "row {} was changed"),
        ("UPDATE ledger_entry SET at = at + 1 WHERE seq = {}", "row {} was changed"),
        ("UPDATE ledger_move SET kind = 'fef' WHERE entry_seq = {}", "row {} was changed"),
        ("DELETE FROM ledger_move WHERE entry_seq = {}", "row {} was changed"),
        ("DELETE FROM ledger_entry WHERE seq = {}", "row {} is missing"),
        ("INSERT INTO ledger_entry SELECT 999, 'n', 'n', at FROM ledger_entry WHERE seq = {}", "row 999 was put in"),
        ("DELETE FROM platform_seal WHERE sequence = 2", "the seal is missing"),
        ("UPDATE platform_seal SET last_place = 'x' WHERE sequence = 2", "the seal was changed"),
        ("UPDATE platform_seal SET last_place = '2020-01-01T00:00:00 1' WHERE sequence = 2", "the seal was changed"),
    ],
)  # fmt: skip
def test_what_was_done_to_the_rows_is_named_with_its_seal(
    app: Flask,
    pass_time: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    fault: str,
) -> None:
    """The third of five entries; two a seal, so that it is the second seal's first."""
    monkeypatch.setattr(seals, "BATCH", 2)
    for n in range(1, 6):
        post(n)
    pass_time(minutes=11)
    seals.seal_due(SEALED)
    key = sealed_rows()[2]

    with planted(app, [statement.format(key)]) as view:
        found = [str(one) for one in seals.verify(view, SEALED).faults]

    assert found == [f"entries seal 2: {fault.format(key)}"]
    assert verified().faults == ()


def test_a_seal_that_was_changed_is_not_built_upon(
    app: Flask, pass_time: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    post(1)
    pass_time(minutes=11)
    seals.seal_due(SEALED)
    post(2)
    pass_time(minutes=11)

    with planted(app, ["UPDATE platform_seal SET previous = 'x'"]) as view:
        later = view.now + timedelta(hours=1)
        assert seals._seal_next(view, stream=SEALED, before=later) == 0
    assert "was changed" in caplog.text


def test_progress_is_told_with_each_seal(pass_time: Callable[..., None]) -> None:
    post(1, 2)
    pass_time(minutes=11)
    seals.seal_due(SEALED)
    told: list[int] = []

    with snapshot() as view:
        seals.verify(view, SEALED, progress=told.append)

    assert told == [2]
