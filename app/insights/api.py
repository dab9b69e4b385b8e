"""The insights room's door."""

from app.insights.commands import rebuild
from app.insights.queries import Figures, Filter, Funnel, Row, funnels, grouped, series, total

__all__ = [
    "Figures",
    "Filter",
    "Funnel",
    "Row",
    "funnels",
    "grouped",
    "rebuild",
    "series",
    "total",
]
