"""JSON endpoints of the catalogue."""

from typing import Any

from app.catalogue import commands, queries
from app.catalogue.errors import ProductStale, SkuCodeTaken, StockBelowReserved, UnknownPart
from app.catalogue.queries import Org, Product
from app.catalogue.rules import ProductChange, ProductDraft
from app.catalogue.schemas import (
    BrandOut,
    CategoriesOut,
    ProductChangeIn,
    ProductIn,
    ProductOut,
    ProductsOut,
    ProductsQuery,
)
from app.kernel.ids import AccountId, MerchantId, PictureId, ProductId
from app.kernel.page import Page
from app.kernel.problems import NotFound
from app.pictures import api as pictures
from app.platform.uow import Snapshot, UnitOfWork
from app.web.caller import find_caller, signed_in
from app.web.http import ApiBlueprint, Reply, etag, if_match

blp = ApiBlueprint("catalogue", __name__, url_prefix="/api/v1", description="What is sold")


@blp.reads("/products", gives=ProductsOut, query=ProductsQuery, public=True)
def list_products(view: Snapshot, asked: dict[str, Any]) -> Page[Product]:
    """List what is sold, the newest first."""
    return queries.products_of(view, **asked)


@blp.reads(
    "/products/<product_id>", gives=ProductOut, refuses=(NotFound,), public=True, versioned=True
)
def get_product(view: Snapshot, product_id: ProductId) -> Reply:
    """Show a product; one that is not listed only to its merchant's staff."""
    seen = queries.product(view, product_id=product_id)
    found = find_caller()
    if not seen.listed and not (found and _serves(view, found.account_id, seen.merchant_id)):
        raise NotFound
    return Reply(seen, headers=etag(seen.version))


@blp.writes(
    "POST",
    "/products",
    takes=ProductIn,
    gives=ProductOut,
    status=201,
    refuses=(NotFound, SkuCodeTaken, UnknownPart),
)
def add_product(uow: UnitOfWork, given: dict[str, Any]) -> Product:
    """Add a product, for its merchant's staff."""
    merchant_id, draft = given["merchant_id"], given["draft"]
    if not _serves(uow, signed_in(), merchant_id):
        raise NotFound
    _check_parts(uow, draft)
    product_id = commands.add_product(uow, merchant_id=merchant_id, draft=draft)
    return queries.product(uow, product_id=product_id)


@blp.writes(
    "PATCH",
    "/products/<product_id>",
    takes=ProductChangeIn,
    gives=ProductOut,
    refuses=(NotFound, ProductStale, StockBelowReserved, UnknownPart),
)
def change_product(uow: UnitOfWork, change: ProductChange, product_id: ProductId) -> Product:
    """Change a product, for its merchant's staff; `If-Match` refuses when it changed since."""
    seen = queries.product(uow, product_id=product_id)
    if not _serves(uow, signed_in(), seen.merchant_id):
        raise NotFound
    _check_picture(uow, change.values.get("picture_id"))
    commands.change_product(
        uow,
        product_id=product_id,
        merchant_id=seen.merchant_id,
        change=change,
        version=if_match(),
    )
    return queries.product(uow, product_id=product_id)


@blp.reads("/brands/<brand_id>", gives=BrandOut, refuses=(NotFound,), public=True)
def get_brand(view: Snapshot, brand_id: str) -> Org:
    """Show a brand, by id or handle."""
    return queries.brand(view, key=brand_id)


@blp.reads("/categories", gives=CategoriesOut, public=True)
def list_categories(view: Snapshot) -> dict[str, Any]:
    """List the category tree."""
    return {"items": queries.categories(view)}


def _serves(view: Snapshot, account_id: AccountId, merchant_id: MerchantId) -> bool:
    return queries.is_staff(view, account_id=account_id, merchant_id=merchant_id)


def _check_parts(view: Snapshot, draft: ProductDraft) -> None:
    if not queries.brands(view, ids=[draft.brand_id]):
        raise UnknownPart(part="brand_id")
    known = {category.id for category in queries.categories(view)}
    if draft.category_id is not None and draft.category_id not in known:
        raise UnknownPart(part="category_id")
    _check_picture(view, draft.picture_id)


def _check_picture(view: Snapshot, picture_id: object) -> None:
    if picture_id is None:
        return
    wanted = PictureId(str(picture_id))
    if not pictures.own(view, owner_id=signed_in(), picture_ids=[wanted]):
        raise UnknownPart(part="picture_id")
