"""The ledger through its door: posted once, never below zero, never changed, audited."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.kernel.ids import AccountId, LineId, MerchantId
from app.kernel.money import Money
from app.ledger import api as ledger
from app.ledger.api import BelowZero, Entry, Move
from app.platform.uow import snapshot, unit_of_work
from tests.support.people import Person

pytestmark = pytest.mark.usefixtures("app")

SELLER = ledger.merchant(MerchantId("m"))
WORLD = ledger.world("none")


def _entry(*moves: Move, fact: str = "fact:1", step: str = "paid") -> Entry:
    return Entry(fact, step, moves)


def _move(source: str, target: str, fen: int, *, line: str | None = None) -> Move:
    return Move(source, target, Money(fen), "sale", LineId(line) if line else None)


def _post(entry: Entry) -> bool:
    with unit_of_work() as uow:
        return ledger.post(uow, entry)


def _stands(*accounts: str) -> list[int]:
    with snapshot() as view:
        return [ledger.balance(view, account=account).fen for account in accounts]


def _change(statement: str) -> None:
    with unit_of_work() as uow:
        uow.change(text(statement))


def test_a_fact_is_posted_once_however_often_it_is_told() -> None:
    sale = _entry(_move(WORLD, SELLER.pending, 100), _move(SELLER.pending, ledger.FEES, 5))

    assert [_post(sale) for _ in range(3)] == [True, False, False]

    assert _stands(SELLER.pending, ledger.FEES, WORLD, SELLER.payable) == [95, 5, -100, 0]
    assert _post(_entry(_move(WORLD, SELLER.pending, 1), step="again"))
    assert _stands(SELLER.pending) == [96]


def test_what_moves_nothing_in_the_end_leaves_the_balance_alone() -> None:
    there_and_back = (_move(WORLD, SELLER.pending, 7), _move(SELLER.pending, WORLD, 7))

    assert _post(_entry(*there_and_back))
    assert _post(_entry(step="nothing"))

    assert _stands(SELLER.pending, WORLD) == [0, 0]
    with snapshot() as view:
        assert ledger.audit(view).entries == 2


def test_an_entry_that_ends_below_zero_is_not_written_at_all() -> None:
    _post(_entry(_move(WORLD, SELLER.pending, 10)))

    with pytest.raises(BelowZero):
        _post(_entry(_move(SELLER.pending, WORLD, 11), step="too much"))

    with snapshot() as view:
        assert ledger.audit(view).entries == 1
    assert _stands(SELLER.pending) == [10]


def test_a_debt_stands_below_zero_and_never_above() -> None:
    _post(_entry(_move(SELLER.receivable, WORLD, 30)))
    assert _stands(SELLER.receivable) == [-30]

    with pytest.raises(BelowZero):
        _post(_entry(_move(WORLD, SELLER.receivable, 31), step="too much"))


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_move"])
@pytest.mark.parametrize("change", ["UPDATE {} SET {} = {}", "DELETE FROM {}"])
def test_what_is_posted_can_be_neither_changed_nor_removed(table: str, change: str) -> None:
    _post(_entry(_move(WORLD, SELLER.pending, 10)))
    column = "at" if table == "ledger_entry" else "amount_fen"

    with pytest.raises(IntegrityError, match="append-only"):
        _change(change.format(table, column, column))

    assert _stands(SELLER.pending) == [10]


def test_moves_of_lines_are_found_with_their_fact() -> None:
    _post(_entry(_move(WORLD, SELLER.pending, 10, line="l1"), _move(WORLD, SELLER.pending, 5)))
    _post(_entry(_move(SELLER.pending, WORLD, 4, line="l1"), fact="fact:2"))

    with snapshot() as view:
        found = ledger.moves_of_lines(view, line_ids=[LineId("l1"), LineId("l2")])
        by_fact = ledger.entries_of_facts(view, facts=["fact:1", "unheard of"])

    assert {
        line: [(fact, move.amount.fen) for fact, _, move in moves] for line, moves in found.items()
    } == {"l1": [("fact:1", 10), ("fact:2", 4)]}
    assert {name: len(moves) for name, moves in by_fact.items()} == {"fact:1/paid": 2}


def test_entries_are_paged_from_the_newest_and_say_what_they_changed_for_one() -> None:
    for number in range(1, 6):
        _post(_entry(_move(WORLD, SELLER.pending, number), fact=f"fact:{number}"))
    _post(_entry(_move(SELLER.pending, ledger.FEES, 2), _move(WORLD, ledger.FEES, 9), fact="fee"))
    _post(_entry(_move(WORLD, ledger.FEES, 1), fact="no business of theirs"))

    seen: list[Any] = []
    cursor: str | None = None
    while True:
        with snapshot() as view:
            page = ledger.entries(view, accounts=[SELLER.pending], cursor=cursor, size=2)
        seen += page.items
        cursor = page.next
        if cursor is None:
            break

    assert [one.change.fen for one in seen] == [-2, 5, 4, 3, 2, 1]
    assert [len(one.moves) for one in seen] == [1] * 6
    assert [one.fact for one in seen][:2] == ["fee", "fact:5"]


def test_an_audit_of_sound_books_is_clean_and_tells_what_is_passing_through() -> None:
    _post(_entry(_move(WORLD, SELLER.pending, 10)))
    with unit_of_work() as uow:
        ledger.post(uow, ledger.unmatched("none", "txn", Money(3)))

    with snapshot() as view:
        found = ledger.audit(view)

    assert found.clean
    assert (found.entries, found.moves, found.world) == (2, 2, -13)
    assert found.stuck == (("transit:txn", 3),)


@pytest.mark.parametrize(
    ("fault", "unequal", "wrong_side"),
    [
        ("UPDATE ledger_balance SET amount_fen = 9", ((SELLER.pending, 9, 10),), ()),
        ("DELETE FROM ledger_balance", ((SELLER.pending, 0, 10),), ()),
        (
            "INSERT INTO ledger_balance VALUES ('creator:ann:payable', 5)",
            (("creator:ann:payable", 5, 0),),
            (),
        ),
        (
            (
                "INSERT INTO ledger_move VALUES"
                " (1, 9, 'merchant:m:pending', 'world:none', 11, 'sale', NULL)"
            ),
            ((SELLER.pending, 10, -1),),
            ((SELLER.pending, -1),),
        ),
        (
            (
                "INSERT INTO ledger_move VALUES"
                " (1, 9, 'world:none', 'merchant:m:receivable', 1, 'sale', NULL)"
            ),
            ((SELLER.receivable, 0, 1),),
            ((SELLER.receivable, 1),),
        ),
    ],
)
def test_an_audit_names_what_does_not_add_up(
    fault: str, unequal: tuple[object, ...], wrong_side: tuple[object, ...]
) -> None:
    _post(_entry(_move(WORLD, SELLER.pending, 10)))
    _change(fault)

    with snapshot() as view:
        found = ledger.audit(view)

    assert not found.clean
    assert (found.unequal, found.wrong_side) == (unequal, wrong_side)


def test_everybody_sees_what_is_theirs_only(app: Flask, sign_up: Callable[..., Person]) -> None:
    ann, bob = sign_up("ann", creator=True), sign_up("bob")
    hers = ledger.creator(AccountId(ann.id))
    _post(_entry(_move(WORLD, hers.pending, 10), _move(WORLD, SELLER.pending, 5)))
    _post(_entry(_move(hers.pending, hers.payable, 4), step="released"))

    def ask(who: Person, path: str) -> Any:
        return who.client.get(f"/api/v1/me/{path}", headers=who.bearer).get_json()

    assert ask(ann, "balance") == {
        "pending_fen": 6, "payable_fen": 4, "frozen_fen": 0, "receivable_fen": 0,
    }  # fmt: skip
    assert [one["change_fen"] for one in ask(ann, "entries")["items"]] == [0, 10]
    assert ask(bob, "entries")["items"] == []
    assert set(ask(bob, "balance").values()) == {0}
    for path in ("balance", "entries"):
        assert app.test_client().get(f"/api/v1/me/{path}").status_code == 401
