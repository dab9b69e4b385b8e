"""What is in a cart."""

from dataclasses import dataclass

from sqlalchemy import func, select

from app.catalogue import api as catalogue
from app.kernel.ids import AccountId, NoteId, SkuId
from app.orders.models import CartLineRow
from app.orders.rules import Offer, Quote, Wanted
from app.platform.uow import Snapshot


@dataclass(frozen=True, slots=True)
class CartLine:
    """One line of a cart, at today's price; ``offer`` is None when it is gone altogether."""

    wanted: Wanted
    offer: Offer | None
    product: catalogue.Product | None

    @property
    def total_fen(self) -> int:
        """What it comes to, as far as it can be had."""
        return self.quote.net_fen if self.quote else 0

    @property
    def quote(self) -> Quote | None:
        """The line as a checkout would have it; None where it is gone altogether."""
        return Quote(self.offer, self.wanted.quantity) if self.offer else None


def cart(view: Snapshot, *, account_id: AccountId) -> tuple[CartLine, ...]:
    """Return what is in a cart, what was put in first first."""
    rows = view.rows(
        select(CartLineRow.sku_id, CartLineRow.quantity, CartLineRow.note_id)
        .where(CartLineRow.account_id == account_id)
        .order_by(CartLineRow.added_at, CartLineRow.sku_id)
    )
    wanted = [
        Wanted(SkuId(row.sku_id), row.quantity, NoteId(row.note_id) if row.note_id else None)
        for row in rows
    ]
    found = catalogue.sku_lines(view, sku_ids=[want.sku_id for want in wanted])
    return tuple(
        CartLine(
            want,
            offer_of(*found[want.sku_id]) if want.sku_id in found else None,
            found[want.sku_id][0] if want.sku_id in found else None,
        )
        for want in wanted
    )


def cart_count(view: Snapshot, *, account_id: AccountId) -> int:
    """Return how many pieces are in a cart."""
    pieces = select(func.coalesce(func.sum(CartLineRow.quantity), 0))
    return int(view.value(pieces.where(CartLineRow.account_id == account_id)) or 0)


def offers(view: Snapshot, *, sku_ids: list[SkuId]) -> dict[SkuId, Offer]:
    """Return what each SKU is sold for now; those there are not are left out."""
    found = catalogue.sku_lines(view, sku_ids=sku_ids)
    return {sku_id: offer_of(*pair) for sku_id, pair in found.items()}


def offer_of(product: catalogue.Product, sku: catalogue.Sku) -> Offer:
    """Return the offer of a SKU."""
    return Offer(
        sku_id=sku.id,
        product_id=product.id,
        merchant_id=product.merchant_id,
        merchant_name=product.merchant_name,
        brand_id=product.brand_id,
        name=product.name,
        sku_name=sku.name,
        price_fen=sku.price_fen,
        available=sku.available,
        listed=product.listed,
    )
