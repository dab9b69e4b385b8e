"""Tables of the attribution room: facts of paid lines, receipts, shares, verdicts."""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.append_only import append_only
from app.platform.db import Base


class PaidLineRow(Base):
    """What attribution knows of a paid order line; ``left_fen`` is its net less refunds.

    Deliberately absent: a parent of a creator. A second level of commission cannot be written down.
    """

    __tablename__ = "attribution_line"
    __table_args__ = (
        CheckConstraint("left_fen BETWEEN 0 AND net_fen", name="left"),
        Index(None, "order_id"),
        Index(None, "regraded", "paid_at"),
    )
    personal = "buyer_id: pseudonymous id"

    line_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    buyer_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    merchant_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    brand_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    sku_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    quantity: Mapped[int]
    net_fen: Mapped[int] = mapped_column(BigInteger)
    left_fen: Mapped[int] = mapped_column(BigInteger)
    freight_fen: Mapped[int] = mapped_column(BigInteger)
    fee_bp: Mapped[int]
    instant_ms: Mapped[int] = mapped_column(BigInteger)
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime]
    released_at: Mapped[datetime | None]
    regraded: Mapped[bool] = mapped_column(Boolean)


class ReceiptRow(Base):
    """Why a line was credited as it was: the record that anybody can recompute; never changed."""

    __tablename__ = "attribution_receipt"
    __table_args__ = (CheckConstraint("stage IN ('paid', 'grace', 'release')", name="stage"),)
    personal = "none"

    line_id: Mapped[str] = mapped_column(ForeignKey("attribution_line.line_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(String(8))
    record: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(index=True)


class ShareRow(Base):
    """A creator's part of a line now: what is credited to them less refunds, and at which rate."""

    __tablename__ = "attribution_share"
    __table_args__ = (
        CheckConstraint("credited_fen >= 0", name="credited"),
        CheckConstraint("commission_bp BETWEEN 0 AND 10000", name="rate"),
        Index(None, "creator_id", "line_id"),
    )
    personal = "creator_id"

    line_id: Mapped[str] = mapped_column(ForeignKey("attribution_line.line_id"), primary_key=True)
    touch_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int]
    creator_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    note_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(12))
    age_ms: Mapped[int] = mapped_column(BigInteger)
    commission_bp: Mapped[int]
    rate_at_touch_bp: Mapped[int]
    rate_at_order_bp: Mapped[int]
    credited_fen: Mapped[int] = mapped_column(BigInteger)


class VerdictRow(Base):
    """What was said of one touch for one line, as of the last receipt."""

    __tablename__ = "attribution_verdict"
    __table_args__ = (Index(None, "creator_id", "verdict"),)
    personal = "creator_id"

    line_id: Mapped[str] = mapped_column(ForeignKey("attribution_line.line_id"), primary_key=True)
    touch_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    creator_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    note_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    kind: Mapped[str] = mapped_column(String(12))
    ts_ms: Mapped[int] = mapped_column(BigInteger)
    verdict: Mapped[str] = mapped_column(String(40))


append_only(ReceiptRow.__table__)
