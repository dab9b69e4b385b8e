"""Files to import, and what stands in the catalogue afterwards."""

from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from app.catalogue import api as catalogue
from app.catalogue.models import ImportedRow, ProductRow, SkuRow, StockMoveRow
from app.kernel.ids import OrderId, mint
from app.platform.outbox import OutboxRow
from app.platform.uow import snapshot, unit_of_work

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"
MAPS = HERE.parent / "support" / "maps"
HEAD = "sku,name,brand,price,stock\n"
GOOD = "A-1,Lamp,Halde,19.90,5\n"


def run_import(path: Path, **more: Any) -> catalogue.Report:
    """Import a file for laojie, by the canonical columns unless told otherwise."""
    more = {"columns": catalogue.ColumnMap(), "merchant": "laojie", **more}
    return catalogue.import_products(path, **more)


def state() -> dict[str, tuple[Any, ...]]:
    """Return what is sold, by SKU code."""
    with snapshot() as view:
        found = catalogue.products(view, product_ids=catalogue.all_product_ids(view))
    return {
        sku.code: (one.name, one.brand_name, sku.price_fen, sku.on_hand, one.category_path)
        for one in found.values()
        for sku in one.skus
    }


def counts() -> tuple[int, ...]:
    """Return how many rows the tables of an import have."""
    with snapshot() as view:
        return tuple(
            int(view.value(select(func.count()).select_from(table)))
            for table in (ProductRow, SkuRow, StockMoveRow, ImportedRow, OutboxRow)
        )


def sku_id(code: str) -> Any:
    """Return the id of a SKU."""
    with snapshot() as view:
        return view.value(select(SkuRow.id).where(SkuRow.code == code))


def sell(code: str, pieces: int) -> None:
    """Sell so many pieces of a SKU."""
    order = OrderId(mint("order"))
    with unit_of_work() as uow:
        catalogue.reserve(uow, wants={sku_id(code): pieces}, ref=order)
        catalogue.sell(uow, ref=order)
