"""JSON and CSV of the insights room."""

from typing import Any

from flask import Response

from app.content import api as content
from app.insights import queries
from app.insights.exports import as_csv, filter_of, labelled, rows_of
from app.insights.schemas import FunnelsOut, InsightsOut, InsightsQuery
from app.kernel.ids import BrandId
from app.kernel.problems import NotFound
from app.platform.uow import Snapshot
from app.web.caller import signed_in
from app.web.http import ApiBlueprint

blp = ApiBlueprint("insights", __name__, url_prefix="/api/v1", description="Figures")


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
        "dates": which.dates,
        "opens": queries.touch_total(view, which=which, kind="open"),
        "taps": queries.touch_total(view, which=which, kind="tag_click"),
        "total": queries.total(view, which=which),
        "rows": labelled(view, found, asked["by"]),
    }


@blp.reads(
    "/brands/<brand_id>/insights.csv",
    gives=InsightsOut,
    query=InsightsQuery,
    refuses=(NotFound,),
    media="text/csv",
)
def get_insights_csv(view: Snapshot, asked: dict[str, Any], brand_id: BrandId) -> Response:
    """Give the rows of the same filter as CSV; what the screen shows, and nothing else."""
    which = filter_of(view, asked, brand_id)
    found = labelled(view, rows_of(view, which, asked["by"]), asked["by"])
    response = Response(as_csv(found), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{asked["by"]}.csv"'
    return response
