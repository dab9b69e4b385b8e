"""Pages of the orders room, by who uses them."""

from app.orders.pages import buying, paying, selling
from app.orders.pages.blueprint import SLOTS, pages

__all__ = ["SLOTS", "buying", "pages", "paying", "selling"]
