"""Pages of the orders room, by who uses them."""

from app.orders.pages import buying, selling
from app.orders.pages.blueprint import SLOTS, pages

__all__ = ["SLOTS", "buying", "pages", "selling"]
