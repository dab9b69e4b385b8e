"""Moving stock: one conditional UPDATE decides, one append-only row tells why."""

from collections.abc import Mapping

from sqlalchemy import bindparam, select, text, update

from app.catalogue.errors import OutOfStock, StockNotReserved
from app.catalogue.models import SkuRow, StockMoveRow
from app.events.catalogue import ProductChanged
from app.kernel.ids import ProductId, SkuId
from app.platform.db import UtcDateTime
from app.platform.uow import UnitOfWork

_TELL = text(
    "INSERT INTO catalogue_stock_move (sku_id, ref, reason, on_hand_change, reserved_change, at)"
    " VALUES (:sku, :ref, :reason, :on_hand, :reserved, :at)"
    " ON CONFLICT (ref, sku_id, reason) DO NOTHING"
).bindparams(bindparam("at", type_=UtcDateTime()))


def reserve(uow: UnitOfWork, *, wants: Mapping[SkuId, int], ref: str) -> None:
    """Reserve so many of each SKU for ``ref``, all or none; again is the same as once.

    Raises:
        OutOfStock: the facts name every SKU of which there are too few.
    """
    short = []
    # In order of id, so that two buyers of the same things never wait for each other.
    for sku_id in sorted(wants):
        quantity = wants[sku_id]
        if not tell(uow, sku_id, ref, "reserve", reserved=quantity):
            continue
        taken = (
            update(SkuRow)
            .where(SkuRow.id == sku_id, SkuRow.on_hand - SkuRow.reserved >= quantity)
            .values(reserved=SkuRow.reserved + quantity)
        )
        if uow.change(taken) != 1:
            short.append(sku_id)
        else:
            _tell_if_flipped(uow, sku_id, before_change=quantity)
    if short:
        raise OutOfStock(sku_ids=short)


def unreserve(uow: UnitOfWork, *, ref: str) -> None:
    """Give back what ``ref`` reserved and did not sell; again is the same as once."""
    for sku_id, quantity in _reserved(uow, ref):
        if _has(uow, sku_id, ref, "sell"):
            continue
        if tell(uow, sku_id, ref, "unreserve", reserved=-quantity):
            _set(uow, sku_id, on_hand=0, reserved=-quantity)
            _tell_if_flipped(uow, sku_id, before_change=-quantity)


def sell(uow: UnitOfWork, *, ref: str) -> None:
    """Take what ``ref`` reserved from the shelf; again is the same as once.

    Raises:
        StockNotReserved: nothing is reserved for it, or it was given back.
    """
    reserved = _reserved(uow, ref)
    if not reserved or any(_has(uow, sku_id, ref, "unreserve") for sku_id, _ in reserved):
        raise StockNotReserved(ref=ref)
    for sku_id, quantity in reserved:
        if tell(uow, sku_id, ref, "sell", on_hand=-quantity, reserved=-quantity):
            _set(uow, sku_id, on_hand=-quantity, reserved=-quantity)


def restock(uow: UnitOfWork, *, sku_id: SkuId, quantity: int, ref: str) -> None:
    """Put pieces back on the shelf; again for the same ``ref`` is the same as once."""
    if tell(uow, sku_id, ref, "restock", on_hand=quantity):
        _set(uow, sku_id, on_hand=quantity, reserved=0)
        _tell_if_flipped(uow, sku_id, before_change=-quantity)


def tell(
    uow: UnitOfWork, sku_id: SkuId, ref: str, reason: str, *, on_hand: int = 0, reserved: int = 0
) -> bool:
    """Write why a stock changes; tell whether this is news."""
    values = {
        "sku": sku_id,
        "ref": ref,
        "reason": reason,
        "on_hand": on_hand,
        "reserved": reserved,
        "at": uow.now,
    }
    return uow.change(_TELL, values) == 1


def _reserved(uow: UnitOfWork, ref: str) -> list[tuple[SkuId, int]]:
    rows = uow.rows(
        select(StockMoveRow.sku_id, StockMoveRow.reserved_change)
        .where(StockMoveRow.ref == ref, StockMoveRow.reason == "reserve")
        .order_by(StockMoveRow.sku_id)
    )
    return [(SkuId(row.sku_id), row.reserved_change) for row in rows]


def _has(uow: UnitOfWork, sku_id: SkuId, ref: str, reason: str) -> bool:
    found = select(StockMoveRow.id).where(
        StockMoveRow.ref == ref, StockMoveRow.sku_id == sku_id, StockMoveRow.reason == reason
    )
    return uow.value(found) is not None


def _set(uow: UnitOfWork, sku_id: SkuId, *, on_hand: int, reserved: int) -> None:
    moved = (
        update(SkuRow)
        .where(SkuRow.id == sku_id)
        .values(on_hand=SkuRow.on_hand + on_hand, reserved=SkuRow.reserved + reserved)
    )
    assert uow.change(moved) == 1, sku_id


def _tell_if_flipped(uow: UnitOfWork, sku_id: SkuId, *, before_change: int) -> None:
    """Announce the product when the SKU came to nothing, or came back from it."""
    row = uow.row(
        select(SkuRow.product_id, (SkuRow.on_hand - SkuRow.reserved).label("left")).where(
            SkuRow.id == sku_id
        )
    )
    assert row is not None
    if row.left == 0 or row.left + before_change == 0:
        uow.announce(ProductChanged(product_id=ProductId(row.product_id)))
