"""Posting to the ledger."""

from sqlalchemy import bindparam, insert, select, text, update

from app.kernel.money import Money
from app.ledger import chart, queries, rules
from app.ledger.journal import Entry, balances
from app.ledger.models import BalanceRow, EntryRow, MoveRow
from app.platform.db import UtcDateTime
from app.platform.uow import UnitOfWork

_ENTRY = text(
    "INSERT INTO ledger_entry (fact, step, at) VALUES (:fact, :step, :at)"
    " ON CONFLICT (fact, step) DO NOTHING"
).bindparams(bindparam("at", type_=UtcDateTime()))


def post(uow: UnitOfWork, entry: Entry) -> bool:
    """Post an entry and move the balances with it; tell whether it was news.

    Raises:
        BelowZero: an account would end on the wrong side of zero.
    """
    if uow.change(_ENTRY, {"fact": entry.fact, "step": entry.step, "at": uow.now}) == 0:
        return False
    changes = balances(entry.moves)
    kept = sorted(account for account in changes if chart.keeps_balance(account))
    before = queries.balances(uow, accounts=kept)
    rules.check(entry, before)
    seq = uow.value(
        select(EntryRow.seq).where(EntryRow.fact == entry.fact, EntryRow.step == entry.step)
    )
    if entry.moves:
        uow.change(
            insert(MoveRow),
            [
                {
                    "entry_seq": seq,
                    "position": position,
                    "source": move.source,
                    "target": move.target,
                    "amount_fen": move.amount.fen,
                    "kind": move.kind,
                    "line_id": move.line_id,
                }
                for position, move in enumerate(entry.moves)
            ],
        )
    # In sorted order, so that two writers never wait for each other.
    for account in kept:
        if changes[account] != Money(0):
            _move_balance(uow, account, changes[account].fen)
    return True


def _move_balance(uow: UnitOfWork, account: str, change: int) -> None:
    moved = (
        update(BalanceRow)
        .where(BalanceRow.account == account)
        .values(amount_fen=BalanceRow.amount_fen + change)
    )
    # No upsert: SQLite holds the row's CHECK against the difference before it sees the conflict.
    if uow.change(moved) == 0:
        uow.change(insert(BalanceRow).values(account=account, amount_fen=change))
