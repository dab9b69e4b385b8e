"""The order's states and who may move it where; pure.

`placed → paid → shipped → received → completed`, `placed → lapsed | cancelled`, and
`paid → cancelled` when everything was refunded before shipping. Money is a second axis, derived
from payments and refunds, never a state of its own.
"""

from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands."""

    PLACED = "placed"
    PAID = "paid"
    SHIPPED = "shipped"
    RECEIVED = "received"
    COMPLETED = "completed"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    """Where a refund stands."""

    ASKED = "asked"
    REFUSED = "refused"
    GRANTED = "granted"
    CONFIRMED = "confirmed"
    FAILED = "failed"


MOVES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PLACED: frozenset({OrderState.PAID, OrderState.LAPSED, OrderState.CANCELLED}),
    OrderState.PAID: frozenset({OrderState.SHIPPED, OrderState.CANCELLED}),
    OrderState.SHIPPED: frozenset({OrderState.RECEIVED}),
    OrderState.RECEIVED: frozenset({OrderState.COMPLETED}),
    OrderState.COMPLETED: frozenset(),
    OrderState.LAPSED: frozenset(),
    OrderState.CANCELLED: frozenset(),
}
"""From each state to those that may follow; the write is one UPDATE on condition of the old."""

REFUNDABLE = frozenset(
    {OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED, OrderState.COMPLETED}
)
"""States in which money may be asked back."""

UNDER_WAY = frozenset({RefundState.ASKED, RefundState.GRANTED})
"""Refunds that keep a line from being released."""


def before(new: OrderState) -> frozenset[OrderState]:
    """Return the states that an order may come from when it goes to ``new``."""
    return frozenset(old for old, following in MOVES.items() if new in following)
