"""Tables of the insights room: what happened to lines and touches, by day; all recomputable."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.db import Base


class SaleRow(Base):
    """A paid line, its creator, and what is left of it; days are Shanghai's.

    Figures are of ``paid_on`` (when money came) or of ``refunded``'s own days; never a mix.
    """

    __tablename__ = "insights_sale"
    __table_args__ = (
        Index(None, "brand_id", "paid_on"),
        Index(None, "creator_id", "paid_on"),
        Index(None, "note_id", "paid_on"),
        CheckConstraint("refunded_fen BETWEEN 0 AND net_fen", name="refunded"),
    )
    personal = "creator_id"

    line_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    order_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    brand_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    merchant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    creator_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    note_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    quantity: Mapped[int]
    net_fen: Mapped[int] = mapped_column(BigInteger)
    refunded_fen: Mapped[int] = mapped_column(BigInteger)
    commission_fen: Mapped[int] = mapped_column(BigInteger)
    paid_at: Mapped[datetime]
    paid_on: Mapped[date] = mapped_column(Date)
    released_at: Mapped[datetime | None]


class TouchDayRow(Base):
    """How often a note was touched in a way on a day, about a brand's products; each touch once."""

    __tablename__ = "insights_touch_day"
    __table_args__ = (Index(None, "brand_id", "day"),)
    personal = "creator_id"

    note_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    creator_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    brand_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    touches: Mapped[int] = mapped_column(BigInteger)
