"""Tables of the catalogue: who sells, what, under which brand, and how much is there."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
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
from app.platform.append_only import append_only
from app.platform.db import Base


class MerchantRow(Base):
    """Who sells and ships, and owns the commission terms."""

    __tablename__ = "catalogue_merchant"
    personal = "none"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    handle: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    about: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime]


class BrandRow(Base):
    """Whose name is on the goods; several merchants may sell them. Imports find it by its key."""

    __tablename__ = "catalogue_brand"
    personal = "none"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    handle: Mapped[str] = mapped_column(String(30), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(160), unique=True)
    about: Mapped[str] = mapped_column(String(1000), default="")
    created_at: Mapped[datetime]


class MemberRow(Base):
    """An account that works for a merchant, or belongs to a brand: exactly one of the two.

    No foreign key to the account: a person who is erased leaves no member behind to guard.
    """

    __tablename__ = "catalogue_member"
    __table_args__ = (
        UniqueConstraint("account_id", "merchant_id"),
        UniqueConstraint("account_id", "brand_id", name="uq_catalogue_member_account_id_brand"),
        CheckConstraint("(merchant_id IS NULL) <> (brand_id IS NULL)", name="one"),
    )
    personal = "account_id"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(String(ID_LENGTH))
    merchant_id: Mapped[str | None] = mapped_column(ForeignKey("catalogue_merchant.id"), index=True)
    brand_id: Mapped[str | None] = mapped_column(ForeignKey("catalogue_brand.id"), index=True)
    since: Mapped[datetime]


class CategoryRow(Base):
    """A node of the category tree; ``path`` spells the names from the root down."""

    __tablename__ = "catalogue_category"
    personal = "none"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("catalogue_category.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    path: Mapped[str] = mapped_column(String(320), unique=True)


class ProductRow(Base):
    """A product of one merchant and one brand; it has at least one SKU.

    ``version`` counts what its merchant changed, never reservations. There is no foreign key to
    the picture: when its owner is erased the product stays, and shows the placeholder.
    """

    __tablename__ = "catalogue_product"
    __table_args__ = (
        Index(None, "merchant_id", "id"),
        Index(None, "brand_id", "id"),
        Index(None, "category_id", "id"),
    )
    personal = "none"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("catalogue_merchant.id"))
    brand_id: Mapped[str] = mapped_column(ForeignKey("catalogue_brand.id"))
    category_id: Mapped[str | None] = mapped_column(ForeignKey("catalogue_category.id"))
    name: Mapped[str] = mapped_column(String(300))
    description: Mapped[str] = mapped_column(Text)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSON)
    picture_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    picture_urls: Mapped[list[str]] = mapped_column(JSON)
    listed: Mapped[bool]
    version: Mapped[int]
    created_at: Mapped[datetime]


class SkuRow(Base):
    """A variant that can be bought. What is available is what is on hand and not reserved."""

    __tablename__ = "catalogue_sku"
    __table_args__ = (
        UniqueConstraint("merchant_id", "code"),
        CheckConstraint("price_fen >= 1", name="price"),
        CheckConstraint("on_hand >= 0", name="on_hand"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("reserved <= on_hand", name="promised"),
    )
    personal = "none"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    product_id: Mapped[str] = mapped_column(ForeignKey("catalogue_product.id"), index=True)
    merchant_id: Mapped[str] = mapped_column(ForeignKey("catalogue_merchant.id"))
    code: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int]
    price_fen: Mapped[int] = mapped_column(BigInteger)
    on_hand: Mapped[int]
    reserved: Mapped[int]


class StockMoveRow(Base):
    """Why a stock changed; never changed itself. Its sums are what the SKU's row says.

    One of a reason for each (ref, SKU), so that whoever asks twice moves once.
    """

    __tablename__ = "catalogue_stock_move"
    __table_args__ = (
        UniqueConstraint("ref", "sku_id", "reason"),
        CheckConstraint(
            "reason IN ('opening', 'adjust', 'import', 'reserve', 'unreserve', 'sell', 'restock')",
            name="reason",
        ),
    )
    personal = "none"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    sku_id: Mapped[str] = mapped_column(ForeignKey("catalogue_sku.id"), index=True)
    ref: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(9))
    on_hand_change: Mapped[int]
    reserved_change: Mapped[int]
    at: Mapped[datetime]


class ImportedRow(Base):
    """What a SKU was last imported as: a digest of its row, and the stock that the row told.

    By the digest a second run changes only what changed; by the stock it takes the difference,
    and does not undo what was sold in between.
    """

    __tablename__ = "catalogue_imported"
    personal = "none"

    merchant_id: Mapped[str] = mapped_column(ForeignKey("catalogue_merchant.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(64), primary_key=True)
    sku_id: Mapped[str] = mapped_column(ForeignKey("catalogue_sku.id"), index=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary(32))
    stock: Mapped[int | None]


append_only(StockMoveRow.__table__)
