"""JSON and CSV of the insights room."""

import csv
import io
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Response
from flask_babel import gettext as _

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.insights import queries
from app.insights.queries import Filter, Row
from app.insights.schemas import FunnelsOut, InsightsOut, InsightsQuery
from app.kernel.ids import BrandId
from app.kernel.problems import NotFound
from app.kernel.time import day_of
from app.platform.uow import Snapshot
from app.web.caller import signed_in
from app.web.http import ApiBlueprint

blp = ApiBlueprint("insights", __name__, url_prefix="/api/v1", description="Figures")

DAYS = 30
FORMULA = ("=", "+", "-", "@", "\t", "\0")
"""Cells that begin so are formulas to spreadsheets; they get an apostrophe in front."""

CSV_COLUMNS = ("key", "label", "orders", "pieces", "net_fen", "refunded_fen", "kept_fen")


@blp.reads("/me/notes/insights", gives=FunnelsOut)
def get_funnels(view: Snapshot) -> dict[str, Any]:
    """Show what came of each of one's notes."""
    found = queries.funnels(view, creator_id=signed_in())
    titles = content.titles(view, note_ids=[one.note_id for one in found])
    items = [
        {
            "note_id": one.note_id,
            "title": titles.get(one.note_id, ""),
            "opens": one.opens,
            "taps": one.taps,
            "figures": one.figures,
        }
        for one in found
    ]
    return {"items": items}


@blp.reads(
    "/brands/<brand_id>/insights", gives=InsightsOut, query=InsightsQuery, refuses=(NotFound,)
)
def get_insights(view: Snapshot, asked: dict[str, Any], brand_id: BrandId) -> dict[str, Any]:
    """Show a brand's figures to its members: the sum of a filter, and its parts."""
    which = filter_of(view, asked, brand_id)
    found = rows_of(view, which, asked["by"])
    return {
        "from_on": which.from_on,
        "to_on": which.to_on,
        "total": queries.total(view, which=which),
        "rows": labelled(view, found, asked["by"]),
    }


@blp.reads(
    "/brands/<brand_id>/insights.csv",
    gives=InsightsOut,
    query=InsightsQuery,
    refuses=(NotFound,),
)
def get_insights_csv(view: Snapshot, asked: dict[str, Any], brand_id: BrandId) -> Response:
    """Give the rows of the same filter as CSV; what the screen shows, and nothing else."""
    which = filter_of(view, asked, brand_id)
    found = labelled(view, rows_of(view, which, asked["by"]), asked["by"])
    response = Response(as_csv(found), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{asked["by"]}.csv"'
    return response


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
