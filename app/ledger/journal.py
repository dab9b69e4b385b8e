"""Moves and entries; pure. An entry that does not balance cannot be written down."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.kernel.ids import LineId
from app.kernel.money import ZERO, Money


@dataclass(frozen=True, slots=True)
class Move:
    """Money that goes from one account to another; always a positive amount.

    ``kind`` says what for (`sale`, `fee`, `commission`, …), ``line_id`` which order line it is of.
    """

    source: str
    target: str
    amount: Money
    kind: str
    line_id: LineId | None = None

    def __post_init__(self) -> None:
        """Refuse a move of nothing, and one that leads nowhere."""
        if self.amount <= ZERO or self.source == self.target:
            raise ValueError(f"no move: {self}")

    def reversed(self) -> "Move":
        """Return the move back."""
        return Move(self.target, self.source, self.amount, self.kind, self.line_id)


@dataclass(frozen=True, slots=True)
class Entry:
    """The moves of one fact, unique by (fact, step): posted twice, it is posted once.

    Args:
        fact: what happened, with its id: `order-paid:order_01…`.
        step: which step of it.
        moves: returns first, money out last; *not below zero* is judged at the end.
    """

    fact: str
    step: str
    moves: tuple[Move, ...]

    def reversed(self, step: str) -> "Entry":
        """Return the entry that undoes this one, as another step of the same fact."""
        return Entry(self.fact, step, tuple(move.reversed() for move in reversed(self.moves)))


def balances(moves: Iterable[Move]) -> dict[str, Money]:
    """Return what came in less what went out, by account; the values sum to zero."""
    found: dict[str, Money] = {}
    for move in moves:
        found[move.source] = found.get(move.source, ZERO) - move.amount
        found[move.target] = found.get(move.target, ZERO) + move.amount
    return found
