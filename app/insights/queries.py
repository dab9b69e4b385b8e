"""Figures of creators and brands, each a query over the read tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.insights.models import SaleRow, TouchDayRow
from app.kernel.ids import AccountId, BrandId, NoteId
from app.platform.uow import Snapshot


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sales of a brand: days both included, and what else must hold."""

    brand_id: BrandId
    from_on: date
    to_on: date
    creator_id: str | None = None
    note_id: str | None = None
    product_id: str | None = None
    merchant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums in fen; ``kept_fen`` is what came less what went back."""

    orders: int
    pieces: int
    net_fen: int
    refunded_fen: int
    commission_fen: int

    @property
    def kept_fen(self) -> int:
        """What is left of the sales."""
        return self.net_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one creator, note, product, merchant or day."""

    key: Any
    figures: Figures


@dataclass(frozen=True, slots=True)
class Funnel:
    """What readers did with a note: opened it, tapped a tag, ordered, kept."""

    note_id: NoteId
    opens: int
    taps: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class Freshness:
    """Up to when the figures are."""

    at: datetime


_SUMS = (
    func.count(SaleRow.order_id.distinct()),
    func.coalesce(func.sum(SaleRow.quantity), 0),
    func.coalesce(func.sum(SaleRow.net_fen), 0),
    func.coalesce(func.sum(SaleRow.refunded_fen), 0),
    func.coalesce(func.sum(SaleRow.commission_fen), 0),
)

GROUPS = {
    "creator": SaleRow.creator_id,
    "note": SaleRow.note_id,
    "product": SaleRow.product_id,
    "merchant": SaleRow.merchant_id,
    "day": SaleRow.paid_on,
}


def total(view: Snapshot, *, which: Filter) -> Figures:
    """Return the sums of a filter."""
    row = view.row(_filtered(select(*_SUMS), which))
    return Figures(*(int(value) for value in row))


def grouped(view: Snapshot, *, which: Filter, by: str, limit: int = 500) -> tuple[Row, ...]:
    """Return the sums of a filter by one of `GROUPS`, the largest first; days in order."""
    column = GROUPS[by]
    order = [column] if by == "day" else [func.sum(SaleRow.net_fen).desc(), column]
    statement = _filtered(select(column, *_SUMS), which).group_by(column).order_by(*order)
    rows = view.rows(statement.limit(limit))
    return tuple(Row(row[0], Figures(*(int(value) for value in row[1:]))) for row in rows)


def series(view: Snapshot, *, which: Filter) -> tuple[Row, ...]:
    """Return the sums of every day of a filter, days without a sale too."""
    found = {row.key: row.figures for row in grouped(view, which=which, by="day")}
    days = (which.to_on - which.from_on).days + 1
    every = [which.from_on + timedelta(days=place) for place in range(days)]
    return tuple(Row(day, found.get(day, Figures(0, 0, 0, 0, 0))) for day in every)


def funnels(view: Snapshot, *, creator_id: AccountId) -> tuple[Funnel, ...]:
    """Return what came of each of a creator's notes, what sold most first."""
    touched: dict[str, dict[str, int]] = {}
    # An open of a note with three goods is three rows of the log; readers opened it once.
    per_product = (
        select(
            TouchDayRow.note_id,
            TouchDayRow.kind,
            TouchDayRow.product_id,
            func.sum(TouchDayRow.touches).label("number"),
        )
        .where(TouchDayRow.creator_id == creator_id)
        .group_by(TouchDayRow.note_id, TouchDayRow.kind, TouchDayRow.product_id)
    )
    for row in view.rows(per_product):
        kinds = touched.setdefault(row.note_id, {})
        if row.kind == "tag_click":
            kinds[row.kind] = kinds.get(row.kind, 0) + int(row.number)
        else:
            kinds[row.kind] = max(kinds.get(row.kind, 0), int(row.number))
    sold = {
        row[0]: Figures(*(int(value) for value in row[1:]))
        for row in view.rows(
            select(SaleRow.note_id, *_SUMS)
            .where(SaleRow.creator_id == creator_id)
            .group_by(SaleRow.note_id)
        )
    }
    nothing = Figures(0, 0, 0, 0, 0)
    notes = [
        Funnel(
            NoteId(note_id),
            touched.get(note_id, {}).get("open", 0),
            touched.get(note_id, {}).get("tag_click", 0),
            sold.get(note_id, nothing),
        )
        for note_id in {*touched, *sold}
        if note_id
    ]
    return tuple(sorted(notes, key=lambda one: (-one.figures.net_fen, -one.opens, one.note_id)))


def touch_total(view: Snapshot, *, which: Filter, kind: str) -> int:
    """Return how often a brand's products were touched in a way, by the same filter."""
    statement = select(func.coalesce(func.sum(TouchDayRow.touches), 0)).where(
        TouchDayRow.brand_id == which.brand_id,
        TouchDayRow.day.between(which.from_on, which.to_on),
        TouchDayRow.kind == kind,
    )
    for column, value in (
        (TouchDayRow.creator_id, which.creator_id),
        (TouchDayRow.note_id, which.note_id),
        (TouchDayRow.product_id, which.product_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    return int(view.value(statement) or 0)


def _filtered(statement: Any, which: Filter) -> Any:
    conditions: list[Any] = [
        SaleRow.brand_id == which.brand_id,
        SaleRow.paid_on.between(which.from_on, which.to_on),
    ]
    chosen: Sequence[tuple[Any, str | None]] = (
        (SaleRow.creator_id, which.creator_id),
        (SaleRow.note_id, which.note_id),
        (SaleRow.product_id, which.product_id),
        (SaleRow.merchant_id, which.merchant_id),
    )
    conditions += [column == value for column, value in chosen if value is not None]
    return statement.where(*conditions)
