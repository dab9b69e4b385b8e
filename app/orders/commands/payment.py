"""Money that comes in: every transaction of the provider once, for an order or straight back.

A callback never fails because of us: what came is recorded first; what fits nothing goes back by
itself, once.
"""

from dataclasses import dataclass
from functools import partial

from sqlalchemy import bindparam, select, text, update

from app.attribution import api as attribution
from app.catalogue import api as catalogue
from app.events.orders import OrderPaid, RefundGranted
from app.kernel.ids import PaymentId, RefundId, mint
from app.kernel.money import Money
from app.ledger import api as ledger
from app.orders import queries
from app.orders.commands.steps import write_step
from app.orders.models import CheckoutRow, OrderRow, PaymentRow, RefundRow, TxnRow
from app.orders.providers.port import ChargeState
from app.orders.queries import CheckoutView, OrderView, PaymentView
from app.orders.states import OrderState, RefundState
from app.platform.db import UtcDateTime
from app.platform.uow import Snapshot, UnitOfWork, transact

NOT_OURS = "The money fitted no order and goes back by itself."


@dataclass(frozen=True, slots=True)
class MoneyIn:
    """A transaction of the provider, as a notice or a poll told of it."""

    provider: str
    charge_no: str
    txn_id: str
    amount_fen: int


def open_charge(uow: UnitOfWork, *, payment_id: PaymentId) -> None:
    """Note that the provider has been asked for a charge, so that silence is noticed."""
    uow.change(
        update(PaymentRow)
        .where(PaymentRow.id == payment_id, PaymentRow.opened_at.is_(None))
        .values(opened_at=uow.now)
    )


def take_money(uow: UnitOfWork, *, money: MoneyIn) -> str:
    """Take a transaction in; return its outcome, which the same transaction always gets again.

    `fits`: its orders are paid now. `wrong-sum`, `too-late`, `twice`, `unknown`: it goes back.
    """
    seen = queries.payment(uow, payment_id=PaymentId(money.charge_no))
    if seen is not None and seen.provider != money.provider:
        seen = None
    outcome = _outcome(seen, money)
    values = {
        "provider": money.provider,
        "txn": money.txn_id,
        "charge": money.charge_no,
        "amount": money.amount_fen,
        "outcome": outcome,
        "at": uow.now,
    }
    if uow.change(_RECORD, values) == 0:
        return _known(uow, money)
    if outcome == "fits" and seen is not None:
        _pay(uow, seen, money)
    else:
        _send_back(uow, money)
    return outcome


def take_payments(provider: str, payment_id: PaymentId, said: ChargeState) -> int:
    """Take in all that the provider says came for a charge; return how much of it paid orders.

    Each in a unit of work of its own.
    """
    done = 0
    for paid in said.payments:
        if paid.amount_fen <= 0:
            # Nothing came, and nothing can go back: it must not keep others from being heard of.
            continue
        money = MoneyIn(provider, payment_id, paid.txn_id, paid.amount_fen)
        done += transact(partial(take_money, money=money)) == "fits"
    return done


def waiting_charges(view: Snapshot, *, limit: int) -> list[PaymentView]:
    """Return payments whose charge is open and of which nothing was heard, the oldest first."""
    rows = view.rows(
        select(PaymentRow.id)
        .where(PaymentRow.state == "waiting", PaymentRow.opened_at.is_not(None))
        .order_by(PaymentRow.opened_at)
        .limit(limit)
    )
    found = [queries.payment(view, payment_id=row.id) for row in rows]
    return [payment for payment in found if payment is not None]


def _outcome(seen: PaymentView | None, money: MoneyIn) -> str:
    if seen is None:
        return "unknown"
    if seen.state == "paid":
        return "twice"
    if seen.state == "closed":
        return "too-late"
    return "fits" if seen.amount_fen == money.amount_fen else "wrong-sum"


def _known(uow: UnitOfWork, money: MoneyIn) -> str:
    return str(
        uow.value(
            select(TxnRow.outcome).where(
                TxnRow.provider == money.provider, TxnRow.txn_id == money.txn_id
            )
        )
    )


def _pay(uow: UnitOfWork, seen: PaymentView, money: MoneyIn) -> None:
    paid = (
        update(PaymentRow)
        .where(PaymentRow.id == seen.id, PaymentRow.state == "waiting")
        .values(state="paid", txn_id=money.txn_id, paid_at=uow.now)
    )
    of_it = (
        update(CheckoutRow)
        .where(CheckoutRow.id == seen.checkout_id, CheckoutRow.state == "placed")
        .values(state="paid")
    )
    # Both hold or neither: a checkout ends together with its payment.
    moved = uow.change(paid), uow.change(of_it)
    assert moved == (1, 1), moved
    checkout = queries.checkout(uow, checkout_id=seen.checkout_id)
    for one in checkout.orders:
        _pay_order(uow, checkout, one)


def _pay_order(uow: UnitOfWork, checkout: CheckoutView, one: OrderView) -> None:
    uow.change(
        update(OrderRow)
        .where(OrderRow.id == one.id, OrderRow.state == OrderState.PLACED)
        .values(state=OrderState.PAID, paid_at=uow.now)
    )
    catalogue.sell(uow, ref=one.id)
    attribution.pay(
        uow,
        order_id=one.id,
        provider=checkout.payment.provider,
        payment_id=checkout.payment.id,
        lines=_facts(checkout, one),
    )
    write_step(uow, one.id, what="paid", by="provider", amount_fen=one.total_fen)
    uow.announce(OrderPaid(order_id=one.id))


def _facts(checkout: CheckoutView, one: OrderView) -> list[attribution.LineFacts]:
    weights = [line.net_fen for line in one.lines]
    freight = Money(one.freight_fen).split(weights)
    return [
        attribution.LineFacts(
            line_id=line.id,
            order_id=one.id,
            buyer_id=one.buyer_id,
            merchant_id=one.merchant_id,
            brand_id=line.brand_id,
            product_id=line.product_id,
            sku_id=line.sku_id,
            quantity=line.quantity,
            net_fen=line.net_fen,
            freight_fen=share.fen,
            fee_bp=line.fee_bp,
            instant_ms=checkout.instant_ms,
            placed_at=one.placed_at,
        )
        for line, share in zip(one.lines, freight, strict=True)
    ]


def _send_back(uow: UnitOfWork, money: MoneyIn) -> None:
    amount = Money(money.amount_fen)
    ledger.post(uow, ledger.unmatched(provider=money.provider, txn=money.txn_id, amount=amount))
    refund_id = RefundId(mint("refund"))
    uow.add(
        RefundRow(
            id=refund_id,
            provider=money.provider,
            txn_id=money.txn_id,
            state=RefundState.GRANTED,
            amount_fen=money.amount_fen,
            reason=NOT_OURS,
            answer="",
            asked_at=uow.now,
            decided_at=uow.now,
        )
    )
    uow.announce(RefundGranted(refund_id=refund_id))


_RECORD = text(
    "INSERT INTO orders_txn (provider, txn_id, charge_no, amount_fen, outcome, at)"
    " VALUES (:provider, :txn, :charge, :amount, :outcome, :at)"
    " ON CONFLICT (provider, txn_id) DO NOTHING"
).bindparams(bindparam("at", type_=UtcDateTime()))
