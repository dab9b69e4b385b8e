"""Money as whole fen: no floats, no Decimal, and two places that round, both here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

BP = 10_000
"""Basis points of a whole."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount of CNY in fen (1/100 yuan); may be negative, as a difference."""

    fen: int

    def __post_init__(self) -> None:
        """Refuse what is no whole number; True is 1 elsewhere, not here."""
        if type(self.fen) is not int:
            raise ValueError(f"{self.fen!r} is not a whole number of fen")

    def __add__(self, other: Self) -> "Money":
        return Money(self.fen + other.fen)

    def __sub__(self, other: Self) -> "Money":
        return Money(self.fen - other.fen)

    def __neg__(self) -> "Money":
        return Money(-self.fen)

    def __bool__(self) -> bool:
        return self.fen != 0

    @classmethod
    def total(cls, amounts: "Iterable[Money]") -> "Money":
        """Return the sum of ``amounts``; nothing sums to nothing."""
        return cls(sum(amount.fen for amount in amounts))

    def portion(self, rate_bp: int) -> "Money":
        """Return ``rate_bp`` basis points of the amount, rounded down to the fen.

        Rounded down it never grows when the amount shrinks, so that a refund can only lower it.

        Raises:
            ValueError: the amount is negative, or the rate is not a whole one within 0 to 10,000.
        """
        if self.fen < 0 or type(rate_bp) is not int or not 0 <= rate_bp <= BP:
            raise ValueError(f"cannot take {rate_bp} bp of {self}")
        return Money(self.fen * rate_bp // BP)

    def split(self, weights: Sequence[int]) -> "tuple[Money, ...]":
        """Split into parts in proportion to ``weights``; the parts sum to the whole.

        Largest remainder (Hamilton): each part is its due rounded down or up, and equal
        remainders go to the earlier part.

        Raises:
            ValueError: no weight is positive, or one is negative or not whole, or the amount is
                negative.
        """
        if any(type(weight) is not int for weight in weights):
            raise ValueError(f"cannot split {self} by {weights!r}")
        total = sum(weights)
        if self.fen < 0 or total <= 0 or min(weights) < 0:
            raise ValueError(f"cannot split {self} by {weights!r}")
        dues = [divmod(self.fen * weight, total) for weight in weights]
        left = self.fen - sum(whole for whole, _ in dues)
        lucky = set(sorted(range(len(dues)), key=lambda place: (-dues[place][1], place))[:left])
        return tuple(Money(whole + (place in lucky)) for place, (whole, _) in enumerate(dues))


ZERO = Money(0)
