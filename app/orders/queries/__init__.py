"""All reading of the orders room, by noun."""

from app.orders.queries.cart import CartLine, cart, cart_count
from app.orders.queries.orders import (
    CheckoutView,
    LineView,
    OrderView,
    PaymentView,
    RefundView,
    Step,
    checkout,
    lines,
    order,
    orders_of,
    orders_to_serve,
    payment,
    refund,
    steps,
)

__all__ = [
    "CartLine",
    "CheckoutView",
    "LineView",
    "OrderView",
    "PaymentView",
    "RefundView",
    "Step",
    "cart",
    "cart_count",
    "checkout",
    "lines",
    "order",
    "orders_of",
    "orders_to_serve",
    "payment",
    "refund",
    "steps",
]
