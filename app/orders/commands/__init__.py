"""What the orders room does, by noun."""

from app.orders.commands.cart import drop_line, put_line
from app.orders.commands.checkout import PlacedCheckout, cancel, lapse, place, sign_preview
from app.orders.commands.fulfilment import receive, release, ship
from app.orders.commands.payment import open_charge, take_money
from app.orders.commands.refunds import (
    ask_refund,
    confirm_refund,
    decide_refund,
    fail_refund,
    settle_refund,
)

__all__ = [
    "PlacedCheckout",
    "ask_refund",
    "cancel",
    "confirm_refund",
    "decide_refund",
    "drop_line",
    "fail_refund",
    "lapse",
    "open_charge",
    "place",
    "put_line",
    "receive",
    "release",
    "settle_refund",
    "ship",
    "sign_preview",
    "take_money",
]
