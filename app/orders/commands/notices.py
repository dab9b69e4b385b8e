"""Speaking with the payment provider: asking for a charge, hearing its notices."""

from collections.abc import Mapping
from functools import partial

from app.kernel.ids import RefundId
from app.kernel.problems import NotFound
from app.orders.commands.payment import MoneyIn, open_charge, take_money
from app.orders.commands.refunds import confirm_refund, fail_refund
from app.orders.errors import NoticeRefused, NotPayable, PaymentUnavailable
from app.orders.providers.port import (
    Notice,
    NoticeForged,
    PaymentProvider,
    ProviderDown,
    ProviderRefused,
)
from app.orders.queries import CheckoutView
from app.platform.adapters import adapter
from app.platform.clock import machine_now
from app.platform.uow import UnitOfWork, transact


def pay_path(seen: CheckoutView) -> str | None:
    """Ask the provider for the charge of a checkout; return where a person pays it.

    The payment's id is the charge number, so that asking again is the same charge. No
    transaction is open while the provider is spoken to.

    Raises:
        NotPayable: the checkout is paid, lapsed or cancelled.
        PaymentUnavailable: the provider cannot be reached; the checkout stays payable.
    """
    if seen.state != "placed":
        raise NotPayable(state=seen.state)
    transact(partial(open_charge, payment_id=seen.payment.id))
    provider = adapter(PaymentProvider)
    try:
        charge = provider.open_charge(
            charge_no=seen.payment.id, amount_fen=seen.total_fen, description=seen.id
        )
    except (ProviderDown, ProviderRefused) as error:
        raise PaymentUnavailable from error
    return charge.pay_path


def hear(provider: str, headers: Mapping[str, str], body: bytes) -> str:
    """Take a notice of the provider; return what became of it.

    Raises:
        NotFound: there is no such provider here.
        NoticeRefused: it is forged or stale.
    """
    known = adapter(PaymentProvider)
    if provider != known.name:
        raise NotFound
    try:
        notice = known.read_notice(headers=headers, raw_body=body, now=machine_now())
    except NoticeForged as error:
        raise NoticeRefused(str(error)) from error
    return transact(partial(_heed, provider, notice))


def _heed(provider: str, notice: Notice, uow: UnitOfWork) -> str:
    if notice.type == "charge.paid":
        money = MoneyIn(provider, str(notice.charge_no), str(notice.txn_id), notice.amount_fen)
        return take_money(uow, money=money)
    refund_id = RefundId(str(notice.refund_no))
    if notice.type == "refund.succeeded":
        return "confirmed" if confirm_refund(uow, refund_id=refund_id) else "known"
    return "failed" if fail_refund(uow, refund_id=refund_id) else "known"
