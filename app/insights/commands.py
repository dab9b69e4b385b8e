"""Keeping the read tables in step with the ledger and the touch log."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, text, update

from app.insights import queries, rules
from app.insights.models import ChangeRow, CountedRow, TouchDayRow
from app.insights.rules import TouchCount, TouchKey
from app.kernel.ids import LineId
from app.platform.uow import UnitOfWork
from app.touches import api as touches

BATCH = 500
"""So many lines are made anew by one statement each."""

_COUNT = text(
    "INSERT INTO insights_touch_day"
    " (note_id, product_id, day, kind, brand_id, merchant_id, creator_id,"
    " touches, of_note, of_brand, of_merchant)"
    " VALUES (:note_id, :product_id, :day, :kind, :brand_id, :merchant_id, :creator_id,"
    " :touches, :of_note, :of_brand, :of_merchant)"
    " ON CONFLICT (note_id, product_id, day, kind, brand_id, merchant_id) DO UPDATE SET"
    " touches = insights_touch_day.touches + excluded.touches,"
    " of_note = insights_touch_day.of_note + excluded.of_note,"
    " of_brand = insights_touch_day.of_brand + excluded.of_brand,"
    " of_merchant = insights_touch_day.of_merchant + excluded.of_merchant"
).bindparams(bindparam("day", type_=TouchDayRow.__table__.c.day.type))


def keep_lines(uow: UnitOfWork, *, line_ids: Sequence[LineId]) -> None:
    """Write what became of paid lines as it stands now; again is the same as once."""
    uow.change(delete(ChangeRow).where(ChangeRow.line_id.in_(line_ids)))
    made = queries.expected_changes(uow, line_ids=line_ids)
    rows = [row for line in made.values() for row in line]
    if rows:
        uow.change(insert(ChangeRow), rows)


def count_touches(uow: UnitOfWork, *, first_seq: int, last_seq: int) -> None:
    """Add a stretch of the touch log to the days; what was counted before is not counted again."""
    covered = queries.counted(uow, first_seq=first_seq, last_seq=last_seq)
    for gap in rules.uncovered(first_seq, last_seq, covered):
        _add(uow, queries.expected_touches(uow, stretches=[gap]))
        _cover(uow, *gap)


def rebuild(uow: UnitOfWork) -> int:
    """Make everything anew from the ledger and the touch log; return how many lines."""
    for table in (ChangeRow, TouchDayRow, CountedRow):
        uow.change(delete(table))
    lines = queries.line_ids(uow)
    for start in range(0, len(lines), BATCH):
        keep_lines(uow, line_ids=lines[start : start + BATCH])
    last = touches.last_seq(uow)
    if last:
        count_touches(uow, first_seq=1, last_seq=last)
    return len(lines)


def _add(uow: UnitOfWork, counted: Mapping[TouchKey, TouchCount]) -> None:
    values: list[dict[str, Any]] = [queries.touch_row(*one) for one in counted.items()]
    if values:
        uow.change(_COUNT, values)


def _cover(uow: UnitOfWork, first_seq: int, last_seq: int) -> None:
    """Keep that a stretch was counted; mostly it goes on where the one before it ends."""
    grown = update(CountedRow).where(CountedRow.last_seq == first_seq - 1)
    if uow.change(grown.values(last_seq=last_seq)) == 0:
        uow.change(insert(CountedRow).values(first_seq=first_seq, last_seq=last_seq))
