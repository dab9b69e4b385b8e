"""All reading of the orders room, by noun."""

from app.orders.queries.cart import CartLine, cart, cart_count
from app.orders.queries.orders import (
    checkout,
    lines,
    order,
    orders_of,
    orders_to_decide,
    orders_to_serve,
    payment,
    refund,
    release_dates,
    steps,
    unpaid,
)
from app.orders.queries.views import (
    CheckoutView,
    LineView,
    OrderView,
    PaymentView,
    RefundView,
    Step,
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
    "orders_to_decide",
    "orders_to_serve",
    "payment",
    "refund",
    "release_dates",
    "steps",
    "unpaid",
]
