"""Keeping the read tables in step with the ledger's facts and the touch log."""

from collections import Counter
from typing import Any

from sqlalchemy import bindparam, delete, insert, text

from app.attribution import api as attribution
from app.insights.models import SaleRow, TouchDayRow
from app.kernel.ids import LineId
from app.kernel.time import day_of, from_ms
from app.platform.uow import UnitOfWork
from app.touches import api as touches

BATCH = 2_000

_COUNT = text(
    "INSERT INTO insights_touch_day"
    " (note_id, product_id, day, kind, creator_id, brand_id, touches)"
    " VALUES (:note, :product, :day, :kind, :creator, :brand, :touches)"
    " ON CONFLICT (note_id, product_id, day, kind) DO UPDATE SET"
    " touches = insights_touch_day.touches + excluded.touches"
).bindparams(bindparam("day", type_=TouchDayRow.__table__.c.day.type))


def keep_line(uow: UnitOfWork, *, line_id: LineId) -> None:
    """Write a paid line as it stands now; again is the same as once."""
    line = attribution.paid_lines(uow, line_ids=[line_id])[line_id]
    shares = attribution.shares(uow, line_ids=[line_id]).get(line_id, ())
    # Settlement has one winner; with several, the page names the first and counts all commission.
    winner = shares[0] if shares else None
    uow.change(delete(SaleRow).where(SaleRow.line_id == line_id))
    uow.change(
        insert(SaleRow).values(
            line_id=line.line_id,
            order_id=line.order_id,
            brand_id=line.brand_id,
            merchant_id=line.merchant_id,
            product_id=line.product_id,
            creator_id=winner.creator_id if winner else None,
            note_id=winner.note_id if winner else None,
            quantity=line.quantity,
            net_fen=line.net_fen,
            refunded_fen=line.net_fen - line.left_fen,
            commission_fen=sum(share.commission_fen for share in shares),
            paid_at=line.paid_at,
            paid_on=day_of(line.paid_at),
            released_at=line.released_at,
        )
    )


def count_touches(uow: UnitOfWork, *, first_seq: int, last_seq: int) -> None:
    """Add a batch of the touch log to the days; the delivery's own row makes it count once."""
    counted: Counter[tuple[Any, ...]] = Counter()
    after = first_seq - 1
    while found := touches.touches(uow, after_seq=after, to_seq=last_seq, limit=BATCH):
        for touch in found:
            if touch.token_ok:
                day = day_of(from_ms(touch.ts_ms))
                counted[
                    touch.note_id,
                    touch.product_id,
                    day,
                    touch.kind,
                    touch.author_id,
                    touch.brand_id,
                ] += 1
        after += len(found)
        if after >= last_seq:
            break
    for (note, product, day, kind, creator, brand), number in counted.items():
        values = {
            "note": note,
            "product": product,
            "day": day,
            "kind": kind,
            "creator": creator,
            "brand": brand,
            "touches": number,
        }
        uow.change(_COUNT, values)


def rebuild(uow: UnitOfWork) -> int:
    """Make everything anew from attribution and the touch log; return how many lines."""
    uow.change(delete(SaleRow))
    uow.change(delete(TouchDayRow))
    lines = attribution.all_lines(uow)
    for line in lines:
        keep_line(uow, line_id=line.line_id)
    last = touches.last_seq(uow)
    if last:
        count_touches(uow, first_seq=1, last_seq=last)
    return len(lines)
