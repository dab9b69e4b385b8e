"""Tables of the touches room: the log, spent tokens, and which device is whose."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.ids import ID_LENGTH
from app.platform.append_only import append_only
from app.platform.db import Base


class TouchRow(Base):
    """A touch; never changed. ``seq`` is the order of arrival and makes the public id."""

    __tablename__ = "touches_touch"
    __table_args__ = (
        CheckConstraint("kind IN ('open', 'tag_click', 'save', 'share_open')", name="kind"),
        Index(None, "device_id", "ts_ms"),
        Index(None, "account_id", "ts_ms"),
        # Few touches do not hold; the index has only these.
        Index(
            "ix_touches_touch_unheld",
            "author_id",
            "ts_ms",
            sqlite_where=text("token_ok = 0"),
            postgresql_where=text("NOT token_ok"),
        ),
    )
    personal = "device_id, account_id: pseudonymous ids"

    seq: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    ts_ms: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(12))
    device_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    account_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    note_id: Mapped[str] = mapped_column(String(ID_LENGTH), index=True)
    author_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    product_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    brand_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    merchant_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    token_ok: Mapped[bool]
    nonce: Mapped[str] = mapped_column(String(32))


class SpentRow(Base):
    """A token that was used for a kind of touch: once is all it is good for."""

    __tablename__ = "touches_spent"
    personal = "none"

    nonce: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    ts_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class LinkRow(Base):
    """From this instant the device is also this account's; links are never taken back."""

    __tablename__ = "touches_link"
    __table_args__ = (Index(None, "account_id", "at"),)
    personal = "device_id, account_id: pseudonymous ids"

    device_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    at: Mapped[datetime]


append_only(TouchRow.__table__)
append_only(LinkRow.__table__)
