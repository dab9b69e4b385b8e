"""Facts that the orders room publishes."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event
from app.kernel.ids import LineId, OrderId, PaymentId, RefundId


@dataclass(frozen=True, slots=True)
class OrderPlaced(Event):
    """An order reserves its goods and waits for its money."""

    topic: ClassVar[str] = "orders.order-placed.v1"
    key: ClassVar[str] = "order_id"
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class OrderPaid(Event):
    """An order's money came."""

    topic: ClassVar[str] = "orders.order-paid.v1"
    key: ClassVar[str] = "order_id"
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class OrderShipped(Event):
    """The merchant sent an order's goods."""

    topic: ClassVar[str] = "orders.order-shipped.v1"
    key: ClassVar[str] = "order_id"
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class OrderReceived(Event):
    """The buyer has an order's goods, or has kept silent for long enough."""

    topic: ClassVar[str] = "orders.order-received.v1"
    key: ClassVar[str] = "order_id"
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class LineReceived(Event):
    """One line of an order was received: it may be reviewed now."""

    topic: ClassVar[str] = "orders.line-received.v1"
    key: ClassVar[str] = "line_id"
    line_id: LineId


@dataclass(frozen=True, slots=True)
class OrderCompleted(Event):
    """Every line of an order is released or refunded."""

    topic: ClassVar[str] = "orders.order-completed.v1"
    key: ClassVar[str] = "order_id"
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class OrderLapsed(Event):
    """An order was not paid in time; its goods are free again."""

    topic: ClassVar[str] = "orders.order-lapsed.v1"
    key: ClassVar[str] = "order_id"
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """An order was called off before payment, or refunded whole before shipping."""

    topic: ClassVar[str] = "orders.order-cancelled.v1"
    key: ClassVar[str] = "order_id"
    order_id: OrderId


@dataclass(frozen=True, slots=True)
class ChargeAbandoned(Event):
    """A payment is no longer wanted: the provider is told to close its charge."""

    topic: ClassVar[str] = "orders.charge-abandoned.v1"
    key: ClassVar[str] = "payment_id"
    payment_id: PaymentId


@dataclass(frozen=True, slots=True)
class RefundGranted(Event):
    """Money is to go back: the provider is asked for it."""

    topic: ClassVar[str] = "orders.refund-granted.v1"
    key: ClassVar[str] = "refund_id"
    refund_id: RefundId


@dataclass(frozen=True, slots=True)
class RefundConfirmed(Event):
    """Money went back to a buyer."""

    topic: ClassVar[str] = "orders.refund-confirmed.v1"
    key: ClassVar[str] = "refund_id"
    refund_id: RefundId
    order_id: OrderId
