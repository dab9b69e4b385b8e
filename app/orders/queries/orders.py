"""Checkouts, orders, payments and refunds as they stand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.kernel.ids import (
    AccountId,
    CheckoutId,
    LineId,
    MerchantId,
    OrderId,
    PaymentId,
    RefundId,
)
from app.kernel.page import Page, cut, load_cursor
from app.kernel.problems import NotFound
from app.orders.models import (
    CheckoutRow,
    LineRow,
    OrderRow,
    PaymentRow,
    RefundPartRow,
    RefundRow,
    StepRow,
)
from app.orders.queries.views import (
    CheckoutView,
    LineView,
    OrderView,
    PaymentView,
    RefundView,
    Step,
)
from app.orders.rules import Part, release_due
from app.orders.states import OrderState, RefundState
from app.platform.uow import Snapshot

_ORDER = select(
    OrderRow.id,
    OrderRow.checkout_id,
    OrderRow.buyer_id,
    OrderRow.merchant_id,
    OrderRow.state,
    OrderRow.goods_fen,
    OrderRow.freight_fen,
    OrderRow.address,
    OrderRow.placed_at,
    OrderRow.paid_at,
    OrderRow.shipped_at,
    OrderRow.received_at,
    OrderRow.ended_at,
    OrderRow.carrier,
    OrderRow.tracking_no,
)
_LINE = select(
    LineRow.id,
    LineRow.order_id,
    LineRow.product_id,
    LineRow.brand_id,
    LineRow.sku_id,
    LineRow.name,
    LineRow.sku_name,
    LineRow.price_fen,
    LineRow.quantity,
    LineRow.net_fen,
    LineRow.fee_bp,
    LineRow.refunded_fen,
    LineRow.refunding_fen,
    LineRow.refunded_quantity,
    LineRow.released_at,
    LineRow.refunding_quantity,
)
_PAYMENT = select(
    PaymentRow.id,
    PaymentRow.checkout_id,
    PaymentRow.provider,
    PaymentRow.amount_fen,
    PaymentRow.state,
    PaymentRow.txn_id,
    PaymentRow.opened_at,
)


def order(view: Snapshot, *, order_id: OrderId, actor_id: AccountId | None = None) -> OrderView:
    """Return an order; with ``actor_id`` only to its buyer and its merchant's staff.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    # Asked before the order is read: what is another's takes no longer than what is not there.
    if actor_id is not None and not _may_see(view, order_id, actor_id):
        raise NotFound
    found = _orders(view, _ORDER.where(OrderRow.id == order_id))
    if not found:
        raise NotFound
    return found[0]


def _may_see(view: Snapshot, order_id: OrderId, actor_id: AccountId) -> bool:
    row = view.row(select(OrderRow.buyer_id, OrderRow.merchant_id).where(OrderRow.id == order_id))
    return row is not None and (
        row.buyer_id == actor_id
        or catalogue.is_staff(view, account_id=actor_id, merchant_id=row.merchant_id)
    )


def serves(view: Snapshot, seen: OrderView, actor_id: AccountId) -> bool:
    """Tell whether ``actor_id`` works for the order's merchant."""
    return catalogue.is_staff(view, account_id=actor_id, merchant_id=seen.merchant_id)


def orders_of(
    view: Snapshot, *, buyer_id: AccountId, cursor: str | None, size: int
) -> Page[OrderView]:
    """Return a buyer's orders, the newest first."""
    return _page(view, _ORDER.where(OrderRow.buyer_id == buyer_id), cursor, size)


def orders_to_serve(
    view: Snapshot,
    *,
    merchant_id: MerchantId,
    state: OrderState | None,
    cursor: str | None,
    size: int,
) -> Page[OrderView]:
    """Return a merchant's orders, the newest first; unpaid ones are not theirs to see."""
    statement = _ORDER.where(OrderRow.merchant_id == merchant_id, OrderRow.paid_at.is_not(None))
    if state is not None:
        statement = statement.where(OrderRow.state == state)
    return _page(view, statement, cursor, size)


def orders_to_decide(
    view: Snapshot, *, merchant_id: MerchantId, limit: int
) -> tuple[OrderView, ...]:
    """Return a merchant's orders with a refund that waits for their word, the oldest first."""
    asked = select(RefundRow.order_id).where(RefundRow.state == RefundState.ASKED)
    mine = _ORDER.where(OrderRow.merchant_id == merchant_id, OrderRow.id.in_(asked))
    return _orders(view, mine.order_by(OrderRow.id).limit(limit))


def lines(view: Snapshot, *, line_ids: Sequence[LineId]) -> dict[LineId, LineView]:
    """Return lines by id."""
    rows = view.rows(_LINE.where(LineRow.id.in_(line_ids)))
    return {row.id: LineView(*row) for row in rows}


def release_dates(
    view: Snapshot, *, line_ids: Sequence[LineId], release_days: int
) -> dict[LineId, datetime]:
    """Return when the money of lines is released, of those of which it is known.

    It is not where the goods are not received yet, nor while a refund is under way; and never where
    nothing is left of a line, or where it is released.
    """
    rows = view.rows(
        select(LineRow.id, OrderRow.received_at)
        .join(OrderRow, OrderRow.id == LineRow.order_id)
        .where(
            LineRow.id.in_(line_ids),
            LineRow.released_at.is_(None),
            LineRow.refunding_fen == 0,
            LineRow.refunded_fen < LineRow.net_fen,
            OrderRow.received_at.is_not(None),
        )
    )
    return {row.id: release_due(row.received_at, days=release_days) for row in rows}


def checkout(
    view: Snapshot, *, checkout_id: CheckoutId, buyer_id: AccountId | None = None
) -> CheckoutView:
    """Return a checkout; with ``buyer_id`` only to that buyer.

    Raises:
        NotFound: there is none, or it is not theirs.
    """
    row = view.row(
        select(
            CheckoutRow.id,
            CheckoutRow.buyer_id,
            CheckoutRow.state,
            CheckoutRow.total_fen,
            CheckoutRow.instant_ms,
            CheckoutRow.placed_at,
            CheckoutRow.lapses_at,
        ).where(CheckoutRow.id == checkout_id)
    )
    if row is None or (buyer_id is not None and row.buyer_id != buyer_id):
        raise NotFound
    paid = view.row(_PAYMENT.where(PaymentRow.checkout_id == checkout_id))
    assert paid is not None
    of_it = _ORDER.where(OrderRow.checkout_id == checkout_id).order_by(OrderRow.id)
    return CheckoutView(*[*row, PaymentView(*paid), _orders(view, of_it)])


UNPAID_MAX = 3


def unpaid(view: Snapshot, *, buyer_id: AccountId) -> tuple[CheckoutView, ...]:
    """Return a buyer's newest checkouts that wait to be paid."""
    waiting = select(CheckoutRow.id).where(
        CheckoutRow.buyer_id == buyer_id,
        CheckoutRow.state == "placed",
        CheckoutRow.lapses_at > view.now,
    )
    rows = view.rows(waiting.order_by(CheckoutRow.id.desc()).limit(UNPAID_MAX))
    return tuple(checkout(view, checkout_id=row.id) for row in rows)


def payment(view: Snapshot, *, payment_id: PaymentId) -> PaymentView | None:
    """Return a payment, if there is one of this id."""
    row = view.row(_PAYMENT.where(PaymentRow.id == payment_id))
    return PaymentView(*row) if row else None


def refund(view: Snapshot, *, refund_id: RefundId) -> RefundView:
    """Return a refund.

    Raises:
        NotFound: there is none.
    """
    found = _refunds(view, RefundRow.id == refund_id)
    if not found:
        raise NotFound
    return found[0]


def steps(view: Snapshot, *, order_id: OrderId) -> tuple[Step, ...]:
    """Return what happened to an order, the first first."""
    rows = view.rows(
        select(StepRow.what, StepRow.amount_fen, StepRow.note, StepRow.by, StepRow.at)
        .where(StepRow.order_id == order_id)
        .order_by(StepRow.id)
    )
    return tuple(Step(*row) for row in rows)


def address(view: Snapshot, seen: OrderView) -> accounts.Address:
    """Return where an order goes; the caller has made sure who asks."""
    del view
    return accounts.unseal_address(seen.sealed_address, place=f"orders_order/address/{seen.id}")


def _page(view: Snapshot, statement: Any, cursor: str | None, size: int) -> Page[OrderView]:
    if cursor is not None:
        (last,) = load_cursor(cursor, str)
        statement = statement.where(OrderRow.id < last)
    found = _orders(view, statement.order_by(OrderRow.id.desc()).limit(size + 1))
    return cut(found, size, lambda seen: (seen.id,))


def _orders(view: Snapshot, statement: Select[Any] | Any) -> tuple[OrderView, ...]:
    rows = view.rows(statement)
    ids = [row.id for row in rows]
    lines_of: dict[str, list[LineView]] = {}
    for row in view.rows(
        _LINE.where(LineRow.order_id.in_(ids)).order_by(LineRow.order_id, LineRow.position)
    ):
        lines_of.setdefault(row.order_id, []).append(LineView(*row))
    refunds_of: dict[str, list[RefundView]] = {}
    for one in _refunds(view, RefundRow.order_id.in_(ids)):
        refunds_of.setdefault(str(one.order_id), []).append(one)
    merchants = catalogue.merchants(view, ids=[row.merchant_id for row in rows])
    return tuple(
        OrderView(
            *[
                *row[:4],
                merchants[row.merchant_id].name,
                OrderState(row.state),
                *row[5:],
                tuple(lines_of.get(row.id, ())),
                tuple(refunds_of.get(row.id, ())),
            ]
        )
        for row in rows
    )


def _refunds(view: Snapshot, condition: Any) -> list[RefundView]:
    rows = view.rows(
        select(
            RefundRow.id,
            RefundRow.order_id,
            RefundRow.provider,
            RefundRow.txn_id,
            RefundRow.state,
            RefundRow.amount_fen,
            RefundRow.reason,
            RefundRow.answer,
            RefundRow.asked_at,
            RefundRow.decided_at,
            RefundRow.confirmed_at,
        )
        .where(condition)
        .order_by(RefundRow.id)
    )
    parts: dict[str, list[Part]] = {}
    for part in view.rows(
        select(
            RefundPartRow.refund_id,
            RefundPartRow.line_id,
            RefundPartRow.quantity,
            RefundPartRow.amount_fen,
        )
        .where(RefundPartRow.refund_id.in_([row.id for row in rows]))
        .order_by(RefundPartRow.line_id)
    ):
        parts.setdefault(part.refund_id, []).append(Part(*part[1:]))
    return [
        RefundView(*[*row[:4], RefundState(row.state), *row[5:], tuple(parts.get(row.id, ()))])
        for row in rows
    ]
