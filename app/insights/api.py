"""The insights room's door."""

from app.insights.commands import rebuild
from app.insights.queries import (
    Audit,
    Difference,
    Figures,
    Filter,
    Funnel,
    Row,
    audit,
    funnels,
    grouped,
    series,
    total,
)

__all__ = [
    "Audit",
    "Difference",
    "Figures",
    "Filter",
    "Funnel",
    "Row",
    "audit",
    "funnels",
    "grouped",
    "rebuild",
    "series",
    "total",
]
