"""JSON endpoints of the orders room."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from flask import request

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.kernel.ids import AccountId, CheckoutId, MerchantId, OrderId, RefundId
from app.kernel.page import Page
from app.kernel.problems import NotFound
from app.orders import commands, queries
from app.orders.commands.checkout import look
from app.orders.commands.notices import hear, pay_path
from app.orders.errors import (
    AddressMissing,
    CartFull,
    CheckoutChanged,
    NotForSale,
    NothingChosen,
    NoticeRefused,
    NotPayable,
    PaymentUnavailable,
    PreviewStale,
    RefundDecided,
    RefundTooMuch,
    TooFewLeft,
    WrongState,
)
from app.orders.queries.orders import address, serves
from app.orders.rules import Wanted
from app.orders.schemas import (
    CartDropIn,
    CartOut,
    CheckoutIn,
    CheckoutOut,
    DecisionIn,
    NoticeOut,
    OrdersOut,
    OrdersQuery,
    OrderWholeOut,
    PaymentOut,
    PreviewIn,
    PreviewOut,
    RefundIn,
    RefundOut,
    RefundsOut,
    ShipmentIn,
    WantedIn,
)
from app.platform.uow import Snapshot, UnitOfWork, snapshot
from app.web.caller import signed_in
from app.web.http import ApiBlueprint, PageQuery

blp = ApiBlueprint("orders", __name__, url_prefix="/api/v1", description="Carts and orders")


@blp.reads("/cart", gives=CartOut)
def get_cart(view: Snapshot) -> dict[str, Any]:
    """Show the cart at today's prices."""
    return _cart(view, signed_in())


@blp.writes(
    "POST", "/cart/lines", takes=WantedIn, gives=CartOut, refuses=(NotForSale, CartFull, TooFewLeft)
)
def add_cart_line(uow: UnitOfWork, wanted: Wanted) -> dict[str, Any]:
    """Put so many more of a SKU into the cart."""
    commands.put_line(uow, account_id=signed_in(), wanted=wanted, add=True)
    return _cart(uow, signed_in())


@blp.writes(
    "PATCH",
    "/cart/lines",
    takes=WantedIn,
    gives=CartOut,
    refuses=(NotForSale, NotFound, TooFewLeft),
)
def set_cart_line(uow: UnitOfWork, wanted: Wanted) -> dict[str, Any]:
    """Set how many of a SKU the cart holds."""
    commands.put_line(uow, account_id=signed_in(), wanted=wanted, add=False)
    return _cart(uow, signed_in())


@blp.writes("DELETE", "/cart/lines", takes=CartDropIn, gives=CartOut)
def drop_cart_lines(uow: UnitOfWork, chosen: dict[str, Any]) -> dict[str, Any]:
    """Take SKUs out of the cart."""
    commands.drop_line(uow, account_id=signed_in(), sku_ids=chosen["sku_ids"])
    return _cart(uow, signed_in())


@blp.writes(
    "POST",
    "/checkouts/previews",
    takes=PreviewIn,
    gives=PreviewOut,
    refuses=(NothingChosen, NotForSale),
    key="none",
)
def preview_checkout(uow: UnitOfWork, chosen: dict[str, Any]) -> dict[str, Any]:
    """Show what the chosen lines, or the whole cart, would cost; binds for five minutes."""
    wanted = chosen["lines"]
    if wanted is None:
        wanted = [line.wanted for line in queries.cart(uow, account_id=signed_in())]
    seen = look(uow, wanted=wanted)
    return {
        "preview": commands.sign_preview(seen, buyer_id=signed_in()),
        "parcels": seen.parcels,
        "total_fen": seen.total_fen,
        "instant": seen.instant,
    }


@blp.writes(
    "POST",
    "/checkouts",
    takes=CheckoutIn,
    gives=CheckoutOut,
    status=201,
    refuses=(PreviewStale, CheckoutChanged, AddressMissing, catalogue.OutOfStock),
    key="required",
    scope="money",
)
def place_checkout(uow: UnitOfWork, confirmed: dict[str, Any]) -> dict[str, Any]:
    """Place one order for each merchant, and reserve the goods."""
    placed = commands.place(
        uow,
        buyer_id=signed_in(),
        token=confirmed["preview"],
        address_id=confirmed["address_id"],
    )
    return _checkout(uow, placed.checkout_id)


@blp.reads("/checkouts/<string(minlength=20):checkout_id>", gives=CheckoutOut, refuses=(NotFound,))
def get_checkout(view: Snapshot, checkout_id: CheckoutId) -> dict[str, Any]:
    """Show a checkout of one's own."""
    return _checkout(view, checkout_id)


@blp.acts(
    "POST",
    "/checkouts/<checkout_id>/payment",
    gives=PaymentOut,
    refuses=(NotFound, NotPayable, PaymentUnavailable),
)
def start_payment(checkout_id: CheckoutId) -> Mapping[str, Any]:
    """Ask the provider for a charge, and say where to pay it; again is the same charge."""
    with snapshot() as view:
        seen = queries.checkout(view, checkout_id=checkout_id, buyer_id=signed_in())
    path = pay_path(seen)
    return {**dataclasses.asdict(seen.payment), "pay_path": path}


@blp.writes(
    "PUT",
    "/checkouts/<checkout_id>/cancellation",
    gives=CheckoutOut,
    refuses=(NotFound, WrongState),
    scope="money",
)
def cancel_checkout(uow: UnitOfWork, checkout_id: CheckoutId) -> dict[str, Any]:
    """Call off a checkout that is not paid."""
    commands.cancel(uow, checkout_id=checkout_id, buyer_id=signed_in())
    return _checkout(uow, checkout_id)


@blp.reads("/orders", gives=OrdersOut, query=PageQuery)
def list_orders(view: Snapshot, page: dict[str, Any]) -> Page[queries.OrderView]:
    """List one's own orders, the newest first."""
    return queries.orders_of(view, buyer_id=signed_in(), **page)


@blp.reads("/orders/<order_id>", gives=OrderWholeOut, refuses=(NotFound,))
def get_order(view: Snapshot, order_id: OrderId) -> dict[str, Any]:
    """Show an order to its buyer or to its merchant's staff, with its timeline."""
    return whole_order(view, order_id)


@blp.writes(
    "PUT",
    "/orders/<order_id>/shipment",
    takes=ShipmentIn,
    gives=OrderWholeOut,
    refuses=(NotFound, WrongState),
)
def ship_order(uow: UnitOfWork, shipment: dict[str, str], order_id: OrderId) -> dict[str, Any]:
    """Note that an order was sent, for the merchant's staff."""
    commands.ship(uow, order_id=order_id, actor_id=signed_in(), **shipment)
    return whole_order(uow, order_id)


@blp.writes(
    "PUT", "/orders/<order_id>/receipt", gives=OrderWholeOut, refuses=(NotFound, WrongState)
)
def receive_order(uow: UnitOfWork, order_id: OrderId) -> dict[str, Any]:
    """Note that one has the goods."""
    commands.receive(uow, order_id=order_id, buyer_id=signed_in())
    return whole_order(uow, order_id)


@blp.reads("/orders/<order_id>/refunds", gives=RefundsOut, refuses=(NotFound,))
def list_refunds(view: Snapshot, order_id: OrderId) -> dict[str, Any]:
    """List the refunds of an order."""
    return {"items": queries.order(view, order_id=order_id, actor_id=signed_in()).refunds}


@blp.writes(
    "POST",
    "/orders/<order_id>/refunds",
    takes=RefundIn,
    gives=RefundOut,
    status=201,
    refuses=(NotFound, WrongState, RefundTooMuch),
    key="required",
    scope="money",
)
def ask_refund(uow: UnitOfWork, wish: dict[str, Any], order_id: OrderId) -> queries.RefundView:
    """Ask money back for lines of an order; amounts are derived here, never taken over."""
    refund_id = commands.ask_refund(
        uow, order_id=order_id, buyer_id=signed_in(), asked=wish["parts"], reason=wish["reason"]
    )
    return queries.refund(uow, refund_id=refund_id)


@blp.writes(
    "PUT",
    "/refunds/<refund_id>/decision",
    takes=DecisionIn,
    gives=RefundOut,
    refuses=(NotFound, RefundDecided),
    key="required",
    scope="money",
)
def decide_refund(
    uow: UnitOfWork, decision: dict[str, Any], refund_id: RefundId
) -> queries.RefundView:
    """Grant or refuse a refund, for the merchant's staff."""
    commands.decide_refund(uow, refund_id=refund_id, actor_id=signed_in(), **decision)
    return queries.refund(uow, refund_id=refund_id)


@blp.reads(
    "/merchants/<merchant_id>/orders", gives=OrdersOut, query=OrdersQuery, refuses=(NotFound,)
)
def list_orders_to_serve(
    view: Snapshot, page: dict[str, Any], merchant_id: MerchantId
) -> Page[queries.OrderView]:
    """List the paid orders of a merchant that one works for."""
    if not catalogue.is_staff(view, account_id=signed_in(), merchant_id=merchant_id):
        raise NotFound
    return queries.orders_to_serve(view, merchant_id=merchant_id, **page)


@blp.acts(
    "POST",
    "/payment-callbacks/<provider>",
    gives=NoticeOut,
    raw={"type": "object", "description": "What the provider says, signed by it."},
    refuses=(NotFound, NoticeRefused),
    public=True,
    limit=None,
)
def take_notice(provider: str) -> dict[str, str]:
    """Take a payment provider's signed notice; the same notice is answered alike."""
    return {"outcome": hear(provider, dict(request.headers), request.get_data())}


def whole_order(view: Snapshot, order_id: OrderId) -> dict[str, Any]:
    """Return what is shown of an order to whoever is signed in.

    Raises:
        NotFound: it is neither theirs nor their merchant's.
    """
    seen = queries.order(view, order_id=order_id, actor_id=signed_in())
    to = address(view, seen)
    masked = not (serves(view, seen, signed_in()) and seen.ended_at is None)
    shown = {
        "recipient": to.recipient,
        "phone": accounts.mask_phone(to.phone) if masked else to.phone,
        "region": to.region,
        "street": to.street,
    }
    steps = queries.steps(view, order_id=order_id)
    whole = {field: getattr(seen, field) for field in _ORDER_FIELDS}
    return {**whole, "address": shown, "steps": steps}


_ORDER_FIELDS = (
    *(field.name for field in dataclasses.fields(queries.OrderView)),
    "total_fen",
    "refunded_fen",
)


def _cart(view: Snapshot, account_id: AccountId) -> dict[str, Any]:
    lines = queries.cart(view, account_id=account_id)
    total = sum(line.total_fen for line in lines)
    return {"lines": lines, "total_fen": total}


def _checkout(view: Snapshot, checkout_id: CheckoutId) -> dict[str, Any]:
    seen = queries.checkout(view, checkout_id=checkout_id, buyer_id=signed_in())
    payment = {**dataclasses.asdict(seen.payment), "pay_path": None}
    return {
        **{name: getattr(seen, name) for name in ("id", "state", "total_fen", "placed_at")},
        "lapses_at": seen.lapses_at,
        "payment": payment,
        "orders": seen.orders,
    }
