"""Figures of creators and brands, each a query over the read tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from sqlalchemy import case, func, literal, select

from app.insights.models import ChangeRow, TouchDayRow
from app.kernel.ids import AccountId, BrandId, NoteId
from app.platform.uow import Snapshot

GROUPS: Final = {
    "day": None,
    "creator": ChangeRow.creator_id,
    "note": ChangeRow.note_id,
    "product": ChangeRow.product_id,
    "merchant": ChangeRow.merchant_id,
}
"""What figures can be taken apart by; a day is that of the event, or of the order."""

ROWS_MAX: Final = 200
"""A table has so many rows, the largest; one more has all the others, so that it adds up."""

REST: Final = "rest"
"""The key of that row; no id looks like it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which sales of a brand: days both included, and what else must hold.

    ``dates`` tells whose days: the `event`'s (a refund counts on the day it went back, and no day
    is ever restated), or the `order`'s (it counts on the day on which the order was placed).
    """

    brand_id: BrandId
    from_on: date
    to_on: date
    dates: str = "event"
    creator_id: str | None = None
    note_id: str | None = None
    product_id: str | None = None
    merchant_id: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums; money in fen. An order counts where more of it was sold than was credited away."""

    orders: int = 0
    pieces: int = 0
    net_fen: int = 0
    refunded_fen: int = 0
    commission_fen: int = 0

    @property
    def kept_fen(self) -> int:
        """What is left of the sales."""
        return self.net_fen - self.refunded_fen


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one creator, note, product, merchant or day; of nobody where the key is None."""

    key: Any
    figures: Figures


@dataclass(frozen=True, slots=True)
class Funnel:
    """What readers did with a note: opened it, tapped a tag, ordered, kept."""

    note_id: NoteId
    opens: int
    taps: int
    figures: Figures


_PARTS = (
    ChangeRow.order_id,
    func.sum(ChangeRow.pieces).label("pieces"),
    func.sum(ChangeRow.net_fen).label("net_fen"),
    func.sum(ChangeRow.refunded_fen).label("refunded_fen"),
    func.sum(ChangeRow.commission_fen).label("commission_fen"),
)


def total(view: Snapshot, *, which: Filter) -> Figures:
    """Return the sums of a filter."""
    rows = _figures(view, which, literal("all"))
    return rows[0].figures if rows else Figures()


def grouped(view: Snapshot, *, which: Filter, by: str) -> tuple[Row, ...]:
    """Return the sums of a filter by one of `GROUPS`, the largest first; days in order.

    What only came and went again within the filter has no row.
    """
    if by == "day":
        return tuple(sorted(_figures(view, which, _day(which)), key=lambda row: row.key))
    rows = sorted(_figures(view, which, GROUPS[by]), key=_largest)
    if len(rows) <= ROWS_MAX:
        return tuple(rows)
    kept = [row.key for row in rows[:ROWS_MAX]]
    known = func.coalesce(GROUPS[by], "").in_([key or "" for key in kept])
    rest = _figures(view, which, case((known, "kept"), else_=REST))
    return (*rows[:ROWS_MAX], *(row for row in rest if row.key == REST))


def series(view: Snapshot, *, which: Filter) -> tuple[Row, ...]:
    """Return the sums of every day of a filter, days on which nothing happened too."""
    found = {row.key: row.figures for row in grouped(view, which=which, by="day")}
    days = (which.to_on - which.from_on).days + 1
    every = [which.from_on + timedelta(days=place) for place in range(days)]
    return tuple(Row(day, found.get(day, Figures())) for day in every)


def funnels(view: Snapshot, *, creator_id: AccountId) -> tuple[Funnel, ...]:
    """Return what came of each of a creator's notes, what sold most first."""
    touched: dict[str, dict[str, int]] = {}
    for row in view.rows(
        select(TouchDayRow.note_id, TouchDayRow.kind, func.sum(TouchDayRow.of_note).label("number"))
        .where(TouchDayRow.creator_id == creator_id)
        .group_by(TouchDayRow.note_id, TouchDayRow.kind)
    ):
        touched.setdefault(row.note_id, {})[row.kind] = int(row.number)
    mine = select(ChangeRow.note_id.label("key"), *_PARTS).where(ChangeRow.creator_id == creator_id)
    sold = {row.key: row.figures for row in _summed(view, mine)}
    notes = [
        Funnel(
            NoteId(note_id),
            touched.get(note_id, {}).get("open", 0),
            touched.get(note_id, {}).get("tag_click", 0),
            sold.get(note_id, Figures()),
        )
        for note_id in {*touched, *sold}
    ]
    return tuple(sorted(notes, key=lambda one: (-one.figures.net_fen, -one.opens, one.note_id)))


def touch_total(view: Snapshot, *, which: Filter, kind: str) -> int:
    """Return how often notes with a brand's goods were touched in a way, by the same filter.

    Each touch counts once, however many of the goods it is about; on its own day in both views.
    """
    if which.product_id is not None:
        number = TouchDayRow.touches
    elif which.merchant_id is not None:
        number = TouchDayRow.of_merchant
    else:
        number = TouchDayRow.of_brand
    statement = select(func.coalesce(func.sum(number), 0)).where(
        TouchDayRow.brand_id == which.brand_id,
        TouchDayRow.day.between(which.from_on, which.to_on),
        TouchDayRow.kind == kind,
        *_chosen(TouchDayRow, which),
    )
    return int(view.value(statement))


def _figures(view: Snapshot, which: Filter, key: Any) -> list[Row]:
    statement = select(key.label("key"), *_PARTS).where(
        ChangeRow.brand_id == which.brand_id,
        _day(which).between(which.from_on, which.to_on),
        *_chosen(ChangeRow, which),
    )
    return _summed(view, statement)


def _summed(view: Snapshot, statement: Any) -> list[Row]:
    """Sum by order, then by key: an order counts once, and only where something of it is left."""
    orders = statement.group_by("key", ChangeRow.order_id).subquery()
    sums = (
        func.sum(case((orders.c.pieces > 0, 1), else_=0)),
        func.sum(orders.c.pieces),
        func.sum(orders.c.net_fen),
        func.sum(orders.c.refunded_fen),
        func.sum(orders.c.commission_fen),
    )
    rows = view.rows(select(orders.c.key, *sums).group_by(orders.c.key))
    found = [Row(row[0], Figures(*(int(value) for value in row[1:]))) for row in rows]
    return [row for row in found if row.figures != Figures()]


def _largest(row: Row) -> tuple[int, int, str]:
    return (-row.figures.net_fen, -row.figures.refunded_fen, row.key or "")


def _day(which: Filter) -> Any:
    return ChangeRow.day if which.dates == "event" else ChangeRow.ordered_on


def _chosen(table: Any, which: Filter) -> list[Any]:
    chosen: Sequence[tuple[Any, str | None]] = (
        (table.creator_id, which.creator_id),
        (table.note_id, which.note_id),
        (table.product_id, which.product_id),
        (table.merchant_id, which.merchant_id),
    )
    return [column == value for column, value in chosen if value is not None]
