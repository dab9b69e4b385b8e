"""What the room's queries return: checkouts, orders, payments and refunds as they stand."""

from dataclasses import dataclass
from datetime import datetime

from app.kernel.ids import (
    AccountId,
    BrandId,
    CheckoutId,
    LineId,
    MerchantId,
    OrderId,
    PaymentId,
    ProductId,
    RefundId,
    SkuId,
)
from app.orders.rules import LineLeft, Part
from app.orders.states import OrderState, RefundState


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of an order."""

    id: LineId
    order_id: OrderId
    product_id: ProductId
    brand_id: BrandId
    sku_id: SkuId
    name: str
    sku_name: str
    price_fen: int
    quantity: int
    net_fen: int
    fee_bp: int
    refunded_fen: int
    refunding_fen: int
    refunded_quantity: int
    released_at: datetime | None
    refunding_quantity: int

    @property
    def left(self) -> LineLeft:
        """What is left of the line to refund."""
        return LineLeft(
            self.id,
            self.net_fen,
            self.quantity,
            self.refunded_fen,
            self.refunding_fen,
            self.refunded_quantity,
            self.refunding_quantity,
        )

    @property
    def settled(self) -> bool:
        """Whether nothing more happens to the line by itself."""
        return self.released_at is not None or self.refunded_fen == self.net_fen


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund, with what goes back of which line."""

    id: RefundId
    order_id: OrderId | None
    provider: str
    txn_id: str
    state: RefundState
    amount_fen: int
    reason: str
    answer: str
    asked_at: datetime
    decided_at: datetime | None
    confirmed_at: datetime | None
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened to an order."""

    what: str
    amount_fen: int | None
    note: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with its lines and refunds; money is derived from them."""

    id: OrderId
    checkout_id: CheckoutId
    buyer_id: AccountId
    merchant_id: MerchantId
    merchant_name: str
    state: OrderState
    goods_fen: int
    freight_fen: int
    sealed_address: bytes
    placed_at: datetime
    paid_at: datetime | None
    shipped_at: datetime | None
    received_at: datetime | None
    ended_at: datetime | None
    carrier: str | None
    tracking_no: str | None
    lines: tuple[LineView, ...]
    refunds: tuple[RefundView, ...]

    @property
    def total_fen(self) -> int:
        """What the buyer pays, or paid."""
        return self.goods_fen + self.freight_fen

    @property
    def refunded_fen(self) -> int:
        """What went back."""
        return sum(line.refunded_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class PaymentView:
    """The payment of a checkout."""

    id: PaymentId
    checkout_id: CheckoutId
    provider: str
    amount_fen: int
    state: str
    txn_id: str | None
    opened_at: datetime | None
    """When the provider was first asked for the charge; until then nobody can have paid."""


@dataclass(frozen=True, slots=True)
class CheckoutView:
    """A checkout with its orders and its payment."""

    id: CheckoutId
    buyer_id: AccountId
    state: str
    total_fen: int
    instant_ms: int
    placed_at: datetime
    lapses_at: datetime
    payment: PaymentView
    orders: tuple[OrderView, ...]
