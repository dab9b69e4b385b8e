"""From the ledger's moves and the touch log to the figures of days; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.kernel.time import day_of


@dataclass(frozen=True, slots=True)
class Sums:
    """What changed: pieces and fen; may be negative."""

    pieces: int = 0
    net_fen: int = 0
    refunded_fen: int = 0
    commission_fen: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        """Return both together."""
        return Sums(
            self.pieces + other.pieces,
            self.net_fen + other.net_fen,
            self.refunded_fen + other.refunded_fen,
            self.commission_fen + other.commission_fen,
        )

    def __neg__(self) -> "Sums":
        """Return what takes this back."""
        return Sums(-self.pieces, -self.net_fen, -self.refunded_fen, -self.commission_fen)


NOTHING = Sums()


@dataclass(frozen=True, slots=True)
class Credited:
    """From this instant on a line is credited to this creator's note, or to nobody."""

    at: datetime
    creator_id: str | None
    note_id: str | None


@dataclass(frozen=True, slots=True)
class Posted:
    """What the ledger posted of a line at an instant."""

    at: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class Change:
    """What a day changed in a line's figures, under whoever was credited then."""

    day: date
    creator_id: str | None
    note_id: str | None
    sums: Sums


@dataclass(frozen=True, slots=True)
class TouchKey:
    """What touches are counted by."""

    note_id: str
    product_id: str
    day: date
    kind: str
    creator_id: str
    brand_id: str
    merchant_id: str


@dataclass(frozen=True, slots=True)
class TouchCount:
    """Rows of the log, and how many come first in their touch, or first of brand and shop in it."""

    touches: int = 0
    of_note: int = 0
    of_brand: int = 0
    of_merchant: int = 0

    def __add__(self, other: "TouchCount") -> "TouchCount":
        """Return both together."""
        return TouchCount(
            self.touches + other.touches,
            self.of_note + other.of_note,
            self.of_brand + other.of_brand,
            self.of_merchant + other.of_merchant,
        )


def changes(
    pieces: int, credited: Sequence[Credited], posted: Sequence[Posted]
) -> tuple[Change, ...]:
    """Return what each day changed in a line's figures: its sale, refunds, other credits.

    A line that is credited otherwise leaves the one with all it is, and goes to the other, on that
    day: days before are not restated, and every creator's days sum to what is theirs now.

    Args:
        pieces: how many were bought.
        credited: what its receipts say, the first made when it was paid.
        posted: everything that the ledger has of it.
    """
    found: dict[tuple[date, str | None, str | None], Sums] = {}
    who: Credited | None = None
    stands = NOTHING

    def add(at: datetime, part: Sums) -> None:
        assert who is not None, "a line is paid and credited in one unit of work"
        key = (day_of(at), who.creator_id, who.note_id)
        found[key] = found.get(key, NOTHING) + part

    # Of one instant, who is credited comes first: the money that follows from it is theirs.
    steps: list[Credited | Posted] = [*credited, *posted]
    for step in sorted(steps, key=lambda one: (one.at, isinstance(one, Posted))):
        if isinstance(step, Posted):
            add(step.at, step.sums)
            stands += step.sums
        elif who is None:
            who, stands = step, Sums(pieces=pieces)
            add(step.at, stands)
        else:
            add(step.at, -stands)
            who = step
            add(step.at, stands)
    return tuple(Change(*key, sums) for key, sums in found.items() if sums != NOTHING)


def count(rows: Iterable[tuple[str, TouchKey]]) -> dict[TouchKey, TouchCount]:
    """Return how often notes were touched, from rows of the log: the token's nonce, and the key.

    The rows of one touch follow each other: they are written at once.
    """
    found: dict[TouchKey, TouchCount] = {}
    touch: tuple[str, str] | None = None
    seen: set[tuple[str, ...]] = set()
    for nonce, key in rows:
        if (nonce, key.kind) != touch:
            touch, seen = (nonce, key.kind), set()
        brand, shop = (key.brand_id,), (key.brand_id, key.merchant_id)
        one = TouchCount(1, int(not seen), int(brand not in seen), int(shop not in seen))
        seen |= {brand, shop}
        found[key] = found.get(key, TouchCount()) + one
    return found


def uncovered(
    first: int, last: int, stretches: Iterable[tuple[int, int]]
) -> tuple[tuple[int, int], ...]:
    """Return the parts of ``first..last`` that no stretch covers; all ends included."""
    gaps = []
    at = first
    for begin, end in sorted(stretches):
        if begin > last:
            break
        if begin > at:
            gaps.append((at, begin - 1))
        at = max(at, end + 1)
    return (*gaps, (at, last)) if at <= last else tuple(gaps)
