"""The blueprint that the room's pages share, and the part of the header that it fills."""

from collections.abc import Callable
from typing import Any

from app.orders import queries
from app.platform.uow import snapshot
from app.web.caller import find_caller
from app.web.rendering import PageBlueprint

pages = PageBlueprint("orders_pages", __name__)


def count_cart() -> int:
    """Return how many pieces are in the cart of whoever looks."""
    found = find_caller()
    if found is None:
        return 0
    with snapshot() as view:
        return queries.cart_count(view, account_id=found.account_id)


SLOTS: dict[str, Callable[[], Any]] = {"cart_count": count_cart}
