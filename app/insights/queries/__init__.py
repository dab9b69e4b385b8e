"""All reading of the insights room: figures to show, and what they must be."""

from app.insights.queries.audits import Audit, Difference, audit
from app.insights.queries.expected import (
    counted,
    expected_changes,
    expected_touches,
    line_ids,
    touch_row,
)
from app.insights.queries.figures import (
    GROUPS,
    REST,
    Figures,
    Filter,
    Funnel,
    Row,
    funnels,
    grouped,
    series,
    total,
    touch_total,
)

__all__ = [
    "GROUPS",
    "REST",
    "Audit",
    "Difference",
    "Figures",
    "Filter",
    "Funnel",
    "Row",
    "audit",
    "counted",
    "expected_changes",
    "expected_touches",
    "funnels",
    "grouped",
    "line_ids",
    "series",
    "total",
    "touch_row",
    "touch_total",
]
