"""Figures as people read them: by whose filter, with names, as CSV."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.insights import queries
from app.insights.queries import Filter, Row
from app.kernel.ids import BrandId
from app.kernel.problems import NotFound
from app.kernel.time import day_of
from app.platform.uow import Snapshot
from app.web.caller import signed_in

DAYS = 30
FORMULA = ("=", "+", "-", "@", "\t", "\0")
"""Cells that begin so are formulas to spreadsheets; they get an apostrophe in front."""

CSV_COLUMNS = ("key", "label", "orders", "pieces", "net_fen", "refunded_fen", "kept_fen")


def filter_of(view: Snapshot, asked: dict[str, Any], brand_key: str) -> Filter:
    """Return the filter that was asked for, of a brand of the caller's own.

    Raises:
        NotFound: there is no such brand, or the caller does not belong to it.
    """
    brand = catalogue.brand(view, key=brand_key)
    brand_id = BrandId(brand.id)
    if not catalogue.is_brand_member(view, account_id=signed_in(), brand_id=brand_id):
        raise NotFound
    to_on = asked.get("to_on") or day_of(view.now)
    from_on = asked.get("from_on") or to_on - timedelta(days=DAYS - 1)
    names = ("creator_id", "note_id", "product_id", "merchant_id")
    return Filter(brand_id, from_on, to_on, **{name: asked.get(name) for name in names})


def rows_of(view: Snapshot, which: Filter, by: str) -> Sequence[Row]:
    """Return the parts of a filter's sum."""
    if by == "day":
        return queries.series(view, which=which)
    return queries.grouped(view, which=which, by=by)


def labelled(view: Snapshot, rows: Sequence[Row], by: str) -> list[dict[str, Any]]:
    """Return rows with a name each."""
    names = _names(view, [row.key for row in rows if row.key], by)
    nobody = _("nobody credited")
    return [
        {
            "key": str(row.key) if row.key else None,
            "label": names.get(row.key, str(row.key)) if row.key else nobody,
            "figures": row.figures,
        }
        for row in rows
    ]


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as RFC 4180 text, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        figures = row["figures"]
        numbers = [getattr(figures, name) for name in CSV_COLUMNS[2:]]
        writer.writerow([_safe(row["key"] or ""), _safe(row["label"]), *numbers])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _names(view: Snapshot, keys: list[Any], by: str) -> dict[Any, str]:
    if by == "creator":
        return {one.id: one.name for one in accounts.people(view, account_ids=keys).values()}
    if by == "note":
        return dict(content.titles(view, note_ids=keys))
    if by == "product":
        return {one.id: one.name for one in catalogue.products(view, product_ids=keys).values()}
    if by == "merchant":
        return {one.id: one.name for one in catalogue.merchants(view, ids=keys).values()}
    return {}
