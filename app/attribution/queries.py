"""All reading of the attribution room."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.attribution.models import PaidLineRow, ReceiptRow, ShareRow, VerdictRow
from app.kernel.ids import (
    AccountId,
    BrandId,
    LineId,
    MerchantId,
    NoteId,
    OrderId,
    ProductId,
)
from app.kernel.money import Money
from app.kernel.page import Page, cut, load_cursor
from app.kernel.time import from_ms
from app.ledger.api import LineMoney, Share
from app.platform.seals import Stream
from app.platform.uow import Snapshot

SEALED = Stream("receipts", ReceiptRow.__table__, at="made_at", key=("line_id", "number"))
"""Receipts, every column. Lines, shares and verdicts go with refunds, and are not sealed: the
receipts prove what they were made of.
"""


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A paid line as attribution knows it."""

    line_id: LineId
    order_id: OrderId
    buyer_id: AccountId
    merchant_id: MerchantId
    brand_id: BrandId
    product_id: ProductId
    quantity: int
    net_fen: int
    left_fen: int
    freight_fen: int
    fee_bp: int
    instant_ms: int
    placed_at: datetime
    paid_at: datetime
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class ShareView:
    """A creator's part of a line, and why it is theirs."""

    line_id: LineId
    touch_id: str
    creator_id: AccountId
    note_id: NoteId
    kind: str
    age_ms: int
    commission_bp: int
    rate_at_touch_bp: int
    rate_at_order_bp: int
    credited_fen: int

    @property
    def commission_fen(self) -> int:
        """What the creator earns by it as it stands."""
        return Money(self.credited_fen).portion(self.commission_bp).fen


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """The latest receipt of a line, with the shares as they stand after refunds."""

    line_id: LineId
    order_id: OrderId
    number: int
    stage: str
    sha256: str
    record: dict[str, Any]
    made_at: datetime
    shares: tuple[ShareView, ...]


@dataclass(frozen=True, slots=True)
class CreditView:
    """A line credited to a creator."""

    line: PaidLine
    share: ShareView


@dataclass(frozen=True, slots=True)
class RefusedTouches:
    """Touches of one kind of a creator's note that did not count for lines, all for one reason."""

    note_id: NoteId
    kind: str
    verdict: str
    touches: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Winner:
    """Whom a receipt of a line credits, and since when; nobody, where no touch counted."""

    at: datetime
    creator_id: AccountId | None
    note_id: NoteId | None


_LINE = select(
    PaidLineRow.line_id,
    PaidLineRow.order_id,
    PaidLineRow.buyer_id,
    PaidLineRow.merchant_id,
    PaidLineRow.brand_id,
    PaidLineRow.product_id,
    PaidLineRow.quantity,
    PaidLineRow.net_fen,
    PaidLineRow.left_fen,
    PaidLineRow.freight_fen,
    PaidLineRow.fee_bp,
    PaidLineRow.instant_ms,
    PaidLineRow.placed_at,
    PaidLineRow.paid_at,
    PaidLineRow.released_at,
)
_SHARE = select(
    ShareRow.line_id,
    ShareRow.touch_id,
    ShareRow.creator_id,
    ShareRow.note_id,
    ShareRow.kind,
    ShareRow.age_ms,
    ShareRow.commission_bp,
    ShareRow.rate_at_touch_bp,
    ShareRow.rate_at_order_bp,
    ShareRow.credited_fen,
)


def paid_lines(
    view: Snapshot, *, line_ids: Sequence[LineId] = (), order_id: OrderId | None = None
) -> dict[LineId, PaidLine]:
    """Return paid lines by id, or all of an order."""
    statement = _LINE.where(
        PaidLineRow.order_id == order_id if order_id else PaidLineRow.line_id.in_(line_ids)
    )
    rows = view.rows(statement.order_by(PaidLineRow.line_id))
    return {row.line_id: PaidLine(*row) for row in rows}


def shares(view: Snapshot, *, line_ids: Sequence[LineId]) -> dict[LineId, tuple[ShareView, ...]]:
    """Return the shares of lines as they stand, in the order of their touches."""
    found: dict[LineId, tuple[ShareView, ...]] = {}
    statement = _SHARE.where(ShareRow.line_id.in_(line_ids)).order_by(
        ShareRow.line_id, ShareRow.position
    )
    for row in view.rows(statement):
        found[row.line_id] = (*found.get(row.line_id, ()), ShareView(*row))
    return found


def line_money(view: Snapshot, *, line_ids: Sequence[LineId]) -> dict[LineId, LineMoney]:
    """Return the money of lines as it stands, in the ledger's own terms."""
    parts = shares(view, line_ids=line_ids)
    return {
        line_id: money_of(line, parts.get(line_id, ()))
        for line_id, line in paid_lines(view, line_ids=line_ids).items()
    }


def money_of(line: PaidLine, parts: Sequence[ShareView]) -> LineMoney:
    """Return a line's money for its shares."""
    return LineMoney(
        line_id=line.line_id,
        merchant_id=line.merchant_id,
        net=Money(line.left_fen),
        fee_bp=line.fee_bp,
        shares=tuple(
            Share(part.creator_id, Money(part.credited_fen), part.commission_bp) for part in parts
        ),
        freight=Money(line.freight_fen),
        released=line.released_at is not None,
    )


def receipts(
    view: Snapshot, *, line_ids: Sequence[LineId] = (), order_id: OrderId | None = None
) -> tuple[ReceiptView, ...]:
    """Return the latest receipt of each line."""
    lines = paid_lines(view, line_ids=line_ids, order_id=order_id)
    newest = (
        select(ReceiptRow.line_id, func.max(ReceiptRow.number).label("number"))
        .where(ReceiptRow.line_id.in_(list(lines)))
        .group_by(ReceiptRow.line_id)
        .subquery()
    )
    parts = shares(view, line_ids=list(lines))
    rows = view.rows(
        select(
            ReceiptRow.line_id,
            ReceiptRow.number,
            ReceiptRow.stage,
            ReceiptRow.sha256,
            ReceiptRow.record,
            ReceiptRow.made_at,
        )
        .join(
            newest,
            (newest.c.line_id == ReceiptRow.line_id) & (newest.c.number == ReceiptRow.number),
        )
        .order_by(ReceiptRow.line_id)
    )
    return tuple(
        ReceiptView(
            line_id=row.line_id,
            order_id=lines[row.line_id].order_id,
            number=row.number,
            stage=row.stage,
            sha256=row.sha256,
            record=json.loads(row.record),
            made_at=row.made_at,
            shares=parts.get(row.line_id, ()),
        )
        for row in rows
    )


def winners(view: Snapshot, *, line_ids: Sequence[LineId]) -> dict[LineId, tuple[Winner, ...]]:
    """Return whom the receipts of lines credit, one after the other.

    Settlement has one winner; with several, the first stands for all.
    """
    found: dict[LineId, tuple[Winner, ...]] = {}
    statement = select(ReceiptRow.line_id, ReceiptRow.record, ReceiptRow.made_at)
    rows = view.rows(
        statement.where(ReceiptRow.line_id.in_(line_ids)).order_by(
            ReceiptRow.line_id, ReceiptRow.number
        )
    )
    for row in rows:
        path: list[dict[str, Any]] = json.loads(row.record)["path"]
        first = next((one for one in path if one["weight"] != "0"), {})
        winner = Winner(row.made_at, first.get("creator"), first.get("post"))
        found[row.line_id] = (*found.get(row.line_id, ()), winner)
    return found


def credits_of(
    view: Snapshot, *, creator_id: AccountId, cursor: str | None, size: int
) -> Page[CreditView]:
    """Return the lines credited to a creator, the newest first."""
    statement = _SHARE.where(ShareRow.creator_id == creator_id)
    if cursor is not None:
        (last,) = load_cursor(cursor, str)
        statement = statement.where(ShareRow.line_id < last)
    rows = view.rows(statement.order_by(ShareRow.line_id.desc()).limit(size + 1))
    found = [ShareView(*row) for row in rows]
    lines = paid_lines(view, line_ids=[share.line_id for share in found])
    views = [CreditView(lines[share.line_id], share) for share in found]
    return cut(views, size, lambda credit: (credit.line.line_id,))


def waiting_lines(view: Snapshot, *, creator_id: AccountId, limit: int) -> list[LineId]:
    """Return lines of which a creator has something coming at their release, the oldest first."""
    rows = view.rows(
        select(PaidLineRow.line_id)
        .join(ShareRow, ShareRow.line_id == PaidLineRow.line_id)
        .where(
            ShareRow.creator_id == creator_id,
            ShareRow.commission_bp > 0,
            ShareRow.credited_fen > 0,
            PaidLineRow.left_fen > 0,
            PaidLineRow.released_at.is_(None),
        )
        .order_by(PaidLineRow.line_id)
        .limit(limit)
    )
    return [LineId(row.line_id) for row in rows]


def refused_touches(
    view: Snapshot, *, creator_id: AccountId, limit: int
) -> tuple[RefusedTouches, ...]:
    """Return what did not count of the touches of a creator's notes, the latest first.

    A touch is counted once, however many lines it was refused for.
    """
    last = func.max(VerdictRow.ts_ms).label("last_ms")
    rows = view.rows(
        select(
            VerdictRow.note_id,
            VerdictRow.kind,
            VerdictRow.verdict,
            func.count(VerdictRow.touch_id.distinct()).label("touches"),
            last,
        )
        .where(
            VerdictRow.creator_id == creator_id,
            VerdictRow.verdict.not_in(("accepted", "product_mismatch")),
        )
        .group_by(VerdictRow.note_id, VerdictRow.kind, VerdictRow.verdict)
        .order_by(last.desc(), VerdictRow.note_id, VerdictRow.kind, VerdictRow.verdict)
        .limit(limit)
    )
    return tuple(
        RefusedTouches(row.note_id, row.kind, row.verdict, row.touches, from_ms(row.last_ms))
        for row in rows
    )


def verdicts(view: Snapshot, *, line_id: LineId) -> dict[str, str]:
    """Return what the latest receipt of a line says of each touch."""
    rows = view.rows(
        select(VerdictRow.touch_id, VerdictRow.verdict).where(VerdictRow.line_id == line_id)
    )
    return {row.touch_id: row.verdict for row in rows}


def all_lines(view: Snapshot) -> list[PaidLine]:
    """Return every paid line, in the order of payment; for exports and audits."""
    rows = view.rows(_LINE.order_by(PaidLineRow.paid_at, PaidLineRow.line_id))
    return [PaidLine(*row) for row in rows]


def next_number(view: Snapshot, *, line_id: LineId) -> int:
    """Return the number of a line's next receipt."""
    last = view.value(select(func.max(ReceiptRow.number)).where(ReceiptRow.line_id == line_id))
    return int(last or 0) + 1


def last_sha(view: Snapshot, *, line_id: LineId) -> str | None:
    """Return what names the latest record of a line."""
    found = view.value(
        select(ReceiptRow.sha256)
        .where(ReceiptRow.line_id == line_id)
        .order_by(ReceiptRow.number.desc())
        .limit(1)
    )
    return str(found) if found else None


def due_to_regrade(view: Snapshot, *, before: datetime, limit: int) -> list[LineId]:
    """Return lines paid before ``before`` that were not looked at again yet."""
    rows = view.rows(
        select(PaidLineRow.line_id)
        .where(PaidLineRow.regraded.is_(False), PaidLineRow.paid_at <= before)
        .order_by(PaidLineRow.paid_at)
        .limit(limit)
    )
    return [LineId(row.line_id) for row in rows]
