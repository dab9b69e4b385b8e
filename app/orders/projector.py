"""What orders ask of the payment provider after a commit: refunds, and closing charges."""

from collections.abc import Sequence

from app.events.orders import ChargeAbandoned, RefundGranted
from app.kernel.ids import PaymentId, RefundId
from app.orders import commands, queries
from app.orders.commands.payment import take_payments
from app.orders.providers.port import PaymentProvider, ProviderDown, ProviderRefused
from app.orders.states import RefundState
from app.platform.adapters import adapter
from app.platform.subscribers import Delivered, Feeder, Outage
from app.platform.uow import snapshot


def send_refunds(events: Sequence[Delivered]) -> None:
    """Ask the provider for granted refunds; the refund's id is the number it knows them by."""
    for event in events:
        ask_provider(RefundId(event.body["refund_id"]))


def ask_provider(refund_id: RefundId) -> bool:
    """Ask the provider for one refund, again if need be; tell whether its end is known now.

    Raises:
        Outage: the provider cannot be reached; nothing is known, the same number is asked again.
    """
    with snapshot() as view:
        seen = queries.refund(view, refund_id=refund_id)
    if seen.state is not RefundState.GRANTED:
        return True
    provider = adapter(PaymentProvider)
    try:
        said = provider.refund(
            refund_no=seen.id, txn_id=seen.txn_id, amount_fen=seen.amount_fen
        ).state
    except ProviderDown as error:
        raise Outage(str(error)) from error
    except ProviderRefused:
        said = "failed"
    return commands.settle_refund(refund_id, said)


def close_charges(events: Sequence[Delivered]) -> None:
    """Tell the provider of payments that are no longer wanted, and take in what came before.

    Once a charge is closed nothing more comes for it. So one question then finds all that was
    paid without a word to us, and it goes back; nobody would ever ask again.

    Raises:
        Outage: the provider cannot be reached.
    """
    provider = adapter(PaymentProvider)
    for event in events:
        payment_id = PaymentId(event.body["payment_id"])
        try:
            provider.close_charge(charge_no=payment_id)
            said = provider.charge(charge_no=payment_id)
        except ProviderDown as error:
            raise Outage(str(error)) from error
        except ProviderRefused:
            # It knows no such charge: nobody asked for it.
            continue
        take_payments(provider.name, payment_id, said)


SUBSCRIBERS = (
    Feeder("orders.refunds", frozenset({RefundGranted.topic}), send_refunds),
    Feeder("orders.charges", frozenset({ChargeAbandoned.topic}), close_charges),
)
