"""All reading of the catalogue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam, select

from app.catalogue.models import (
    BrandRow,
    CategoryRow,
    MemberRow,
    MerchantRow,
    ProductRow,
    SkuRow,
)
from app.catalogue.rules import CATEGORY_SEPARATOR
from app.kernel.ids import (
    AccountId,
    BrandId,
    CategoryId,
    MerchantId,
    PictureId,
    ProductId,
    SkuId,
)
from app.kernel.page import Page, cut, load_cursor
from app.kernel.problems import NotFound
from app.pictures import api as pictures
from app.platform.uow import Snapshot
from app.web.caller import Seat


@dataclass(frozen=True, slots=True)
class Org:
    """A merchant or a brand."""

    id: str
    handle: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the category tree, with the names from the root down."""

    id: CategoryId
    parent_id: CategoryId | None
    name: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sku:
    """A variant that can be bought."""

    id: SkuId
    product_id: ProductId
    code: str
    name: str
    price_fen: int
    on_hand: int
    reserved: int

    @property
    def available(self) -> int:
        """How many can be ordered now."""
        return self.on_hand - self.reserved


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its SKUs, its seller and its brand."""

    id: ProductId
    merchant_id: MerchantId
    merchant_name: str
    merchant_handle: str
    brand_id: BrandId
    brand_name: str
    brand_handle: str
    category_id: CategoryId | None
    category_path: tuple[str, ...]
    name: str
    description: str
    attributes: dict[str, Any]
    picture: pictures.Picture | None
    picture_urls: tuple[str, ...]
    listed: bool
    version: int
    created_at: datetime
    skus: tuple[Sku, ...]

    @property
    def price_fen(self) -> int:
        """The lowest price among the SKUs."""
        return min(sku.price_fen for sku in self.skus)

    @property
    def available(self) -> int:
        """How many pieces of any SKU can be ordered now."""
        return sum(sku.available for sku in self.skus)


_PRODUCT = (
    select(
        ProductRow.id,
        ProductRow.merchant_id,
        MerchantRow.name.label("merchant_name"),
        MerchantRow.handle.label("merchant_handle"),
        ProductRow.brand_id,
        BrandRow.name.label("brand_name"),
        BrandRow.handle.label("brand_handle"),
        ProductRow.category_id,
        CategoryRow.path,
        ProductRow.name,
        ProductRow.description,
        ProductRow.attributes,
        ProductRow.picture_id,
        ProductRow.picture_urls,
        ProductRow.listed,
        ProductRow.version,
        ProductRow.created_at,
    )
    .join(MerchantRow, MerchantRow.id == ProductRow.merchant_id)
    .join(BrandRow, BrandRow.id == ProductRow.brand_id)
    .outerjoin(CategoryRow, CategoryRow.id == ProductRow.category_id)
)
_SKU = select(
    SkuRow.id,
    SkuRow.product_id,
    SkuRow.code,
    SkuRow.name,
    SkuRow.price_fen,
    SkuRow.on_hand,
    SkuRow.reserved,
)

# Made once: building a statement costs as much as running it.
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_PRODUCTS = _PRODUCT.where(ProductRow.id.in_(_IDS))
_SKUS = _SKU.where(SkuRow.product_id.in_(_IDS)).order_by(SkuRow.product_id, SkuRow.position)
_SELLERS = select(ProductRow.id, ProductRow.merchant_id).where(ProductRow.id.in_(_IDS))
_OWNERS = select(ProductRow.id, ProductRow.brand_id, ProductRow.merchant_id).where(
    ProductRow.id.in_(_IDS)
)


def product(view: Snapshot, *, product_id: ProductId) -> Product:
    """Return a product, listed or not.

    Raises:
        NotFound: there is none.
    """
    found = products(view, product_ids=[product_id])
    if product_id not in found:
        raise NotFound
    return found[product_id]


def products(view: Snapshot, *, product_ids: Sequence[ProductId]) -> dict[ProductId, Product]:
    """Return products by id; those there are not are left out."""
    if not product_ids:
        return {}
    rows = view.rows(_PRODUCTS, {"ids": product_ids})
    skus: dict[str, list[Sku]] = {}
    for row in view.rows(_SKUS, {"ids": product_ids}):
        skus.setdefault(row.product_id, []).append(Sku(*row))
    wanted = [PictureId(row.picture_id) for row in rows if row.picture_id]
    shown = pictures.pictures(view, picture_ids=wanted)
    return {
        row.id: Product(
            *[
                *row[:8],
                tuple(row.path.split(CATEGORY_SEPARATOR)) if row.path else (),
                *row[9:12],
                shown.get(row.picture_id),
                tuple(row.picture_urls),
                *row[14:],
                tuple(skus.get(row.id, ())),
            ]
        )
        for row in rows
    }


def sku_lines(view: Snapshot, *, sku_ids: Sequence[SkuId]) -> dict[SkuId, tuple[Product, Sku]]:
    """Return each SKU with its product; those there are not are left out."""
    if not sku_ids:
        return {}
    owners = view.rows(select(SkuRow.product_id).where(SkuRow.id.in_(sku_ids)).distinct())
    found = products(view, product_ids=[row.product_id for row in owners])
    wanted = set(sku_ids)
    return {sku.id: (one, sku) for one in found.values() for sku in one.skus if sku.id in wanted}


def taggable(view: Snapshot, *, product_ids: Sequence[ProductId]) -> frozenset[ProductId]:
    """Return which of these products may be tagged: those that are sold."""
    rows = view.rows(
        select(ProductRow.id).where(ProductRow.id.in_(product_ids), ProductRow.listed.is_(True))
    )
    return frozenset(ProductId(row.id) for row in rows)


def merchants_of(
    view: Snapshot, *, product_ids: Sequence[ProductId]
) -> dict[ProductId, MerchantId]:
    """Return who sells each of these products."""
    rows = view.rows(_SELLERS, {"ids": product_ids})
    return {ProductId(row.id): MerchantId(row.merchant_id) for row in rows}


def owners_of(
    view: Snapshot, *, product_ids: Sequence[ProductId]
) -> dict[ProductId, tuple[BrandId, MerchantId]]:
    """Return brand and merchant of each of these products."""
    rows = view.rows(_OWNERS, {"ids": product_ids})
    return {row.id: (row.brand_id, row.merchant_id) for row in rows}


def products_of(
    view: Snapshot,
    *,
    merchant_id: MerchantId | None = None,
    brand_id: BrandId | None = None,
    category_id: CategoryId | None = None,
    listed_only: bool = True,
    cursor: str | None = None,
    size: int = 20,
) -> Page[Product]:
    """Return products of a merchant, a brand or a category, the newest first."""
    statement = select(ProductRow.id)
    for column, value in (
        (ProductRow.merchant_id, merchant_id),
        (ProductRow.brand_id, brand_id),
        (ProductRow.category_id, category_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if listed_only:
        statement = statement.where(ProductRow.listed.is_(True))
    if cursor is not None:
        (last,) = load_cursor(cursor, str)
        statement = statement.where(ProductRow.id < last)
    rows = view.rows(statement.order_by(ProductRow.id.desc()).limit(size + 1))
    ids = cut([ProductId(row.id) for row in rows], size, lambda one: (one,))
    found = products(view, product_ids=ids.items)
    return Page(tuple(found[one] for one in ids.items), ids.next)


def product_ids_of(view: Snapshot, *, merchant_id: MerchantId) -> tuple[ProductId, ...]:
    """Return the ids of everything that a merchant sells."""
    rows = view.rows(select(ProductRow.id).where(ProductRow.merchant_id == merchant_id))
    return tuple(ProductId(row.id) for row in rows)


def all_product_ids(view: Snapshot) -> tuple[ProductId, ...]:
    """Return the ids of all products; for rebuilding what is made of them."""
    return tuple(ProductId(row.id) for row in view.rows(select(ProductRow.id)))


def categories(view: Snapshot, *, ids: Sequence[str] | None = None) -> tuple[Category, ...]:
    """Return the category tree, or those of ``ids``, in order of path."""
    wanted = select(
        CategoryRow.id, CategoryRow.parent_id, CategoryRow.name, CategoryRow.path
    ).order_by(CategoryRow.path)
    rows = view.rows(wanted if ids is None else wanted.where(CategoryRow.id.in_(ids)))
    return tuple(
        Category(row.id, row.parent_id, row.name, tuple(row.path.split(CATEGORY_SEPARATOR)))
        for row in rows
    )


def merchants(view: Snapshot, *, ids: Sequence[str]) -> dict[MerchantId, Org]:
    """Return merchants by id."""
    statement = select(MerchantRow.id, MerchantRow.handle, MerchantRow.name, MerchantRow.about)
    return {
        MerchantId(one.id): one for one in _orgs(view, statement.where(MerchantRow.id.in_(ids)))
    }


def brands(view: Snapshot, *, ids: Sequence[str]) -> dict[BrandId, Org]:
    """Return brands by id."""
    statement = select(BrandRow.id, BrandRow.handle, BrandRow.name, BrandRow.about)
    return {BrandId(one.id): one for one in _orgs(view, statement.where(BrandRow.id.in_(ids)))}


def merchant(view: Snapshot, *, key: str) -> Org:
    """Return a merchant by id or handle.

    Raises:
        NotFound: there is none.
    """
    statement = select(MerchantRow.id, MerchantRow.handle, MerchantRow.name, MerchantRow.about)
    return _one(view, statement.where((MerchantRow.id == key) | (MerchantRow.handle == key)))


def brand(view: Snapshot, *, key: str) -> Org:
    """Return a brand by id or handle.

    Raises:
        NotFound: there is none.
    """
    statement = select(BrandRow.id, BrandRow.handle, BrandRow.name, BrandRow.about)
    return _one(view, statement.where((BrandRow.id == key) | (BrandRow.handle == key)))


def is_staff(view: Snapshot, *, account_id: AccountId, merchant_id: MerchantId) -> bool:
    """Tell whether an account works for a merchant."""
    return _is_member(view, account_id, MemberRow.merchant_id == merchant_id)


def is_brand_member(view: Snapshot, *, account_id: AccountId, brand_id: BrandId) -> bool:
    """Tell whether an account belongs to a brand."""
    return _is_member(view, account_id, MemberRow.brand_id == brand_id)


def seats_of(view: Snapshot, account_id: AccountId) -> tuple[tuple[Seat, ...], tuple[Seat, ...]]:
    """Return the merchants that an account works for, and the brands that it belongs to."""
    sells = view.rows(
        select(MerchantRow.id, MerchantRow.handle, MerchantRow.name)
        .join(MemberRow, MemberRow.merchant_id == MerchantRow.id)
        .where(MemberRow.account_id == account_id)
        .order_by(MerchantRow.handle)
    )
    owns = view.rows(
        select(BrandRow.id, BrandRow.handle, BrandRow.name)
        .join(MemberRow, MemberRow.brand_id == BrandRow.id)
        .where(MemberRow.account_id == account_id)
        .order_by(BrandRow.handle)
    )
    return tuple(Seat(*row) for row in sells), tuple(Seat(*row) for row in owns)


def _is_member(view: Snapshot, account_id: AccountId, condition: Any) -> bool:
    found = select(MemberRow.id).where(MemberRow.account_id == account_id, condition).limit(1)
    return view.value(found) is not None


def _orgs(view: Snapshot, statement: Any) -> list[Org]:
    return [Org(*row) for row in view.rows(statement)]


def _one(view: Snapshot, statement: Any) -> Org:
    found = _orgs(view, statement)
    if not found:
        raise NotFound
    return found[0]
