"""Pages for merchants: orders to ship, refunds to decide."""

from typing import Any

from flask import redirect, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from app.catalogue import api as catalogue
from app.kernel.ids import MerchantId, OrderId, RefundId
from app.kernel.page import PAGE_SIZE, PAGE_SIZE_MAX
from app.kernel.problems import NotFound
from app.orders import commands, queries
from app.orders.pages.blueprint import pages, pictures_of
from app.orders.pages.buying import order_again
from app.orders.schemas import DecisionIn, ShipmentIn
from app.orders.states import OrderState, RefundState
from app.platform.uow import Snapshot, UnitOfWork
from app.web.caller import signed_in
from app.web.rendering import Form, Redirect, render

TABS = (OrderState.PAID, OrderState.SHIPPED, OrderState.RECEIVED, OrderState.COMPLETED)


@pages.page("/shop/<handle>/orders", signed_in=True)
def shop_orders(view: Snapshot, handle: str) -> str:
    """List a merchant's orders: what is to be shipped, and which refunds are to be decided."""
    shop = catalogue.merchant(view, key=handle)
    merchant_id = MerchantId(shop.id)
    if not catalogue.is_staff(view, account_id=signed_in(), merchant_id=merchant_id):
        raise NotFound
    tab = request.args.get("state", OrderState.PAID)
    state = OrderState(tab) if tab in set(TABS) else None
    found = queries.orders_to_serve(
        view,
        merchant_id=merchant_id,
        state=state,
        cursor=request.args.get("cursor"),
        size=PAGE_SIZE,
    )
    asked = [
        (one, refund)
        for one in queries.orders_to_decide(view, merchant_id=merchant_id, limit=PAGE_SIZE_MAX)
        for refund in one.refunds
        if refund.state is RefundState.ASKED
    ]
    next_url = None
    if found.next:
        next_url = f"/shop/{handle}/orders?state={state or ''}&cursor={found.next}"
    return render(
        "orders/shop.html",
        shop=shop,
        orders=found.items,
        pictures=pictures_of(view, found.items),
        asked=asked,
        tab=tab,
        tabs=TABS,
        next_url=next_url,
    )


@pages.form(
    "/orders/<order_id>/shipment",
    page="/orders/<order_id>",
    takes=ShipmentIn,
    again=order_again,
)
def ship(uow: UnitOfWork, shipment: dict[str, str], order_id: OrderId) -> Redirect:
    """Note that an order was sent."""
    commands.ship(uow, order_id=order_id, actor_id=signed_in(), **shipment)
    return Redirect(f"/orders/{order_id}", flash=_("Marked as shipped."))


def decision_again(view: Snapshot, form: Form, refund_id: RefundId) -> str:
    """Show the order of a refund once more, with what is wrong."""
    seen = queries.refund(view, refund_id=refund_id)
    if seen.order_id is None:
        raise NotFound
    return order_again(view, form, seen.order_id, deciding=refund_id)


@pages.page("/refunds/<refund_id>/decision", signed_in=True)
def refund_to_decide(view: Snapshot, refund_id: RefundId) -> BaseResponse:
    """Lead who asks for the address of the form to the order on whose page it stands."""
    seen = queries.refund(view, refund_id=refund_id)
    if seen.order_id is None:
        raise NotFound
    order = queries.order(view, order_id=seen.order_id, actor_id=signed_in())
    return redirect(f"/orders/{order.id}#refunds", 303)


@pages.form("/refunds/<refund_id>/decision", takes=DecisionIn, again=decision_again, key="required")
def decide(uow: UnitOfWork, decision: dict[str, Any], refund_id: RefundId) -> Redirect:
    """Grant or refuse a refund."""
    seen = queries.refund(uow, refund_id=refund_id)
    commands.decide_refund(uow, refund_id=refund_id, actor_id=signed_in(), **decision)
    return Redirect(f"/orders/{seen.order_id}", flash=_("The buyer has been told."))
