"""Putting things into a cart and taking them out."""

from sqlalchemy import bindparam, delete, func, select, text

from app.catalogue import api as catalogue
from app.kernel.ids import AccountId, SkuId
from app.kernel.problems import NotFound
from app.orders.errors import CartFull, NotForSale, TooFewLeft
from app.orders.models import CartLineRow
from app.orders.rules import CART_LINES_MAX, QUANTITY_MAX, Wanted, few_left_fault
from app.platform.db import UtcDateTime
from app.platform.uow import UnitOfWork

_PUT = text(
    "INSERT INTO orders_cart_line (account_id, sku_id, quantity, note_id, added_at)"
    " VALUES (:account, :sku, :quantity, :note, :at)"
    " ON CONFLICT (account_id, sku_id) DO UPDATE SET"
    " quantity = CASE WHEN NOT :add THEN excluded.quantity"
    " WHEN orders_cart_line.quantity + excluded.quantity > :most THEN :most"
    " ELSE orders_cart_line.quantity + excluded.quantity END,"
    " note_id = coalesce(excluded.note_id, orders_cart_line.note_id)"
).bindparams(bindparam("at", type_=UtcDateTime()))


def put_line(uow: UnitOfWork, *, account_id: AccountId, wanted: Wanted, add: bool) -> None:
    """Put a SKU into a cart: so many more with ``add``, else so many in all.

    Raises:
        NotForSale: it is not sold now.
        TooFewLeft: there is less of it than the cart would hold.
        CartFull: there are `CART_LINES_MAX` other things in it.
        NotFound: without ``add``, it is not in the cart.
    """
    found = catalogue.sku_lines(uow, sku_ids=[wanted.sku_id])
    if wanted.sku_id not in found or not found[wanted.sku_id][0].listed:
        raise NotForSale(sku_ids=[wanted.sku_id])
    inside = _pieces(uow, account_id, wanted.sku_id)
    if not inside and not add:
        raise NotFound
    if not inside and _count(uow, account_id) >= CART_LINES_MAX:
        raise CartFull
    _check_stock(found[wanted.sku_id][1], wanted, in_cart=inside if add else 0)
    values = {
        "account": account_id,
        "sku": wanted.sku_id,
        "quantity": wanted.quantity,
        "note": wanted.note_id,
        "at": uow.now,
        "add": add,
        "most": QUANTITY_MAX,
    }
    uow.change(_PUT, values)


def drop_line(uow: UnitOfWork, *, account_id: AccountId, sku_ids: list[SkuId]) -> int:
    """Take SKUs out of a cart; return how many were in it."""
    return uow.change(
        delete(CartLineRow).where(
            CartLineRow.account_id == account_id, CartLineRow.sku_id.in_(sku_ids)
        )
    )


def _check_stock(sku: catalogue.Sku, wanted: Wanted, *, in_cart: int) -> None:
    left = max(sku.available, 0)
    if min(in_cart + wanted.quantity, QUANTITY_MAX) > left:
        said = few_left_fault(left, in_cart=in_cart)
        raise TooFewLeft(said, sku_id=sku.id, left=left, in_cart=in_cart)


def _count(uow: UnitOfWork, account_id: AccountId) -> int:
    counted = select(func.count()).where(CartLineRow.account_id == account_id)
    return int(uow.value(counted) or 0)


def _pieces(uow: UnitOfWork, account_id: AccountId, sku_id: SkuId) -> int:
    """Return how many of a SKU a cart holds; none where it does not hold it."""
    held = select(CartLineRow.quantity).where(
        CartLineRow.account_id == account_id, CartLineRow.sku_id == sku_id
    )
    return int(uow.value(held) or 0)
