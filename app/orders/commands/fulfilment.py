"""From paid to completed: shipping, receiving, releasing."""

from datetime import timedelta

from flask import current_app
from sqlalchemy import or_, select, update

from app.attribution import api as attribution
from app.events.orders import LineReceived, OrderCompleted, OrderReceived, OrderShipped
from app.kernel.ids import AccountId, LineId, OrderId
from app.kernel.problems import NotFound
from app.orders import queries
from app.orders.commands.steps import write_step
from app.orders.errors import WrongState
from app.orders.models import LineRow, OrderRow
from app.orders.queries import OrderView
from app.orders.queries.orders import serves
from app.orders.rules import release_due
from app.orders.states import UNDER_WAY, OrderState, before
from app.platform.uow import Snapshot, UnitOfWork
from app.settings import Settings


def ship(
    uow: UnitOfWork, *, order_id: OrderId, actor_id: AccountId, carrier: str, tracking_no: str
) -> None:
    """Note that the merchant sent an order.

    Raises:
        NotFound: the actor does not work for its merchant.
        WrongState: it is not paid, or was sent before.
    """
    seen = queries.order(uow, order_id=order_id)
    if not serves(uow, seen, actor_id):
        raise NotFound
    values = {"shipped_at": uow.now, "carrier": carrier, "tracking_no": tracking_no}
    _move(uow, seen, OrderState.SHIPPED, values)
    write_step(
        uow, order_id, what="shipped", by="merchant", note=f"{carrier} {tracking_no}".strip()
    )
    uow.announce(OrderShipped(order_id=order_id))


def receive(uow: UnitOfWork, *, order_id: OrderId, buyer_id: AccountId | None) -> None:
    """Note that the buyer has the goods; without ``buyer_id`` the clock says so.

    Raises:
        NotFound: it is not the buyer's.
        WrongState: it was not sent, or is received already.
    """
    seen = queries.order(uow, order_id=order_id)
    if buyer_id is not None and buyer_id != seen.buyer_id:
        raise NotFound
    _move(uow, seen, OrderState.RECEIVED, {"received_at": uow.now})
    write_step(uow, order_id, what="received", by="buyer" if buyer_id else "clock")
    uow.announce(OrderReceived(order_id=order_id))
    for line in seen.lines:
        uow.announce(LineReceived(line_id=line.id))


def release(uow: UnitOfWork, *, order_id: OrderId) -> int:
    """Release the lines of a received order whose hold is over; return how many.

    A line with a refund under way waits; when every line is released or refunded, the order is
    completed.
    """
    seen = queries.order(uow, order_id=order_id)
    if seen.state is not OrderState.RECEIVED or not _is_due(uow, seen):
        return 0
    held = {
        part.line_id
        for refund in seen.refunds
        if refund.state in UNDER_WAY
        for part in refund.parts
    }
    due = [line.id for line in seen.lines if not line.settled and line.id not in held]
    released = [line_id for line_id in due if _release_line(uow, line_id)]
    if released:
        attribution.release(uow, order_id=order_id, line_ids=released)
    if {line.id for line in seen.lines if not line.settled} <= set(released):
        _move(uow, seen, OrderState.COMPLETED, {"ended_at": uow.now})
        write_step(uow, order_id, what="completed", by="clock")
        uow.announce(OrderCompleted(order_id=order_id))
    return len(released)


def due_to_receive(view: Snapshot, *, limit: int) -> list[OrderId]:
    """Return orders that were sent so long ago that they count as received."""
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    latest = view.now - timedelta(days=settings.auto_receipt_days)
    return _ids(view, OrderState.SHIPPED, OrderRow.shipped_at <= latest, limit)


def due_to_release(view: Snapshot, *, limit: int) -> list[OrderId]:
    """Return received orders whose hold is over and that have a line to release or to close."""
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    latest = view.now - timedelta(days=settings.release_days)
    free = select(LineRow.order_id).where(
        LineRow.order_id == OrderRow.id, LineRow.released_at.is_(None), LineRow.refunding_fen == 0
    )
    open_lines = select(LineRow.order_id).where(
        LineRow.order_id == OrderRow.id,
        LineRow.released_at.is_(None),
        LineRow.refunded_fen < LineRow.net_fen,
    )
    condition = (OrderRow.received_at <= latest) & or_(free.exists(), ~open_lines.exists())
    return _ids(view, OrderState.RECEIVED, condition, limit)


def _ids(view: Snapshot, state: OrderState, condition: object, limit: int) -> list[OrderId]:
    statement = select(OrderRow.id).where(OrderRow.state == state, condition)  # type: ignore[arg-type] # a column expression
    return [OrderId(row.id) for row in view.rows(statement.order_by(OrderRow.id).limit(limit))]


def _is_due(uow: UnitOfWork, seen: OrderView) -> bool:
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    assert seen.received_at is not None
    return release_due(seen.received_at, days=settings.release_days) <= uow.now


def _release_line(uow: UnitOfWork, line_id: LineId) -> bool:
    released = (
        update(LineRow)
        .where(
            LineRow.id == line_id,
            LineRow.released_at.is_(None),
            LineRow.refunding_fen == 0,
            LineRow.refunded_fen < LineRow.net_fen,
        )
        .values(released_at=uow.now)
    )
    return uow.change(released) == 1


def _move(uow: UnitOfWork, seen: OrderView, state: OrderState, values: dict[str, object]) -> None:
    moved = (
        update(OrderRow)
        .where(OrderRow.id == seen.id, OrderRow.state.in_(before(state)))
        .values(state=state, **values)
    )
    if uow.change(moved) != 1:
        raise WrongState(state=seen.state)
