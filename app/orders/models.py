"""Tables of the orders room."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.orders.states import OrderState, RefundState
from app.platform.append_only import append_only
from app.platform.db import Base


def _one_of(column: str, values: type[OrderState] | type[RefundState] | tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class CartLineRow(Base):
    """So many of a SKU in somebody's cart; prices are looked up, never kept."""

    __tablename__ = "orders_cart_line"
    __table_args__ = (CheckConstraint("quantity BETWEEN 1 AND 99", name="quantity"),)
    personal = "account_id"

    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    sku_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    quantity: Mapped[int]
    note_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    added_at: Mapped[datetime]


class CheckoutRow(Base):
    """What a buyer confirmed at once: an order for each merchant, one payment."""

    __tablename__ = "orders_checkout"
    __table_args__ = (
        CheckConstraint(_one_of("state", ("placed", "paid", "lapsed", "cancelled")), name="state"),
        CheckConstraint("total_fen > 0", name="total"),
        Index(None, "state", "lapses_at"),
    )
    personal = "buyer_id"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    buyer_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    state: Mapped[str] = mapped_column(String(10))
    total_fen: Mapped[int] = mapped_column(BigInteger)
    instant_ms: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[datetime]
    lapses_at: Mapped[datetime]


class OrderRow(Base):
    """What one merchant sells to one buyer in one checkout; its state moves by one UPDATE."""

    __tablename__ = "orders_order"
    __table_args__ = (
        CheckConstraint(_one_of("state", OrderState), name="state"),
        CheckConstraint("goods_fen > 0 AND freight_fen >= 0", name="sums"),
        UniqueConstraint("checkout_id", "merchant_id"),
        Index(None, "buyer_id", "id"),
        Index(None, "merchant_id", "state", "id"),
        Index(None, "state", "shipped_at"),
        Index(None, "state", "received_at"),
    )
    personal = "buyer_id; address: sealed"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("orders_checkout.id"))
    buyer_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    merchant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    state: Mapped[str] = mapped_column(String(10))
    goods_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    address: Mapped[bytes] = mapped_column(LargeBinary)
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    carrier: Mapped[str | None] = mapped_column(String(40))
    tracking_no: Mapped[str | None] = mapped_column(String(60))


class LineRow(Base):
    """One SKU in an order, as it was sold; money taken back never passes what was paid."""

    __tablename__ = "orders_line"
    __table_args__ = (
        CheckConstraint("quantity > 0 AND price_fen > 0 AND net_fen > 0", name="sums"),
        CheckConstraint(
            "refunded_fen >= 0 AND refunding_fen >= 0 AND refunded_fen + refunding_fen <= net_fen",
            name="refunds",
        ),
        CheckConstraint(
            "refunded_quantity >= 0 AND refunded_quantity <= quantity", name="refunded_quantity"
        ),
        CheckConstraint(
            "refunding_quantity >= 0 AND refunded_quantity + refunding_quantity <= quantity",
            name="refunding_quantity",
        ),
        CheckConstraint("fee_bp BETWEEN 0 AND 10000", name="fee"),
        UniqueConstraint("order_id", "position"),
    )
    personal = "none"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders_order.id"), index=True)
    position: Mapped[int]
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    brand_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    sku_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    name: Mapped[str] = mapped_column(String(300))
    sku_name: Mapped[str] = mapped_column(String(120))
    price_fen: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[int]
    net_fen: Mapped[int] = mapped_column(BigInteger)
    fee_bp: Mapped[int]
    refunded_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    refunding_fen: Mapped[int] = mapped_column(BigInteger, default=0)
    refunded_quantity: Mapped[int] = mapped_column(default=0)
    released_at: Mapped[datetime | None]
    refunding_quantity: Mapped[int] = mapped_column(default=0, server_default="0")


class PaymentRow(Base):
    """The one payment of a checkout; its id is the provider's charge number."""

    __tablename__ = "orders_payment"
    __table_args__ = (
        CheckConstraint(_one_of("state", ("waiting", "paid", "closed")), name="state"),
        CheckConstraint("(state = 'paid') = (txn_id IS NOT NULL)", name="txn"),
        Index(None, "state", "opened_at"),
    )
    personal = "none"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    checkout_id: Mapped[str] = mapped_column(ForeignKey("orders_checkout.id"), unique=True)
    provider: Mapped[str] = mapped_column(String(20))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    txn_id: Mapped[str | None] = mapped_column(String(80))
    opened_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]


class AllocationRow(Base):
    """How much of a payment is for which order."""

    __tablename__ = "orders_allocation"
    personal = "none"

    payment_id: Mapped[str] = mapped_column(ForeignKey("orders_payment.id"), primary_key=True)
    order_id: Mapped[str] = mapped_column(ForeignKey("orders_order.id"), primary_key=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)


class TxnRow(Base):
    """Money that came in: each of the provider's transactions once, whoever told of it."""

    __tablename__ = "orders_txn"
    __table_args__ = (
        CheckConstraint(
            _one_of("outcome", ("fits", "unknown", "wrong-sum", "too-late", "twice")),
            name="outcome",
        ),
    )
    personal = "none"

    provider: Mapped[str] = mapped_column(String(20), primary_key=True)
    txn_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    charge_no: Mapped[str] = mapped_column(String(80), index=True)
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    outcome: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]


class RefundRow(Base):
    """Money on its way back. Its id is the provider's refund number: a retry is recognised.

    Without an order it returns money that fitted none.
    """

    __tablename__ = "orders_refund"
    __table_args__ = (
        CheckConstraint(_one_of("state", RefundState), name="state"),
        CheckConstraint("amount_fen > 0", name="amount"),
        Index(None, "state", "asked_at"),
    )
    personal = "reason: what the buyer wrote"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_id: Mapped[str | None] = mapped_column(ForeignKey("orders_order.id"), index=True)
    provider: Mapped[str] = mapped_column(String(20))
    txn_id: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]


class RefundPartRow(Base):
    """How much of a refund is of which line."""

    __tablename__ = "orders_refund_part"
    __table_args__ = (CheckConstraint("amount_fen > 0 AND quantity >= 0", name="sums"),)
    personal = "none"

    refund_id: Mapped[str] = mapped_column(ForeignKey("orders_refund.id"), primary_key=True)
    line_id: Mapped[str] = mapped_column(ForeignKey("orders_line.id"), primary_key=True)
    quantity: Mapped[int]
    amount_fen: Mapped[int] = mapped_column(BigInteger)


class StepRow(Base):
    """What happened to an order, when, by whom: its timeline."""

    __tablename__ = "orders_step"
    __table_args__ = (Index(None, "order_id", "id"),)
    personal = "none: the kind of person only"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    order_id: Mapped[str] = mapped_column(ForeignKey("orders_order.id"))
    what: Mapped[str] = mapped_column(String(30))
    amount_fen: Mapped[int | None] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[str] = mapped_column(String(10))
    at: Mapped[datetime]


append_only(StepRow.__table__)
append_only(TxnRow.__table__)
