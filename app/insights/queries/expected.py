"""What the read tables must say: from the ledger, the receipts and the touch log."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select

from app.attribution import api as attribution
from app.insights import rules
from app.insights.models import CountedRow
from app.insights.rules import Credited, Posted, Sums, TouchCount, TouchKey
from app.kernel.ids import LineId, MerchantId
from app.kernel.time import day_of, from_ms
from app.ledger import api as ledger
from app.platform.uow import Snapshot
from app.touches import api as touches

BATCH = 2_000
"""So many touches are read at once."""

ChangeRecord = dict[str, Any]
"""A row of `insights_change`, by its columns."""


def line_ids(view: Snapshot) -> list[LineId]:
    """Return every paid line."""
    return [line.line_id for line in attribution.all_lines(view)]


def expected_changes(
    view: Snapshot, *, line_ids: Sequence[LineId]
) -> dict[LineId, list[ChangeRecord]]:
    """Return the rows that paid lines must have, in order."""
    credited = attribution.winners(view, line_ids=line_ids)
    moved = ledger.moves_of_lines(view, line_ids=line_ids)
    found = {}
    for line_id, line in attribution.paid_lines(view, line_ids=line_ids).items():
        posted = [
            Posted(at, sums)
            for _, at, move in moved.get(line_id, ())
            if (sums := _sums(move, line.merchant_id)) != rules.NOTHING
        ]
        who = [Credited(one.at, one.creator_id, one.note_id) for one in credited[line_id]]
        made = rules.changes(line.quantity, who, posted)
        found[line_id] = [_change_row(line, one, place) for place, one in enumerate(made)]
    return found


def expected_touches(
    view: Snapshot, *, stretches: Iterable[tuple[int, int]]
) -> dict[TouchKey, TouchCount]:
    """Return how often notes were touched in these stretches of the log, both ends included."""
    return rules.count(_touches(view, stretches))


def counted(view: Snapshot, *, first_seq: int, last_seq: int) -> tuple[tuple[int, int], ...]:
    """Return the stretches of the log that the days have in them, of those that touch this one."""
    rows = view.rows(
        select(CountedRow.first_seq, CountedRow.last_seq)
        .where(CountedRow.first_seq <= last_seq, CountedRow.last_seq >= first_seq)
        .order_by(CountedRow.first_seq)
    )
    return tuple((row.first_seq, row.last_seq) for row in rows)


def touch_row(key: TouchKey, count: TouchCount) -> dict[str, Any]:
    """Return a row of `insights_touch_day`, by its columns."""
    return {**asdict(key), **asdict(count)}


def _sums(move: ledger.Move, merchant_id: MerchantId) -> Sums:
    if move.kind == "sale":
        return Sums(net_fen=move.amount.fen)
    if move.kind == "refund":
        return Sums(refunded_fen=move.amount.fen)
    if move.kind == "commission":
        given = move.source.startswith(ledger.merchant(merchant_id).base)
        return Sums(commission_fen=move.amount.fen if given else -move.amount.fen)
    return rules.NOTHING


def _change_row(line: attribution.PaidLine, change: rules.Change, position: int) -> ChangeRecord:
    return {
        "line_id": line.line_id,
        "position": position,
        "day": change.day,
        "ordered_on": day_of(line.placed_at),
        "order_id": line.order_id,
        "brand_id": line.brand_id,
        "merchant_id": line.merchant_id,
        "product_id": line.product_id,
        "creator_id": change.creator_id,
        "note_id": change.note_id,
        **asdict(change.sums),
    }


def _touches(
    view: Snapshot, stretches: Iterable[tuple[int, int]]
) -> Iterator[tuple[str, TouchKey]]:
    for first, last in stretches:
        after = first - 1
        while found := touches.touches(view, after_seq=after, to_seq=last, limit=BATCH):
            after = touches.seq_of(found[-1].touch_id)
            for touch in found:
                if touch.token_ok:
                    yield touch.nonce, _key(touch)


def _key(touch: touches.Touch) -> TouchKey:
    return TouchKey(
        note_id=touch.note_id,
        product_id=touch.product_id,
        day=day_of(from_ms(touch.ts_ms)),
        kind=touch.kind,
        creator_id=touch.author_id,
        brand_id=touch.brand_id,
        merchant_id=touch.merchant_id,
    )
