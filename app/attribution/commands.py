"""Crediting paid lines, and all that moves their money; called inside orders' transactions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update

from app.accounts import api as accounts
from app.attribution import queries, rules
from app.attribution.models import PaidLineRow, ReceiptRow, ShareRow, VerdictRow
from app.attribution.queries import PaidLine, ShareView, money_of
from app.attribution.rules import DEFAULT_RULE, SETTLING_MODEL, Line, Receipt, Touch
from app.events.attribution import LineCredited, LineRefunded, LineReleased
from app.kernel.ids import (
    AccountId,
    BrandId,
    LineId,
    MerchantId,
    OrderId,
    PaymentId,
    ProductId,
    RefundId,
    SkuId,
)
from app.kernel.money import BP, Money
from app.kernel.time import from_ms
from app.ledger import api as ledger
from app.platform.uow import Snapshot, UnitOfWork
from app.programmes import api as programmes
from app.touches import api as touches

GRACE = timedelta(hours=24)
"""A line is looked at again this long after payment, for bans that came late; then at release."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What orders tell of a paid line."""

    line_id: LineId
    order_id: OrderId
    buyer_id: AccountId
    merchant_id: MerchantId
    brand_id: BrandId
    product_id: ProductId
    sku_id: SkuId
    quantity: int
    net_fen: int
    freight_fen: int
    fee_bp: int
    instant_ms: int
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class _Rates:
    at_touch_bp: int
    at_order_bp: int
    commission_bp: int


def pay(
    uow: UnitOfWork,
    *,
    order_id: OrderId,
    provider: str,
    payment_id: PaymentId,
    lines: Sequence[LineFacts],
) -> None:
    """Credit the lines of an order whose money came, and post it.

    Raises:
        BelowZero: a rule of the house is broken.
    """
    del payment_id
    moneys = []
    for facts in lines:
        line = _write_line(uow, facts)
        moneys.append(money_of(line, _grade(uow, line, stage="paid")))
        uow.announce(LineCredited(line_id=line.line_id))
    ledger.post(uow, ledger.paid(order_id, provider, moneys))


def refund(
    uow: UnitOfWork, *, refund_id: RefundId, provider: str, parts: Mapping[LineId, int]
) -> None:
    """Take back what others had of refunded lines, and post it; ``parts`` in fen."""
    moneys = queries.line_money(uow, line_ids=list(parts))
    changes = [(moneys[line_id], Money(parts[line_id])) for line_id in sorted(parts)]
    before = ledger.balances(uow, accounts=ledger.accounts_of(moneys.values()))
    ledger.post(uow, ledger.refunded(refund_id, provider, changes, before))
    for line, amount in changes:
        after = ledger.refund_line(line, amount)
        uow.change(
            update(PaidLineRow)
            .where(PaidLineRow.line_id == line.line_id)
            .values(left_fen=after.net.fen)
        )
        for position, share in enumerate(after.shares):
            uow.change(
                update(ShareRow)
                .where(ShareRow.line_id == line.line_id, ShareRow.position == position)
                .values(credited_fen=share.credited.fen)
            )
        uow.announce(LineRefunded(line_id=line.line_id))


def release(uow: UnitOfWork, *, order_id: OrderId, line_ids: Sequence[LineId]) -> None:
    """End the hold of lines: look at them for the last time, then post what is payable."""
    for line_id in line_ids:
        regrade(uow, line_id=line_id, stage="release")
    moneys = queries.line_money(uow, line_ids=line_ids)
    ordered = [moneys[line_id] for line_id in line_ids]
    before = ledger.balances(uow, accounts=ledger.accounts_of(ordered))
    ledger.post(uow, ledger.released(order_id, ordered, before))
    for line_id in line_ids:
        uow.change(
            update(PaidLineRow)
            .where(PaidLineRow.line_id == line_id)
            .values(released_at=uow.now, regraded=True)
        )
        uow.announce(LineReleased(line_id=line_id))


def regrade(uow: UnitOfWork, *, line_id: LineId, stage: str) -> bool:
    """Look at an unreleased line again and move its commission where that changes; tell if so."""
    line = queries.paid_lines(uow, line_ids=[line_id])[line_id]
    if line.released_at is not None:
        return False
    uow.change(update(PaidLineRow).where(PaidLineRow.line_id == line_id).values(regraded=True))
    judged = _judge(uow, line)
    if judged.receipt.sha256 == queries.last_sha(uow, line_id=line_id):
        _write_receipt(uow, line, judged, stage)
        return False
    old = queries.line_money(uow, line_ids=[line_id])[line_id]
    new = money_of(line, _apply(uow, line, judged, stage))
    number = queries.next_number(uow, line_id=line_id) - 1
    entry = ledger.reattributed(f"line-regraded:{line_id}", str(number), old, new)
    if entry is not None:
        ledger.post(uow, entry)
    uow.announce(LineCredited(line_id=line_id))
    return True


def to_rules(view: Snapshot, line: PaidLine, found: Sequence[touches.Touch]) -> list[Touch]:
    """Return touches as the rules see them for ``line``, with what only live data know."""
    histories = accounts.histories(view, account_ids={touch.author_id for touch in found})
    return [
        Touch(
            id=touch.touch_id,
            ts_ms=touch.ts_ms,
            kind=touch.kind,
            creator=touch.author_id,
            post=touch.note_id,
            product=touch.product_id,
            brand=touch.brand_id,
            actor=line.buyer_id,
            bar=_bar(line, touch, histories[touch.author_id]),
        )
        for touch in found
    ]


def to_line(line: PaidLine) -> Line:
    """Return a line as the rules see it."""
    return Line(
        order=line.order_id,
        line=line.line_id,
        ts_ms=line.instant_ms,
        actor=line.buyer_id,
        product=line.product_id,
        brand=line.brand_id,
        net=Money(line.net_fen),
    )


def candidates(view: Snapshot, line: PaidLine) -> tuple[touches.Touch, ...]:
    """Return every touch of the buyer's devices and account within the longest window."""
    return touches.candidates(
        view,
        account_id=line.buyer_id,
        from_ms=line.instant_ms - DEFAULT_RULE.longest_ms,
        to_ms=line.instant_ms,
    )


def _bar(line: PaidLine, touch: touches.Touch, author: accounts.History) -> str | None:
    if touch.author_id == line.buyer_id:
        return "self_purchase"
    if not author.was_earning(from_ms(touch.ts_ms)):
        return "author_not_earning"
    if not touch.token_ok:
        return "bad_token"
    return "author_banned" if author.is_banned else None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A receipt, and the touches that it judges."""

    receipt: Receipt
    found: tuple[touches.Touch, ...]


def _judge(uow: UnitOfWork, line: PaidLine) -> _Judged:
    found = candidates(uow, line)
    seen = to_rules(uow, line, found)
    return _Judged(rules.credit(to_line(line), seen, DEFAULT_RULE, SETTLING_MODEL), found)


def _grade(uow: UnitOfWork, line: PaidLine, *, stage: str) -> tuple[ShareView, ...]:
    return _apply(uow, line, _judge(uow, line), stage)


def _apply(uow: UnitOfWork, line: PaidLine, judged: _Judged, stage: str) -> tuple[ShareView, ...]:
    _write_receipt(uow, line, judged, stage)
    credits_ = judged.receipt.credits
    weights = [credit.weight for credit in credits_]
    # After refunds the credits are shares of what is left; the record keeps those of the sale.
    parts = Money(line.left_fen).split(weights) if any(weights) else ()
    shares = tuple(
        _share(line, credit, part, _rates(uow, line, credit.touch))
        for credit, part in zip(credits_, parts, strict=False)
        if credit.weight
    )
    uow.change(delete(ShareRow).where(ShareRow.line_id == line.line_id))
    if shares:
        uow.change(insert(ShareRow), [_share_row(one, n) for n, one in enumerate(shares)])
    return shares


def _rates(uow: UnitOfWork, line: PaidLine, touch: Touch) -> _Rates:
    at_touch, at_order = (
        programmes.terms_at(uow, merchant_id=line.merchant_id, at=at)
        for at in (from_ms(touch.ts_ms), line.placed_at)
    )
    touch_bp = at_touch.rate_bp if at_touch else 0
    order_bp = at_order.rate_bp if at_order else 0
    # A cut can never reach a click that was made; a rise helps at once.
    return _Rates(touch_bp, order_bp, min(max(touch_bp, order_bp), BP - line.fee_bp))


def _share(line: PaidLine, credit: rules.Credit, part: Money, rates: _Rates) -> ShareView:
    return ShareView(
        line_id=line.line_id,
        touch_id=credit.touch.id,
        creator_id=credit.touch.creator,  # type: ignore[arg-type] # an id, as the rules' plain text
        note_id=credit.touch.post,  # type: ignore[arg-type] # likewise
        kind=credit.touch.kind,
        age_ms=credit.age_ms,
        commission_bp=rates.commission_bp,
        rate_at_touch_bp=rates.at_touch_bp,
        rate_at_order_bp=rates.at_order_bp,
        credited_fen=part.fen,
    )


def _share_row(share: ShareView, position: int) -> dict[str, object]:
    names = ShareView.__slots__
    return {"position": position, **{name: getattr(share, name) for name in names}}


def _write_line(uow: UnitOfWork, facts: LineFacts) -> PaidLine:
    uow.add(
        PaidLineRow(
            line_id=facts.line_id,
            order_id=facts.order_id,
            buyer_id=facts.buyer_id,
            merchant_id=facts.merchant_id,
            brand_id=facts.brand_id,
            product_id=facts.product_id,
            sku_id=facts.sku_id,
            quantity=facts.quantity,
            net_fen=facts.net_fen,
            left_fen=facts.net_fen,
            freight_fen=facts.freight_fen,
            fee_bp=facts.fee_bp,
            instant_ms=facts.instant_ms,
            placed_at=facts.placed_at,
            paid_at=uow.now,
            regraded=False,
        )
    )
    return queries.paid_lines(uow, line_ids=[facts.line_id])[facts.line_id]


def _write_receipt(uow: UnitOfWork, line: PaidLine, judged: _Judged, stage: str) -> None:
    receipt = judged.receipt
    uow.add(
        ReceiptRow(
            line_id=line.line_id,
            number=queries.next_number(uow, line_id=line.line_id),
            stage=stage,
            record=receipt.record,
            sha256=receipt.sha256,
            made_at=uow.now,
        )
    )
    uow.change(delete(VerdictRow).where(VerdictRow.line_id == line.line_id))
    known = {touch.touch_id: touch for touch in judged.found}
    rows = [
        {
            "line_id": line.line_id,
            "touch_id": touch_id,
            "creator_id": known[touch_id].author_id,
            "note_id": known[touch_id].note_id,
            "kind": known[touch_id].kind,
            "ts_ms": known[touch_id].ts_ms,
            "verdict": verdict,
        }
        for touch_id, verdict in receipt.verdicts
    ]
    if rows:
        uow.change(insert(VerdictRow), rows)
