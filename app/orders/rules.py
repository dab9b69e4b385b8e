"""Decisions of the orders room; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.kernel.ids import BrandId, LineId, MerchantId, NoteId, ProductId, SkuId
from app.kernel.money import Money
from app.orders.errors import RefundTooMuch

CART_LINES_MAX = 100
QUANTITY_MAX = 99
"""More of one thing is a wholesale matter."""

PREVIEW_SECONDS = 300
"""A preview binds for five minutes; then prices are looked at anew."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a buyer wants of a SKU, and the note that it was put into the cart from, if any."""

    sku_id: SkuId
    quantity: int
    note_id: NoteId | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """What a SKU is sold for now."""

    sku_id: SkuId
    product_id: ProductId
    merchant_id: MerchantId
    merchant_name: str
    brand_id: BrandId
    name: str
    sku_name: str
    price_fen: int
    available: int
    listed: bool


@dataclass(frozen=True, slots=True)
class Quote:
    """One line of a preview."""

    offer: Offer
    quantity: int

    @property
    def net_fen(self) -> int:
        """Price times what can be had of it; there are no discounts yet."""
        return self.offer.price_fen * self.had

    @property
    def had(self) -> int:
        """How many can be had: what is wanted, or what is left of it."""
        return min(self.quantity, max(self.offer.available, 0)) if self.offer.listed else 0

    @property
    def short(self) -> bool:
        """Whether there is less than wanted, or it is not sold."""
        return not self.offer.listed or self.offer.available < self.quantity


@dataclass(frozen=True, slots=True)
class Parcel:
    """What one merchant sends: one order."""

    merchant_id: MerchantId
    merchant_name: str
    quotes: tuple[Quote, ...]
    freight_fen: int = 0

    @property
    def goods_fen(self) -> int:
        """The sum of the lines."""
        return sum(quote.net_fen for quote in self.quotes)

    @property
    def total_fen(self) -> int:
        """What the buyer pays for it."""
        return self.goods_fen + self.freight_fen


@dataclass(frozen=True, slots=True)
class Preview:
    """What a buyer is shown before they confirm; ``instant`` is when, and decides attribution."""

    parcels: tuple[Parcel, ...]
    instant: datetime

    @property
    def total_fen(self) -> int:
        """What the buyer pays in all."""
        return sum(parcel.total_fen for parcel in self.parcels)

    @property
    def short(self) -> tuple[Quote, ...]:
        """The lines that cannot be had as wanted."""
        return tuple(quote for parcel in self.parcels for quote in parcel.quotes if quote.short)

    def terms(self) -> list[list[object]]:
        """Return what the buyer agrees to, in one order: SKU, quantity, price."""
        return sorted(
            [quote.offer.sku_id, quote.quantity, quote.offer.price_fen]
            for parcel in self.parcels
            for quote in parcel.quotes
        )


@dataclass(frozen=True, slots=True)
class LineLeft:
    """What is left of a line to refund: its net, what went back, what is being asked for."""

    line_id: LineId
    net_fen: int
    quantity: int
    refunded_fen: int
    refunding_fen: int
    refunded_quantity: int
    refunding_quantity: int = 0

    @property
    def left_fen(self) -> int:
        """How much may still be asked for."""
        return self.net_fen - self.refunded_fen - self.refunding_fen

    @property
    def quantity_left(self) -> int:
        """How many pieces may still be asked for."""
        return self.quantity - self.refunded_quantity - self.refunding_quantity


@dataclass(frozen=True, slots=True)
class PartAsked:
    """What is asked back of a line: so many pieces, or an amount at most; exactly one of them."""

    line_id: LineId
    quantity: int | None = None
    amount_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What is to go back of a line."""

    line_id: LineId
    quantity: int
    amount_fen: int


def preview(wanted: Sequence[Wanted], offers: Mapping[SkuId, Offer], *, at: datetime) -> Preview:
    """Return the preview of ``wanted``: one parcel a merchant, in the order they first occur."""
    parcels: dict[MerchantId, list[Quote]] = {}
    for want in wanted:
        offer = offers[want.sku_id]
        parcels.setdefault(offer.merchant_id, []).append(Quote(offer, want.quantity))
    return Preview(
        tuple(
            Parcel(merchant_id, quotes[0].offer.merchant_name, tuple(quotes))
            for merchant_id, quotes in parcels.items()
        ),
        at,
    )


def few_left_fault(left: int, *, in_cart: int) -> str:
    """Return what is said of wanting more than there is; ``in_cart`` are taken already."""
    fault = "Only {left} left."
    if left < 1:
        fault = "None of these are left."
    elif in_cart:
        fault = "Only {left} left; {in_cart} of them are in your cart already."
    return fault.format(left=left, in_cart=in_cart)


def refund_parts(asked: Sequence[PartAsked], lines: Mapping[LineId, LineLeft]) -> tuple[Part, ...]:
    """Return what goes back for what is asked; amounts are derived, never taken over.

    So many pieces are worth their share of the line's net, split to the fen over its pieces, so
    that all pieces together are worth all of it.

    Raises:
        RefundTooMuch: more pieces or more money than is left.
    """
    return tuple(_part(one, lines[one.line_id]) for one in asked)


def _part(asked: PartAsked, line: LineLeft) -> Part:
    if asked.quantity is not None:
        start = line.quantity - line.quantity_left
        end = start + asked.quantity
        if end > line.quantity:
            raise RefundTooMuch(line_id=line.line_id, left_fen=line.left_fen)
        pieces = Money(line.net_fen).split([1] * line.quantity)
        worth = Money.total(pieces[start:end]).fen
        # Earlier refunds by amount may have taken from these pieces already.
        amount = line.left_fen if end == line.quantity else min(worth, line.left_fen)
    else:
        amount = asked.amount_fen or 0
    if not 0 < amount <= line.left_fen:
        raise RefundTooMuch(line_id=line.line_id, left_fen=line.left_fen)
    return Part(line.line_id, asked.quantity or 0, amount)


def release_due(received_at: datetime, *, days: int) -> datetime:
    """Return when a received line's money is released."""
    return received_at + timedelta(days=days)
