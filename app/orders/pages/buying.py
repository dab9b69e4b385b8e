"""Pages for buyers: cart, checkout, orders."""

from typing import Any

from flask import request
from flask_babel import gettext as _
from marshmallow import Schema, fields

from app.accounts import api as accounts
from app.kernel.ids import OrderId, RefundId, SkuId
from app.kernel.page import PAGE_SIZE
from app.kernel.problems import InvalidInput, field_error
from app.orders import commands, queries
from app.orders.commands.checkout import look
from app.orders.errors import (
    AddressMissing,
    RefundTooMuch,
    TooFewLeft,
)
from app.orders.pages.blueprint import pages, pictures_of, small_pictures
from app.orders.queries.orders import address as address_of
from app.orders.queries.orders import serves
from app.orders.rules import QUANTITY_MAX, PartAsked, Wanted
from app.orders.schemas import Pieces
from app.orders.states import REFUNDABLE, OrderState
from app.platform.uow import Snapshot, UnitOfWork
from app.web.caller import signed_in
from app.web.fields import PublicId, Text, Whole
from app.web.rendering import Form, Redirect, render


class QuantityIn(Schema):
    """How many of a SKU the cart shall hold."""

    quantity = Whole(least=1, most=QUANTITY_MAX, required=True)


class ConfirmationIn(Schema):
    """The confirmation of a preview; one that is no preview of ours is as one that is too old."""

    preview = fields.String(load_default="")
    address_id = PublicId("address", required=True)


class MoneyBackIn(Schema):
    """So many pieces of each line to take back, and a word to the seller."""

    quantities = Pieces(load_default=dict)
    reason = Text(most=500, lines=True, load_default="")


@pages.page("/cart", signed_in=True)
def cart(view: Snapshot) -> str:
    """Show the cart at today's prices, a parcel a merchant."""
    return cart_again(view, Form())


def cart_again(view: Snapshot, form: Form, *, sku_id: SkuId | None = None) -> str:
    """Show the cart, with what is wrong with the line of ``sku_id``."""
    lines = queries.cart(view, account_id=signed_in())
    parcels: dict[str, list[queries.CartLine]] = {}
    for line in lines:
        name = line.offer.merchant_name if line.offer else ""
        parcels.setdefault(name, []).append(line)
    total = sum(line.total_fen for line in lines)
    return render(
        "orders/cart.html",
        parcels=parcels,
        total_fen=total,
        short=any(line.quote and line.quote.short for line in lines),
        form=form,
        changing=sku_id,
    )


@pages.form("/cart/lines/<sku_id>", page="/cart", takes=QuantityIn, again=cart_again)
def set_line(uow: UnitOfWork, wish: dict[str, int], sku_id: SkuId) -> Redirect:
    """Set how many of a SKU the cart holds."""
    wanted = Wanted(sku_id, wish["quantity"])
    try:
        commands.put_line(uow, account_id=signed_in(), wanted=wanted, add=False)
    except TooFewLeft as few:
        raise few.at_quantity() from None
    return Redirect("/cart")


@pages.form("/cart/lines/<sku_id>/removal", page="/cart")
def drop_line(uow: UnitOfWork, sku_id: SkuId) -> Redirect:
    """Take a SKU out of the cart."""
    commands.drop_line(uow, account_id=signed_in(), sku_ids=[sku_id])
    return Redirect("/cart")


@pages.page("/checkout", signed_in=True)
def checkout(view: Snapshot) -> str:
    """Show what the cart costs now, and ask for the address."""
    return checkout_again(view, Form())


def checkout_again(view: Snapshot, form: Form, **_parts: Any) -> str:
    """Show the checkout with a new preview, and what is wrong."""
    lines = queries.cart(view, account_id=signed_in())
    wanted = [line.wanted for line in lines if line.offer is not None]
    preview = token = None
    if wanted:
        preview = look(view, wanted=wanted)
        token = commands.sign_preview(preview, buyer_id=signed_in())
    return render(
        "orders/checkout.html",
        preview=preview,
        token=token,
        addresses=accounts.addresses(view, account_id=signed_in()),
        pictures=small_pictures(view, [one.offer.product_id for one in lines if one.offer]),
        unpaid=() if preview else queries.unpaid(view, buyer_id=signed_in()),
        form=form,
    )


@pages.form(
    "/checkout",
    takes=ConfirmationIn,
    again=checkout_again,
    beside={AddressMissing: "address_id"},
    key="required",
)
def place(uow: UnitOfWork, confirmed: dict[str, Any]) -> Redirect:
    """Place the orders of a preview, and lead to the payment."""
    placed = commands.place(
        uow,
        buyer_id=signed_in(),
        token=confirmed["preview"],
        address_id=confirmed["address_id"],
    )
    return Redirect(f"/pay/{placed.checkout_id}")


@pages.page("/orders", signed_in=True)
def orders(view: Snapshot) -> str:
    """List one's own orders."""
    found = queries.orders_of(
        view, buyer_id=signed_in(), cursor=request.args.get("cursor"), size=PAGE_SIZE
    )
    next_url = f"/orders?cursor={found.next}" if found.next else None
    return render(
        "orders/orders.html",
        orders=found.items,
        pictures=pictures_of(view, found.items),
        next_url=next_url,
    )


@pages.page("/orders/<order_id>", signed_in=True)
def order(view: Snapshot, order_id: OrderId) -> str:
    """Show an order to its buyer, or to its merchant's staff."""
    return order_again(view, Form(), order_id)


def order_again(
    view: Snapshot, form: Form, order_id: OrderId, *, deciding: RefundId | None = None
) -> str:
    """Show an order once more, with what is wrong; ``deciding`` is the refund that it is about."""
    seen = queries.order(view, order_id=order_id, actor_id=signed_in())
    to = address_of(view, seen)
    selling = serves(view, seen, signed_in())
    open_ = selling and seen.ended_at is None
    return render(
        "orders/order.html",
        order=seen,
        pictures=pictures_of(view, [seen]),
        to=to,
        phone=to.phone if open_ else to.phone_masked,
        selling=selling,
        buying=seen.buyer_id == signed_in(),
        steps=queries.steps(view, order_id=order_id),
        refundable=_refundable(seen),
        states=OrderState,
        form=form,
        deciding=deciding,
    )


def _refundable(seen: queries.OrderView) -> list[queries.LineView]:
    """Return the lines of which money may still be asked back."""
    if seen.state not in REFUNDABLE:
        return []
    return [line for line in seen.lines if line.left.quantity_left and line.left.left_fen]


@pages.form("/orders/<order_id>/receipt", page="/orders/<order_id>", again=order_again)
def receive(uow: UnitOfWork, order_id: OrderId) -> Redirect:
    """Note that one has the goods."""
    commands.receive(uow, order_id=order_id, buyer_id=signed_in())
    return Redirect(f"/orders/{order_id}", flash=_("Thank you. Enjoy it."))


@pages.form(
    "/orders/<order_id>/refunds",
    page="/orders/<order_id>#ask-back",
    takes=MoneyBackIn,
    again=order_again,
    key="required",
)
def ask_refund(uow: UnitOfWork, wish: dict[str, Any], order_id: OrderId) -> Redirect:
    """Ask money back for so many pieces of each line."""
    seen = queries.order(uow, order_id=order_id, actor_id=signed_in())
    asked = [
        PartAsked(line_id, quantity=pieces)
        for line_id, pieces in wish["quantities"].items()
        if pieces
    ]
    if not asked:
        fault = "Say how many pieces of at least one line."
        where = f"/quantities/{seen.lines[0].id}"
        raise InvalidInput([field_error(where, "missing", fault)])
    try:
        commands.ask_refund(
            uow, order_id=order_id, buyer_id=signed_in(), asked=asked, reason=wish["reason"]
        )
    except RefundTooMuch as much:
        where = f"/quantities/{much.facts['line_id']}"
        raise InvalidInput([field_error(where, much.code, much.title)], much.hint) from None
    return Redirect(f"/orders/{order_id}", flash=_("The seller has been asked."))
