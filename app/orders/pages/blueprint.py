"""The blueprint that the room's pages share, and the part of the header that it fills."""

from collections.abc import Callable, Iterable
from typing import Any

from app.catalogue import api as catalogue
from app.kernel.ids import ProductId
from app.orders import queries
from app.platform.uow import Snapshot, snapshot
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


def pictures_of(view: Snapshot, orders: Iterable[queries.OrderView]) -> dict[ProductId, str]:
    """Return the small picture of each product that was ordered, as it looks today."""
    return small_pictures(view, {line.product_id for one in orders for line in one.lines})


def small_pictures(view: Snapshot, product_ids: Iterable[ProductId]) -> dict[ProductId, str]:
    """Return the addresses of small pictures by product; those without one are left out."""
    found = catalogue.products(view, product_ids=list(product_ids))
    return {key: one.picture.url_360 for key, one in found.items() if one.picture}


SLOTS: dict[str, Callable[[], Any]] = {"cart_count": count_cart}
