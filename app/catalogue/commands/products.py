"""Adding and changing products, for their merchants."""

from sqlalchemy import select, update

from app.catalogue import queries
from app.catalogue.commands.stock import tell
from app.catalogue.errors import ProductStale, SkuCodeTaken, StockBelowReserved
from app.catalogue.models import ProductRow, SkuRow
from app.catalogue.rules import ProductChange, ProductDraft, SkuChange, check_draft
from app.events.catalogue import ProductChanged
from app.kernel.ids import MerchantId, ProductId, SkuId, mint
from app.kernel.problems import NotFound
from app.platform.uow import UnitOfWork


def add_product(uow: UnitOfWork, *, merchant_id: MerchantId, draft: ProductDraft) -> ProductId:
    """Add a product with its SKUs and their opening stock.

    Raises:
        InvalidInput: a code stands twice in the draft.
        SkuCodeTaken: the merchant uses a code already.
    """
    check_draft(draft)
    codes = [sku.code for sku in draft.skus]
    taken = uow.rows(
        select(SkuRow.code).where(SkuRow.merchant_id == merchant_id, SkuRow.code.in_(codes))
    )
    if taken:
        raise SkuCodeTaken(codes=sorted(row.code for row in taken))
    product_id = ProductId(mint("product"))
    uow.add(
        ProductRow(
            id=product_id,
            merchant_id=merchant_id,
            brand_id=draft.brand_id,
            category_id=draft.category_id,
            name=draft.name,
            description=draft.description,
            attributes=dict(draft.attributes),
            picture_id=draft.picture_id,
            picture_urls=[],
            listed=draft.listed,
            version=1,
            created_at=uow.now,
        )
    )
    for position, sku in enumerate(draft.skus):
        sku_id = SkuId(mint("sku"))
        uow.add(
            SkuRow(
                id=sku_id,
                product_id=product_id,
                merchant_id=merchant_id,
                code=sku.code,
                name=sku.name,
                position=position,
                price_fen=sku.price_fen,
                on_hand=sku.stock,
                reserved=0,
            )
        )
        if sku.stock:
            tell(uow, sku_id, product_id, "opening", on_hand=sku.stock)
    uow.announce(ProductChanged(product_id=product_id))
    return product_id


def change_product(
    uow: UnitOfWork,
    *,
    product_id: ProductId,
    merchant_id: MerchantId,
    change: ProductChange,
    version: int | None = None,
) -> None:
    """Change a product of a merchant.

    Raises:
        NotFound: the product, or a SKU, is not the merchant's.
        ProductStale: it is no longer at ``version``.
        StockBelowReserved: stock would fall below what is promised.
    """
    seen = queries.product(uow, product_id=product_id)
    known = {sku.id for sku in seen.skus}
    if seen.merchant_id != merchant_id or any(one.id not in known for one in change.skus):
        raise NotFound
    wanted = seen.version if version is None else version
    moved = update(ProductRow).where(ProductRow.id == product_id, ProductRow.version == wanted)
    if uow.change(moved.values(version=wanted + 1, **change.values)) != 1:
        raise ProductStale(version=seen.version)
    for one in change.skus:
        _change_sku(uow, one, ref=f"{product_id}:{wanted + 1}")
    uow.announce(ProductChanged(product_id=product_id))


def _change_sku(uow: UnitOfWork, change: SkuChange, *, ref: str) -> None:
    values: dict[str, object] = {}
    if change.name is not None:
        values["name"] = change.name
    if change.price_fen is not None:
        values["price_fen"] = change.price_fen
    if values:
        uow.change(update(SkuRow).where(SkuRow.id == change.id).values(**values))
    if change.stock_change:
        changed = (
            update(SkuRow)
            .where(SkuRow.id == change.id, SkuRow.on_hand + change.stock_change >= SkuRow.reserved)
            .values(on_hand=SkuRow.on_hand + change.stock_change)
        )
        if uow.change(changed) != 1:
            raise StockBelowReserved(sku_ids=[change.id])
        tell(uow, change.id, ref, "adjust", on_hand=change.stock_change)
