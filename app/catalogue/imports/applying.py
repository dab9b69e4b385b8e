"""Applying staged rows, a unit at a time, so that readers and buyers hardly notice."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import and_, insert, select, update

from app.catalogue import queries
from app.catalogue.commands import add_brand, ensure_category
from app.catalogue.commands.stock import tell as tell_stock
from app.catalogue.imports.mapping import ColumnMap
from app.catalogue.imports.reading import FileRefused, Row, read_rows
from app.catalogue.imports.rows import ImportRow, RowFault, RowReader
from app.catalogue.imports.staging import Stage, Staged
from app.catalogue.models import BrandRow, ImportedRow, ProductRow, SkuRow
from app.catalogue.rules import handle_for, name_key, other_handle_for, stock_after
from app.events.catalogue import ProductChanged
from app.kernel.ids import BrandId, CategoryId, MerchantId, ProductId, SkuId, mint
from app.kernel.problems import NotFound
from app.platform.uow import Snapshot, UnitOfWork, snapshot, transact

UNIT_ROWS: Final = 200
PAUSE_SECONDS: Final = 0.01
"""Measured beside readers and buyers: 200 rows and a pause leave writes their usual p99 (ADR 0002);
without a pause requests starve."""

FAULTS_SHOWN: Final = 100
"""Faults beyond are counted only: whoever has so many made the same mistake in each row."""


@dataclass(slots=True)
class Report:
    """What an import did, or would have done."""

    rows: int = 0
    products: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    brands_added: int = 0
    fault_count: int = 0
    faults: list[RowFault] = field(default_factory=list)

    def refuse(self, faults: Iterable[RowFault]) -> None:
        """Keep faults, as far as they are shown."""
        for one in faults:
            self.fault_count += 1
            if len(self.faults) < FAULTS_SHOWN:
                self.faults.append(one)


@dataclass(frozen=True, slots=True)
class _Known:
    """A SKU that is there already, and what it was last imported as."""

    sku_id: SkuId
    product_id: ProductId
    on_hand: int
    reserved: int
    price_fen: int
    digest: bytes | None
    stock: int | None


Tell = Callable[[str, int, int], None]
"""Progress: what is done, how much of it, out of how much; 0 where that is not known."""


def import_products(
    path: Path,
    *,
    columns: ColumnMap,
    merchant: str | None = None,
    stock: int | None = None,
    dry_run: bool = False,
    tell: Tell = lambda _what, _done, _all: None,
) -> Report:
    """Import the products of a file; with faults, or on a dry run, nothing is written.

    Opens units of work of its own. ``merchant`` and ``stock`` stand in where a row has none.

    Raises:
        FileRefused: the file as a whole cannot be used.
        Busy: other writers kept the database for too long; the next run goes on from there.
    """
    report = Report()
    reader = RowReader(columns, merchant=merchant, stock=stock)
    given = {"merchant"} if merchant is not None else set()
    with Stage() as stage:
        for number, values, fault in _checked(read_rows(path), columns, given):
            report.rows += 1
            if values is None:
                report.refuse([RowFault(number, "", "bad-row", fault)])
                continue
            read = reader.read(number, values)
            if isinstance(read, list):
                report.refuse(read)
            else:
                stage.put(number, read)
            tell("rows read", report.rows, 0)
        ids = _merchant_ids(stage, columns, report)
        report.products = stage.count()
        if report.fault_count == 0:
            _apply(stage, ids, report, dry_run=dry_run, tell=tell)
    return report


def _checked(rows: Iterator[Row], columns: ColumnMap, given: set[str]) -> Iterator[Row]:
    """Yield rows whose columns are known; the first row that can be read speaks for the file."""
    first = True
    for number, values, fault in rows:
        if values is not None:
            unknown = columns.unknown(values)
            if first:
                _check_columns(columns, values, unknown, given)
                first = False
            if unknown:
                yield number, None, f"the column {unknown[0]} means nothing"
                continue
        yield number, values, fault


def _check_columns(
    columns: ColumnMap, values: dict[str, object], unknown: list[str], given: set[str]
) -> None:
    if unknown:
        raise FileRefused(
            f"the columns {', '.join(unknown[:10])} mean nothing; rename them by a map, or list"
            " them there under ignore"
        )
    missing = [name for name in columns.missing(values) if name not in given]
    if "merchant" not in given and columns.source("merchant") not in values:
        missing += [] if "merchant" in columns.defaults else ["merchant (or --merchant HANDLE)"]
    if missing:
        raise FileRefused(f"there is no column {', '.join(missing)}; see docs/imports.md")


def _merchant_ids(stage: Stage, columns: ColumnMap, report: Report) -> dict[str, MerchantId]:
    found: dict[str, MerchantId] = {}
    with snapshot() as view:
        for handle, number in stage.merchants().items():
            try:
                found[handle] = MerchantId(queries.merchant(view, key=handle).id)
            except NotFound:
                why = f"There is no merchant {handle[:40]!r}: `trove merchant add` makes one."
                column = columns.source("merchant") or "merchant"
                report.refuse([RowFault(number, column, "unknown-merchant", why)])
    return found


def _apply(
    stage: Stage, ids: dict[str, MerchantId], report: Report, *, dry_run: bool, tell: Tell
) -> None:
    brands: dict[str, BrandId] = {}
    categories: dict[tuple[str, ...], CategoryId] = {}
    done = 0
    for handle, rows in stage.units(UNIT_ROWS):
        with snapshot() as view:
            known = _known(view, ids[handle], rows)
            news = [one for one in rows if _is_news(one, known.get(one.row.sku))]
            if dry_run:
                report.brands_added += _new_brands(view, news, brands)
        if news and not dry_run:
            unit = transact(partial(_write, ids[handle], news, brands, categories))
            brands.update(unit.brands)
            categories.update(unit.categories)
            report.brands_added += unit.brands_added
            time.sleep(PAUSE_SECONDS)
        added = sum(one.row.sku not in known for one in news)
        report.added += added
        report.changed += len(news) - added
        report.unchanged += len(rows) - len(news)
        done += len(rows)
        tell("products", done, report.products)


def _write(
    merchant_id: MerchantId,
    news: list[Staged],
    brands: dict[str, BrandId],
    categories: dict[tuple[str, ...], CategoryId],
    uow: UnitOfWork,
) -> "_Unit":
    # Copies: a unit that is done anew must not know what the first one made.
    unit = _Unit(uow, merchant_id, dict(brands), dict(categories))
    unit.write(news)
    return unit


def _known(view: Snapshot, merchant_id: MerchantId, rows: list[Staged]) -> dict[str, _Known]:
    asked = (
        select(
            SkuRow.code,
            SkuRow.id,
            SkuRow.product_id,
            SkuRow.on_hand,
            SkuRow.reserved,
            SkuRow.price_fen,
            ImportedRow.digest,
            ImportedRow.stock,
        )
        .outerjoin(
            ImportedRow,
            and_(ImportedRow.merchant_id == SkuRow.merchant_id, ImportedRow.code == SkuRow.code),
        )
        .where(SkuRow.merchant_id == merchant_id, SkuRow.code.in_([one.row.sku for one in rows]))
    )
    return {row.code: _Known(*row[1:]) for row in view.rows(asked)}


def _is_news(one: Staged, known: _Known | None) -> bool:
    return known is None or known.digest != one.digest


def _new_brands(view: Snapshot, rows: list[Staged], seen: dict[str, BrandId]) -> int:
    keys = {name_key(one.row.brand) for one in rows} - set(seen)
    there = view.rows(select(BrandRow.name_key, BrandRow.id).where(BrandRow.name_key.in_(keys)))
    seen.update({row.name_key: BrandId(row.id) for row in there})
    fresh = keys - set(seen)
    seen.update({key: BrandId("") for key in fresh})
    return len(fresh)


class _Unit:
    """One transaction's worth of rows of one merchant."""

    def __init__(
        self,
        uow: UnitOfWork,
        merchant_id: MerchantId,
        brands: dict[str, BrandId],
        categories: dict[tuple[str, ...], CategoryId],
    ) -> None:
        self._uow = uow
        self._merchant_id = merchant_id
        self.brands = brands
        self.categories = categories
        self.brands_added = 0

    def write(self, rows: list[Staged]) -> None:
        """Write what is still news: another import may have come in between."""
        known = _known(self._uow, self._merchant_id, rows)
        fresh = [one for one in rows if one.row.sku not in known]
        self._add(fresh)
        for one in rows:
            old = known.get(one.row.sku)
            if old is not None and _is_news(one, old):
                self._change(one, old)

    def _add(self, rows: list[Staged]) -> None:
        if not rows:
            return
        products, skus, imported, moves = [], [], [], []
        for one in rows:
            row = one.row
            product_id, sku_id = ProductId(mint("product")), SkuId(mint("sku"))
            products.append(
                {
                    "id": product_id,
                    "merchant_id": self._merchant_id,
                    **self._values(row),
                    "picture_id": None,
                    "listed": True,
                    "version": 1,
                    "created_at": self._uow.now,
                }
            )
            skus.append(
                {
                    "id": sku_id,
                    "product_id": product_id,
                    "merchant_id": self._merchant_id,
                    "code": row.sku,
                    "name": "",
                    "position": 0,
                    "price_fen": row.price_fen,
                    "on_hand": row.stock or 0,
                    "reserved": 0,
                }
            )
            imported.append(self._imported(one, sku_id))
            if row.stock:
                moves.append((sku_id, f"import:{product_id}:1", row.stock))
            self._uow.announce(ProductChanged(product_id=product_id))
        self._uow.change(insert(ProductRow), products)
        self._uow.change(insert(SkuRow), skus)
        self._uow.change(insert(ImportedRow), imported)
        for sku_id, ref, pieces in moves:
            tell_stock(self._uow, sku_id, ref, "import", on_hand=pieces)

    def _change(self, one: Staged, old: _Known) -> None:
        row = one.row
        changed = (
            update(ProductRow)
            .where(ProductRow.id == old.product_id)
            .values(version=ProductRow.version + 1, **self._values(row))
            .returning(ProductRow.version)
        )
        version = self._uow.value(changed)
        values: dict[str, object] = {"price_fen": row.price_fen}
        # A SKU that no import knows yet is brought to the count that the row tells.
        last = old.on_hand if old.digest is None else old.stock
        if row.stock is not None and last is None:
            last = old.on_hand
        if row.stock is not None and last is not None:
            after = stock_after(
                on_hand=old.on_hand, reserved=old.reserved, difference=row.stock - last
            )
            values["on_hand"] = after
            if after != old.on_hand:
                ref = f"import:{old.product_id}:{version}"
                tell_stock(self._uow, old.sku_id, ref, "import", on_hand=after - old.on_hand)
        self._uow.change(update(SkuRow).where(SkuRow.id == old.sku_id).values(**values))
        if old.digest is None:
            self._uow.change(insert(ImportedRow), [self._imported(one, old.sku_id)])
        else:
            mine = ImportedRow.merchant_id == self._merchant_id, ImportedRow.code == row.sku
            kept = old.stock if row.stock is None else row.stock
            self._uow.change(update(ImportedRow).where(*mine).values(digest=one.digest, stock=kept))
        self._uow.announce(ProductChanged(product_id=old.product_id))

    def _imported(self, one: Staged, sku_id: SkuId) -> dict[str, object]:
        return {
            "merchant_id": self._merchant_id,
            "code": one.row.sku,
            "sku_id": sku_id,
            "digest": one.digest,
            "stock": one.row.stock,
        }

    def _values(self, row: ImportRow) -> dict[str, object]:
        return {
            "brand_id": self._brand_id(row.brand),
            "category_id": self._category_id(row.category),
            "name": row.name,
            "description": row.description,
            "attributes": row.attributes,
            "picture_urls": list(row.pictures),
        }

    def _brand_id(self, name: str) -> BrandId:
        key = name_key(name)
        if key not in self.brands:
            found = self._uow.value(select(BrandRow.id).where(BrandRow.name_key == key))
            self.brands[key] = BrandId(found) if found else self._new_brand(name)
        return self.brands[key]

    def _new_brand(self, name: str) -> BrandId:
        self.brands_added += 1
        handle = handle_for(name)
        taken = select(BrandRow.id).where(BrandRow.handle == handle)
        if self._uow.value(taken) is not None:
            handle = other_handle_for(name)
        return add_brand(self._uow, handle=handle, name=name)

    def _category_id(self, names: tuple[str, ...]) -> CategoryId | None:
        if not names:
            return None
        if names not in self.categories:
            self.categories[names] = ensure_category(self._uow, names=names)
        return self.categories[names]
