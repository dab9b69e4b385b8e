"""What the orders room does by the clock."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from app.orders.commands import checkout, fulfilment, payment, refunds
from app.orders.errors import WrongState
from app.orders.providers.port import PaymentProvider, ProviderDown, ProviderRefused
from app.platform.adapters import adapter
from app.platform.queue import Job
from app.platform.uow import Snapshot, UnitOfWork, snapshot, transact

BATCH = 100
"""Units of work of one round; each is short, so that others get their turn."""


def lapse_due() -> int:
    """Let unpaid checkouts lapse whose time is over; return how many."""

    def one(uow: UnitOfWork, checkout_id: Any) -> object:
        return checkout.lapse(uow, checkout_id=checkout_id)

    return _each(checkout.due_to_lapse, one)


def receive_due() -> int:
    """Count orders as received that were sent long ago; return how many."""

    def one(uow: UnitOfWork, order_id: Any) -> object:
        fulfilment.receive(uow, order_id=order_id, buyer_id=None)
        return True

    return _each(fulfilment.due_to_receive, one)


def release_due() -> int:
    """Release the money of received orders whose hold is over; return how many orders."""

    def one(uow: UnitOfWork, order_id: Any) -> object:
        return fulfilment.release(uow, order_id=order_id)

    return _each(fulfilment.due_to_release, one)


def ask_about_charges() -> int:
    """Ask the provider about payments of which nothing was heard; return how many were paid."""
    with snapshot() as view:
        waiting = payment.waiting_charges(view, limit=BATCH)
    done = 0
    for one in waiting:
        try:
            said = adapter(PaymentProvider).charge(charge_no=one.id)
        except (ProviderDown, ProviderRefused):
            continue
        done += payment.take_payments(one.provider, one.id, said)
    return done


def ask_about_refunds() -> int:
    """Ask the provider about refunds that it has not confirmed; return how many are settled."""
    with snapshot() as view:
        waiting = refunds.granted_refunds(view, limit=BATCH)
    done = 0
    for refund_id in waiting:
        try:
            said = adapter(PaymentProvider).refund_state(refund_no=refund_id)
        except (ProviderDown, ProviderRefused):
            continue
        done += refunds.settle_refund(refund_id, said.state)
    return done


def _each(find: Callable[..., list[Any]], one: Callable[[UnitOfWork, Any], object]) -> int:
    def found(view: Snapshot) -> list[Any]:
        return find(view, limit=BATCH)

    with snapshot() as view:
        due = found(view)
    done = 0
    for item in due:
        try:
            done += bool(transact(partial(_on, one, item)))
        except WrongState:
            # Somebody was faster between the look and the lock; the row says where it stands.
            continue
    return done


def _on(one: Callable[[UnitOfWork, Any], object], item: object, uow: UnitOfWork) -> object:
    return one(uow, item)


JOBS = (
    Job("orders.lapse", timedelta(seconds=30), lapse_due),
    Job("orders.receive", timedelta(minutes=10), receive_due),
    Job("orders.release", timedelta(minutes=10), release_due),
    Job("orders.charges", timedelta(seconds=30), ask_about_charges),
    Job("orders.refunds", timedelta(seconds=60), ask_about_refunds),
)
