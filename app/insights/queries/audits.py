"""Whether the read tables say what the ledger and the touch log say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import select

from app.events.attribution import LineCredited, LineRefunded, LineReleased
from app.events.touches import TouchesRecorded
from app.insights import rules
from app.insights.models import ChangeRow, TouchDayRow
from app.insights.queries.expected import (
    counted,
    expected_changes,
    expected_touches,
    line_ids,
)
from app.insights.rules import TouchCount, TouchKey
from app.kernel.ids import LineId
from app.platform.outbox import DeliveryRow, OutboxRow
from app.platform.uow import Snapshot
from app.touches import api as touches

LINE_TOPICS = frozenset({LineCredited.topic, LineRefunded.topic, LineReleased.topic})
TOUCH_TOPICS = frozenset({TouchesRecorded.topic})
LINES, TOUCHES = "insights.lines", "insights.touches"
"""The subscribers that keep these tables."""

BATCH = 500

_CHANGE = (
    ChangeRow.line_id,
    ChangeRow.day,
    ChangeRow.ordered_on,
    ChangeRow.order_id,
    ChangeRow.brand_id,
    ChangeRow.merchant_id,
    ChangeRow.product_id,
    ChangeRow.creator_id,
    ChangeRow.note_id,
    ChangeRow.pieces,
    ChangeRow.net_fen,
    ChangeRow.refunded_fen,
    ChangeRow.commission_fen,
)
_CHANGE_NAMES = tuple(column.key for column in _CHANGE)
_CHANGE_KEY = ("line_id", "day", "creator_id", "note_id")
_KEYS = tuple(field.name for field in fields(TouchKey))
_COUNTS = tuple(field.name for field in fields(TouchCount))
_TOUCH = tuple(getattr(TouchDayRow, name) for name in (*_KEYS, *_COUNTS))

_Key = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that is not what it must be: of which table, its key, what stands and what must."""

    table: str
    key: dict[str, Any]
    stored: dict[str, Any] | None
    expected: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit compared, and found; what is on its way is no difference yet."""

    lines: int
    touches: int
    waiting: int
    differences: tuple[Difference, ...]

    @property
    def clean(self) -> bool:
        """Whether everything adds up."""
        return not self.differences


def audit(view: Snapshot) -> Audit:
    """Make everything anew from the ledger and the touch log, and compare it with what is kept."""
    lines = line_ids(view)
    lines_waiting = [body["line_id"] for body in _waiting(view, LINES, LINE_TOPICS)]
    touches_waiting = [
        (body["first_seq"], body["last_seq"]) for body in _waiting(view, TOUCHES, TOUCH_TOPICS)
    ]
    differences = [
        *_lines(view, lines, frozenset(lines_waiting)),
        *_touches(view, touches_waiting),
    ]
    return Audit(
        lines=len(lines),
        touches=touches.last_seq(view),
        waiting=len(lines_waiting) + len(touches_waiting),
        differences=tuple(differences),
    )


def _waiting(view: Snapshot, subscriber: str, topics: Iterable[str]) -> list[dict[str, Any]]:
    """Return the events that have not come here yet; parked ones will not come by themselves."""
    fresh = select(OutboxRow.body).where(OutboxRow.fanned_at.is_(None), OutboxRow.topic.in_(topics))
    under_way = (
        select(OutboxRow.body)
        .join(DeliveryRow, DeliveryRow.position == OutboxRow.position)
        .where(DeliveryRow.subscriber == subscriber, DeliveryRow.state == "waiting")
    )
    return [row.body for statement in (fresh, under_way) for row in view.rows(statement)]


def _lines(
    view: Snapshot, lines: Sequence[LineId], waiting: frozenset[str]
) -> Iterator[Difference]:
    kept = {row.line_id for row in view.rows(select(ChangeRow.line_id).distinct())}
    every = sorted({*lines, *kept} - waiting)
    for start in range(0, len(every), BATCH):
        part = every[start : start + BATCH]
        rows = view.rows(select(*_CHANGE).where(ChangeRow.line_id.in_(part)))
        stored = [dict(zip(_CHANGE_NAMES, row, strict=True)) for row in rows]
        expected = [
            {name: row[name] for name in _CHANGE_NAMES}
            for made in expected_changes(view, line_ids=part).values()
            for row in made
        ]
        yield from _compared("sales", _by_key(stored), _by_key(expected))


def _touches(view: Snapshot, waiting: Sequence[tuple[int, int]]) -> Iterator[Difference]:
    last = touches.last_seq(view)
    # What is on its way may have been counted already, by a rebuild.
    open_ = [
        gap
        for first, end in waiting
        for gap in rules.uncovered(first, end, counted(view, first_seq=first, last_seq=end))
    ]
    expected = expected_touches(view, stretches=rules.uncovered(1, last, open_) if last else ())
    rows = view.rows(select(*_TOUCH))
    stored = {TouchKey(*row[: len(_KEYS)]): TouchCount(*row[len(_KEYS) :]) for row in rows}
    yield from _compared(
        "touches",
        {tuple(asdict(key).items()): asdict(count) for key, count in stored.items()},
        {tuple(asdict(key).items()): asdict(count) for key, count in expected.items()},
    )


def _by_key(rows: Iterable[dict[str, Any]]) -> dict[_Key, dict[str, Any]]:
    return {
        tuple((name, row[name]) for name in _CHANGE_KEY): {
            name: row[name] for name in _CHANGE_NAMES if name not in _CHANGE_KEY
        }
        for row in rows
    }


def _compared(
    table: str, stored: dict[_Key, dict[str, Any]], expected: dict[_Key, dict[str, Any]]
) -> Iterator[Difference]:
    for key in sorted({*stored, *expected}, key=str):
        have, must = stored.get(key), expected.get(key)
        if have != must:
            yield Difference(table, dict(key), have, must)
