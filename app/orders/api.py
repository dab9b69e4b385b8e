"""The orders room's door."""

from app.orders.commands import (
    PlacedCheckout,
    ask_refund,
    cancel,
    confirm_refund,
    decide_refund,
    place,
    put_line,
    receive,
    release,
    ship,
    sign_preview,
)
from app.orders.commands.checkout import lapse, look
from app.orders.commands.notices import hear, pay_path
from app.orders.commands.payment import MoneyIn, take_money
from app.orders.errors import CheckoutChanged, NotForSale, TooFewLeft, WrongState
from app.orders.providers.port import PaymentProvider, ProviderDown, ProviderRefused
from app.orders.queries import (
    CheckoutView,
    LineView,
    OrderView,
    RefundView,
    cart_count,
    checkout,
    lines,
    order,
    orders_of,
    orders_to_serve,
    refund,
    release_dates,
)
from app.orders.rules import QUANTITY_MAX, PartAsked, Wanted
from app.orders.states import OrderState, RefundState

__all__ = [
    "QUANTITY_MAX",
    "CheckoutChanged",
    "CheckoutView",
    "LineView",
    "MoneyIn",
    "NotForSale",
    "OrderState",
    "OrderView",
    "PartAsked",
    "PaymentProvider",
    "PlacedCheckout",
    "ProviderDown",
    "ProviderRefused",
    "RefundState",
    "RefundView",
    "TooFewLeft",
    "Wanted",
    "WrongState",
    "ask_refund",
    "cancel",
    "cart_count",
    "checkout",
    "confirm_refund",
    "decide_refund",
    "hear",
    "lapse",
    "lines",
    "look",
    "order",
    "orders_of",
    "orders_to_serve",
    "pay_path",
    "place",
    "put_line",
    "receive",
    "refund",
    "release",
    "release_dates",
    "ship",
    "sign_preview",
    "take_money",
]
