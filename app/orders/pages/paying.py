"""Pages of the payment: what is to be paid, how that stands, and the play-money wallet."""

from typing import Any

from flask import Response, request
from flask_babel import gettext as _
from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from app.kernel.ids import CheckoutId, PaymentId
from app.kernel.problems import NotFound
from app.orders import commands, queries
from app.orders.commands.notices import pay_path
from app.orders.errors import NotPayable, PaymentDeclined, PaymentUnavailable
from app.orders.pages.blueprint import pages
from app.orders.providers.port import PaymentProvider, ProviderDown, ProviderRefused
from app.platform.adapters import adapter
from app.platform.uow import Snapshot, UnitOfWork, snapshot
from app.web.caller import signed_in
from app.web.parsing import load_form
from app.web.rendering import Form, Redirect, is_fragment, render

BEHAVIOURS = (
    "normal",
    "late",
    "twice",
    "repeated",
    "wrong_amount",
    "too_much",
    "silent",
    "decline",
    "lost_reply",
    "die",
)
"""How the sandbox can be told to behave (docs/payments.md)."""

FROM_WALLET = "from=wallet"
"""Marks the address of a payment to which a wallet leads back."""


class WalletIn(Schema):
    """How the bank shall behave."""

    behaviour = fields.String(load_default="normal", validate=OneOf(BEHAVIOURS))


@pages.page("/pay/<checkout_id>", signed_in=True)
def payment(view: Snapshot, checkout_id: CheckoutId) -> Any:
    """Show what is to be paid, and how that stands; the page itself asks until it is decided."""
    if not is_fragment():
        return payment_again(view, Form(), checkout_id)
    seen = queries.checkout(view, checkout_id=checkout_id, buyer_id=signed_in())
    if seen.state == "placed":
        # Nothing is new: what stands on the page stays, and who is about to press a button can.
        return Response(status=204)
    return render("orders/_payment.html", checkout=seen)


def payment_again(view: Snapshot, form: Form, checkout_id: CheckoutId) -> str:
    """Show the payment once more, with what is wrong."""
    seen = queries.checkout(view, checkout_id=checkout_id, buyer_id=signed_in())
    returned = request.args.get("from") == "wallet"
    return render("orders/payment.html", checkout=seen, returned=returned, form=form)


@pages.act("/pay/<checkout_id>", again=payment_again)
def start_payment(checkout_id: CheckoutId) -> Redirect:
    """Ask the provider for a charge, and lead to where it is paid; what is paid needs neither."""
    with snapshot() as view:
        seen = queries.checkout(view, checkout_id=checkout_id, buyer_id=signed_in())
    if seen.state == "paid":
        return Redirect(f"/pay/{checkout_id}")
    return Redirect(pay_path(seen) or f"/pay/{checkout_id}?{FROM_WALLET}")


@pages.form("/pay/<checkout_id>/cancellation", page="/pay/<checkout_id>", again=payment_again)
def cancel(uow: UnitOfWork, checkout_id: CheckoutId) -> Redirect:
    """Call off a checkout that is not paid."""
    commands.cancel(uow, checkout_id=checkout_id, buyer_id=signed_in())
    return Redirect("/orders", flash=_("The order is cancelled."))


@pages.get("/wallet/<payment_id>")
def wallet(payment_id: PaymentId) -> str:
    """Show the play-money wallet for a payment of one's own."""
    with snapshot() as view:
        seen = _own_payment(view, payment_id)
    paid = seen.state == "placed" and _has_come(payment_id)
    with snapshot() as view:
        return _wallet(view, Form(), payment_id, paid=paid)


def _has_come(payment_id: PaymentId) -> bool:
    """Ask the bank whether a charge was paid of which the site has not heard yet."""
    try:
        return adapter(PaymentProvider).charge(charge_no=payment_id).state == "paid"
    except (ProviderDown, ProviderRefused):
        return False


def wallet_again(view: Snapshot, form: Form, payment_id: PaymentId) -> str:
    """Show the wallet once more, with what is wrong."""
    return _wallet(view, form, payment_id, paid=False)


def _wallet(view: Snapshot, form: Form, payment_id: PaymentId, *, paid: bool) -> str:
    seen = _own_payment(view, payment_id)
    return render(
        "orders/wallet.html",
        checkout=seen,
        paid=paid or seen.state == "paid",
        back=f"/pay/{seen.id}?{FROM_WALLET}",
        form=form,
        behaviours=BEHAVIOURS,
    )


@pages.act("/wallet/<payment_id>", again=wallet_again)
def pay(payment_id: PaymentId) -> Redirect:
    """Pay from the wallet; the provider then tells the site, in its own time."""
    with snapshot() as view:
        seen = _own_payment(view, payment_id)
    back = Redirect(f"/pay/{seen.id}?{FROM_WALLET}")
    if seen.state == "paid":
        return back
    if seen.state != "placed":
        raise NotPayable(state=seen.state)
    behaviour = load_form(WalletIn)["behaviour"]
    provider: Any = adapter(PaymentProvider)
    try:
        provider.pay(charge_no=payment_id, behaviour=behaviour)
    except ProviderDown as error:
        raise PaymentUnavailable from error
    except ProviderRefused as error:
        raise PaymentDeclined from error
    return back


def _own_payment(view: Snapshot, payment_id: PaymentId) -> queries.CheckoutView:
    seen = queries.payment(view, payment_id=payment_id)
    if seen is None:
        raise NotFound
    return queries.checkout(view, checkout_id=seen.checkout_id, buyer_id=signed_in())
