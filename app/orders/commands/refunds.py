"""Money that goes back: asked for, decided, confirmed by the provider."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy import insert, select, update

from app.attribution import api as attribution
from app.catalogue import api as catalogue
from app.events.orders import OrderCancelled, RefundConfirmed, RefundGranted
from app.kernel.ids import AccountId, OrderId, RefundId, SkuId, mint
from app.kernel.money import Money
from app.kernel.problems import NotFound
from app.ledger import api as ledger
from app.orders import queries
from app.orders.commands.steps import write_step
from app.orders.errors import RefundDecided, RefundTooMuch, WrongState
from app.orders.models import LineRow, OrderRow, RefundPartRow, RefundRow
from app.orders.queries import OrderView, RefundView
from app.orders.queries.orders import serves
from app.orders.rules import Part, PartAsked, refund_parts
from app.orders.states import REFUNDABLE, OrderState, RefundState
from app.platform.uow import Snapshot, UnitOfWork, transact


def ask_refund(
    uow: UnitOfWork,
    *,
    order_id: OrderId,
    buyer_id: AccountId,
    asked: Sequence[PartAsked],
    reason: str,
) -> RefundId:
    """Ask money back for lines of an order; the amounts are derived here.

    Raises:
        NotFound: the order, or a line, is not theirs.
        WrongState: nothing of it is paid.
        RefundTooMuch: more than is left of a line.
    """
    seen = queries.order(uow, order_id=order_id)
    lines = {line.id: line for line in seen.lines}
    if seen.buyer_id != buyer_id or any(one.line_id not in lines for one in asked):
        raise NotFound
    if seen.state not in REFUNDABLE:
        raise WrongState(state=seen.state)
    parts = refund_parts(asked, {line_id: line.left for line_id, line in lines.items()})
    for part in parts:
        _hold(uow, part)
    payment = queries.checkout(uow, checkout_id=seen.checkout_id).payment
    refund_id = RefundId(mint("refund"))
    amount = sum(part.amount_fen for part in parts)
    uow.add(
        RefundRow(
            id=refund_id,
            order_id=order_id,
            provider=payment.provider,
            txn_id=payment.txn_id,
            state=RefundState.ASKED,
            amount_fen=amount,
            reason=reason,
            answer="",
            asked_at=uow.now,
        )
    )
    _write_parts(uow, refund_id, parts)
    write_step(uow, order_id, what="refund-asked", by="buyer", amount_fen=amount, note=reason)
    return refund_id


def _write_parts(uow: UnitOfWork, refund_id: RefundId, parts: Sequence[Part]) -> None:
    rows = [
        {
            "refund_id": refund_id,
            "line_id": part.line_id,
            "quantity": part.quantity,
            "amount_fen": part.amount_fen,
        }
        for part in parts
    ]
    uow.change(insert(RefundPartRow), rows)


def decide_refund(
    uow: UnitOfWork, *, refund_id: RefundId, actor_id: AccountId, granted: bool, answer: str
) -> None:
    """Grant or refuse a refund, for the merchant of the order.

    Raises:
        NotFound: the actor does not work for the merchant.
        RefundDecided: somebody decided before.
    """
    seen, one = _with_order(uow, refund_id)
    if not serves(uow, one, actor_id):
        raise NotFound
    state = RefundState.GRANTED if granted else RefundState.REFUSED
    values = {"answer": answer, "decided_by": actor_id, "decided_at": uow.now}
    if not _move(uow, refund_id, RefundState.ASKED, state, values):
        raise RefundDecided(state=seen.state)
    if granted:
        write_step(uow, one.id, what="refund-granted", by="merchant", amount_fen=seen.amount_fen)
        uow.announce(RefundGranted(refund_id=refund_id))
        return
    _let_go(uow, seen)
    write_step(
        uow, one.id, what="refund-refused", by="merchant", amount_fen=seen.amount_fen, note=answer
    )


def confirm_refund(uow: UnitOfWork, *, refund_id: RefundId) -> bool:
    """Note that the provider sent the money back; tell whether this was news."""
    if not _move(uow, refund_id, RefundState.GRANTED, RefundState.CONFIRMED, _confirmed(uow)):
        return False
    seen = queries.refund(uow, refund_id=refund_id)
    if seen.order_id is None:
        amount = Money(seen.amount_fen)
        ledger.post(
            uow,
            ledger.unmatched_returned(provider=seen.provider, txn=seen.txn_id, amount=amount),
        )
        return True
    before = queries.order(uow, order_id=seen.order_id)
    for part in seen.parts:
        _take_back(uow, part)
    attribution.refund(
        uow,
        refund_id=refund_id,
        provider=seen.provider,
        parts={part.line_id: part.amount_fen for part in seen.parts},
    )
    write_step(uow, before.id, what="refund-confirmed", by="provider", amount_fen=seen.amount_fen)
    _after(uow, before, seen)
    uow.announce(RefundConfirmed(refund_id=refund_id, order_id=before.id))
    return True


def fail_refund(uow: UnitOfWork, *, refund_id: RefundId) -> bool:
    """Note that the provider will never send this refund; the amount may be asked for again."""
    if not _move(uow, refund_id, RefundState.GRANTED, RefundState.FAILED, {}):
        return False
    seen = queries.refund(uow, refund_id=refund_id)
    if seen.order_id is not None:
        _let_go(uow, seen)
        write_step(
            uow, seen.order_id, what="refund-failed", by="provider", amount_fen=seen.amount_fen
        )
    return True


def settle_refund(refund_id: RefundId, said: str) -> bool:
    """Note what the provider said of a refund, in a unit of work of its own.

    Returns:
        Whether the refund is settled; `pending` leaves it as it is.
    """
    if said == "pending":
        return False
    settle = confirm_refund if said == "succeeded" else fail_refund
    transact(partial(settle, refund_id=refund_id))
    return True


def granted_refunds(view: Snapshot, *, limit: int) -> list[RefundId]:
    """Return refunds that the provider was asked for and has not confirmed, the oldest first."""
    rows = view.rows(
        select(RefundRow.id)
        .where(RefundRow.state == RefundState.GRANTED)
        .order_by(RefundRow.asked_at)
        .limit(limit)
    )
    return [RefundId(row.id) for row in rows]


def _with_order(uow: UnitOfWork, refund_id: RefundId) -> tuple[RefundView, OrderView]:
    seen = queries.refund(uow, refund_id=refund_id)
    if seen.order_id is None:
        raise NotFound
    return seen, queries.order(uow, order_id=seen.order_id)


def _confirmed(uow: UnitOfWork) -> dict[str, object]:
    return {"confirmed_at": uow.now}


def _hold(uow: UnitOfWork, part: Part) -> None:
    held = (
        update(LineRow)
        .where(
            LineRow.id == part.line_id,
            LineRow.refunded_fen + LineRow.refunding_fen + part.amount_fen <= LineRow.net_fen,
            LineRow.refunded_quantity + LineRow.refunding_quantity + part.quantity
            <= LineRow.quantity,
        )
        .values(
            refunding_fen=LineRow.refunding_fen + part.amount_fen,
            refunding_quantity=LineRow.refunding_quantity + part.quantity,
        )
    )
    # Two refunds at the same moment: this condition lets no more than all of the line through.
    if uow.change(held) != 1:
        raise RefundTooMuch(line_id=part.line_id)


def _let_go(uow: UnitOfWork, seen: RefundView) -> None:
    for part in seen.parts:
        uow.change(
            update(LineRow)
            .where(LineRow.id == part.line_id)
            .values(
                refunding_fen=LineRow.refunding_fen - part.amount_fen,
                refunding_quantity=LineRow.refunding_quantity - part.quantity,
            )
        )


def _take_back(uow: UnitOfWork, part: Part) -> None:
    uow.change(
        update(LineRow)
        .where(LineRow.id == part.line_id)
        .values(
            refunding_fen=LineRow.refunding_fen - part.amount_fen,
            refunding_quantity=LineRow.refunding_quantity - part.quantity,
            refunded_fen=LineRow.refunded_fen + part.amount_fen,
            refunded_quantity=LineRow.refunded_quantity + part.quantity,
        )
    )


def _after(uow: UnitOfWork, before: OrderView, seen: RefundView) -> None:
    if before.state is not OrderState.PAID:
        return
    # Before shipping the goods are still there; later they come back another way.
    skus = {line.id: line.sku_id for line in before.lines}
    for part in seen.parts:
        _restock(uow, skus[part.line_id], part.quantity, f"{seen.id}:{part.line_id}")
    now_seen = queries.order(uow, order_id=before.id)
    if all(line.refunded_fen == line.net_fen for line in now_seen.lines):
        uow.change(
            update(OrderRow)
            .where(OrderRow.id == before.id, OrderRow.state == OrderState.PAID)
            .values(state=OrderState.CANCELLED, ended_at=uow.now)
        )
        for line in now_seen.lines:
            # What was paid back by amount is still on the merchant's hands.
            left = line.quantity - line.refunded_quantity
            _restock(uow, line.sku_id, left, f"{before.id}:{line.id}")
        write_step(uow, before.id, what="cancelled", by="clock")
        uow.announce(OrderCancelled(order_id=before.id))


def _restock(uow: UnitOfWork, sku_id: SkuId, quantity: int, ref: str) -> None:
    if quantity:
        catalogue.restock(uow, sku_id=sku_id, quantity=quantity, ref=ref)


def _move(
    uow: UnitOfWork,
    refund_id: RefundId,
    old: RefundState,
    new: RefundState,
    values: dict[str, object],
) -> bool:
    moved = update(RefundRow).where(RefundRow.id == refund_id, RefundRow.state == old)
    return uow.change(moved.values(state=new, **values)) == 1
