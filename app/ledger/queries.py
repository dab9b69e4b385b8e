"""All reading of the ledger."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, union_all

from app.kernel.ids import LineId
from app.kernel.money import ZERO, Money
from app.kernel.page import Page, cut, load_cursor
from app.ledger import chart
from app.ledger.journal import Move
from app.ledger.models import BalanceRow, EntryRow, MoveRow
from app.platform.seals import Part, Stream
from app.platform.uow import Snapshot

SEALED = Stream(
    "entries",
    EntryRow.__table__,
    at="at",
    key=("seq",),
    parts=(Part(MoveRow.__table__, of="entry_seq", order="position"),),
)
"""Entries with their moves, every column; balances change, and are not sealed: moves prove them."""


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as somebody sees it who has accounts in it: what it changed for them."""

    seq: int
    fact: str
    at: datetime
    moves: tuple[Move, ...]
    change: Money


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found; empty lists are good."""

    entries: int
    moves: int
    unequal: tuple[tuple[str, int, int], ...]
    """Account, what its row says, what its moves sum to."""
    wrong_side: tuple[tuple[str, int], ...]
    stuck: tuple[tuple[str, int], ...]
    """Money that passes through and has not left."""
    world: int

    @property
    def clean(self) -> bool:
        """Whether everything adds up."""
        return not (self.unequal or self.wrong_side)


def balances(view: Snapshot, *, accounts: Collection[str]) -> dict[str, Money]:
    """Return where accounts stand; those without a move stand at zero."""
    rows = view.rows(
        select(BalanceRow.account, BalanceRow.amount_fen).where(
            BalanceRow.account.in_(sorted(accounts))
        )
    )
    return dict.fromkeys(accounts, ZERO) | {row.account: Money(row.amount_fen) for row in rows}


def balance(view: Snapshot, *, account: str) -> Money:
    """Return where one account stands; those without a row are folded from their moves."""
    if chart.keeps_balance(account):
        return balances(view, accounts=[account])[account]
    came = select(func.coalesce(func.sum(MoveRow.amount_fen), 0)).where(MoveRow.target == account)
    went = select(func.coalesce(func.sum(MoveRow.amount_fen), 0)).where(MoveRow.source == account)
    return Money(int(view.value(came)) - int(view.value(went)))


def entries(
    view: Snapshot, *, accounts: Collection[str], cursor: str | None, size: int
) -> Page[EntryView]:
    """Return the entries that touch any of ``accounts``, the newest first."""
    mine = or_(MoveRow.source.in_(accounts), MoveRow.target.in_(accounts))
    touching = select(MoveRow.entry_seq).where(mine)
    statement = select(EntryRow.seq, EntryRow.fact, EntryRow.at).where(EntryRow.seq.in_(touching))
    if cursor is not None:
        (last,) = load_cursor(cursor, int)
        statement = statement.where(EntryRow.seq < last)
    rows = view.rows(statement.order_by(EntryRow.seq.desc()).limit(size + 1))
    moved = _moves(view, [row.seq for row in rows])
    views = [_entry(row, moved.get(row.seq, ()), accounts) for row in rows]
    return cut(views, size, lambda entry: (entry.seq,))


def moves_of_lines(
    view: Snapshot, *, line_ids: Sequence[LineId]
) -> dict[LineId, list[tuple[str, datetime, Move]]]:
    """Return, for each line, the fact, the instant and the move of everything posted for it."""
    found: dict[LineId, list[tuple[str, datetime, Move]]] = {}
    rows = view.rows(
        select(
            EntryRow.fact,
            EntryRow.at,
            MoveRow.source,
            MoveRow.target,
            MoveRow.amount_fen,
            MoveRow.kind,
            MoveRow.line_id,
        )
        .join(EntryRow, EntryRow.seq == MoveRow.entry_seq)
        .where(MoveRow.line_id.in_(line_ids))
        .order_by(MoveRow.entry_seq, MoveRow.position)
    )
    for row in rows:
        move = Move(row.source, row.target, Money(row.amount_fen), row.kind, row.line_id)
        found.setdefault(row.line_id, []).append((row.fact, row.at, move))
    return found


def entries_of_facts(view: Snapshot, *, facts: Sequence[str]) -> dict[str, list[Move]]:
    """Return the moves of facts, by `fact/step`, in the order in which they were posted."""
    rows = view.rows(
        select(EntryRow.seq, EntryRow.fact, EntryRow.step)
        .where(EntryRow.fact.in_(facts))
        .order_by(EntryRow.seq)
    )
    moved = _moves(view, [row.seq for row in rows])
    return {f"{row.fact}/{row.step}": list(moved.get(row.seq, ())) for row in rows}


def audit(view: Snapshot) -> Audit:
    """Fold every move there is and compare it with what the balance rows say."""
    came = select(MoveRow.target.label("account"), MoveRow.amount_fen.label("fen"))
    went = select(MoveRow.source.label("account"), (-MoveRow.amount_fen).label("fen"))
    both = union_all(came, went).subquery()
    folded = {
        row.account: int(row.fen)
        for row in view.rows(
            select(both.c.account, func.sum(both.c.fen).label("fen")).group_by(both.c.account)
        )
    }
    kept = {
        row.account: row.amount_fen
        for row in view.rows(select(BalanceRow.account, BalanceRow.amount_fen))
    }
    personal = {account: fen for account, fen in folded.items() if chart.keeps_balance(account)}
    names = sorted({*personal, *kept})
    return Audit(
        entries=int(view.value(select(func.count()).select_from(EntryRow)) or 0),
        moves=int(view.value(select(func.count()).select_from(MoveRow)) or 0),
        unequal=tuple(
            (name, kept.get(name, 0), personal.get(name, 0))
            for name in names
            if kept.get(name, 0) != personal.get(name, 0)
        ),
        wrong_side=tuple(
            (name, fen)
            for name, fen in sorted(folded.items())
            if (fen < 0 and not chart.may_be_negative(name))
            or (fen > 0 and not chart.may_be_positive(name))
        ),
        stuck=tuple(
            (name, fen) for name, fen in sorted(folded.items()) if fen and name[:8] == "transit:"
        ),
        world=sum(fen for name, fen in folded.items() if name.startswith("world:")),
    )


def _moves(view: Snapshot, seqs: Sequence[int]) -> dict[int, tuple[Move, ...]]:
    found: dict[int, tuple[Move, ...]] = {}
    rows = view.rows(
        select(
            MoveRow.entry_seq,
            MoveRow.source,
            MoveRow.target,
            MoveRow.amount_fen,
            MoveRow.kind,
            MoveRow.line_id,
        )
        .where(MoveRow.entry_seq.in_(seqs))
        .order_by(MoveRow.entry_seq, MoveRow.position)
    )
    for row in rows:
        move = Move(row.source, row.target, Money(row.amount_fen), row.kind, row.line_id)
        found[row.entry_seq] = (*found.get(row.entry_seq, ()), move)
    return found


def _entry(row: Any, moves: Sequence[Move], accounts: Collection[str]) -> EntryView:
    mine = tuple(move for move in moves if move.source in accounts or move.target in accounts)
    came = Money.total(move.amount for move in mine if move.target in accounts)
    went = Money.total(move.amount for move in mine if move.source in accounts)
    return EntryView(row.seq, row.fact, row.at, mine, came - went)
