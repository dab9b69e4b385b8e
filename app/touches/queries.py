"""All reading of the touches room."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from app.kernel.ids import AccountId, NoteId
from app.kernel.time import from_ms
from app.platform.uow import Snapshot
from app.touches.models import LinkRow, TouchRow
from app.touches.rules import Touch, touch_id

_TOUCH = select(
    TouchRow.seq,
    TouchRow.ts_ms,
    TouchRow.kind,
    TouchRow.author_id,
    TouchRow.note_id,
    TouchRow.product_id,
    TouchRow.brand_id,
    TouchRow.merchant_id,
    TouchRow.device_id,
    TouchRow.account_id,
    TouchRow.token_ok,
    TouchRow.nonce,
)


def candidates(
    view: Snapshot, *, account_id: AccountId, from_ms: int, to_ms: int
) -> tuple[Touch, ...]:
    """Return the touches of an account and of its devices in ``from_ms..to_ms``, both included.

    A device counts when it was linked at or before ``to_ms``; what it touched before the link
    counts too, which is what a link is for. Ordered by (ts_ms, touch_id).
    """
    devices = select(LinkRow.device_id).where(
        LinkRow.account_id == account_id, LinkRow.at < _end_of(to_ms)
    )
    mine = or_(
        TouchRow.account_id == account_id,
        # Another account's own touches on a shared device are theirs alone.
        TouchRow.device_id.in_(devices) & TouchRow.account_id.is_(None),
    )
    return _touches(view, _TOUCH.where(mine, TouchRow.ts_ms.between(from_ms, to_ms)))


def touches(
    view: Snapshot, *, after_seq: int = 0, to_seq: int | None = None, limit: int = 1000
) -> tuple[Touch, ...]:
    """Return touches in the order in which they arrived, from behind ``after_seq`` on."""
    statement = _TOUCH.where(TouchRow.seq > after_seq)
    if to_seq is not None:
        statement = statement.where(TouchRow.seq <= to_seq)
    return _read(view.rows(statement.order_by(TouchRow.seq).limit(limit)))


def last_seq(view: Snapshot) -> int:
    """Return the sequence number of the latest touch; 0 before the first."""
    found = view.value(select(TouchRow.seq).order_by(TouchRow.seq.desc()).limit(1))
    return int(found or 0)


def unheld(
    view: Snapshot, *, author_id: AccountId, before_ms: int, limit: int
) -> tuple[Touch, ...]:
    """Return touches of an author's notes whose token did not hold, the latest first."""
    statement = _TOUCH.where(
        TouchRow.author_id == author_id, ~TouchRow.token_ok, TouchRow.ts_ms <= before_ms
    )
    return _read(view.rows(statement.order_by(TouchRow.ts_ms.desc(), TouchRow.seq).limit(limit)))


def last_note(view: Snapshot, *, account_id: AccountId, kind: str) -> NoteId | None:
    """Return the note that an account touched last in this way, if any."""
    found = view.value(
        select(TouchRow.note_id)
        .where(TouchRow.account_id == account_id, TouchRow.kind == kind)
        .order_by(TouchRow.seq.desc())
        .limit(1)
    )
    return NoteId(found) if found else None


def _touches(view: Snapshot, statement: Any) -> tuple[Touch, ...]:
    return _read(view.rows(statement.order_by(TouchRow.ts_ms, TouchRow.seq)))


def _read(rows: Sequence[Any]) -> tuple[Touch, ...]:
    return tuple(Touch(touch_id(row[0]), *row[1:]) for row in rows)


def _end_of(ms: int) -> Any:
    """Return the first instant that is no longer in this millisecond."""
    return from_ms(ms + 1)
