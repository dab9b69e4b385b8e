"""Tables of the insights room: what happened to lines and touches, by day; all recomputable."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.db import Base


class ChangeRow(Base):
    """What a day's events changed in the figures of a paid line and whoever is credited for it.

    Amounts may be negative: a line that is credited otherwise leaves one creator for another. Days
    are Shanghai's: ``day`` is when it happened, ``ordered_on`` when the order was placed.
    """

    __tablename__ = "insights_change"
    __table_args__ = (
        Index(None, "brand_id", "day"),
        Index(None, "brand_id", "ordered_on"),
        Index(None, "creator_id", "note_id"),
    )
    personal = "creator_id"

    line_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    ordered_on: Mapped[date] = mapped_column(Date)
    order_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    brand_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    merchant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    creator_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    note_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    pieces: Mapped[int]
    net_fen: Mapped[int] = mapped_column(BigInteger)
    refunded_fen: Mapped[int] = mapped_column(BigInteger)
    commission_fen: Mapped[int] = mapped_column(BigInteger)


class TouchDayRow(Base):
    """How often a note was touched in a way on a day, about one product.

    One touch of a note with three goods is three rows of the log. So that it can be counted once,
    ``of_note`` has only those that come first in their touch, ``of_brand`` those that come first
    of the product's brand in it, ``of_merchant`` those that come first of its brand and merchant.
    """

    __tablename__ = "insights_touch_day"
    __table_args__ = (Index(None, "brand_id", "day"), Index(None, "creator_id", "note_id"))
    personal = "creator_id"

    note_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    brand_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    creator_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    touches: Mapped[int] = mapped_column(BigInteger)
    of_note: Mapped[int] = mapped_column(BigInteger)
    of_brand: Mapped[int] = mapped_column(BigInteger)
    of_merchant: Mapped[int] = mapped_column(BigInteger)


class CountedRow(Base):
    """A stretch of the touch log that the days have in them, both ends included.

    A delivery counts only what no stretch covers yet: so it may come twice, and after a rebuild.
    """

    __tablename__ = "insights_counted"
    __table_args__ = (CheckConstraint("first_seq <= last_seq", name="order"),)
    personal = "none"

    first_seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    last_seq: Mapped[int] = mapped_column(BigInteger)
