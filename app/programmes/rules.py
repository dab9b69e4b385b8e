"""What a merchant may offer; pure."""

from app.programmes.errors import RateTooHigh

RATE_BP_MAX = 3_000
"""Thirty per cent: far above what is usual, and with any fee still below the whole."""


def check_rate(rate_bp: int) -> None:
    """Refuse a rate that is too high.

    Raises:
        RateTooHigh: above `RATE_BP_MAX`.
    """
    if rate_bp > RATE_BP_MAX:
        raise RateTooHigh(rate_bp=rate_bp, most_bp=RATE_BP_MAX)
