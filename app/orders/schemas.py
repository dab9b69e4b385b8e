"""Carts, checkouts, orders and refunds on the wire."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validates_schema
from marshmallow.validate import OneOf

from app.orders.rules import CART_LINES_MAX, QUANTITY_MAX, PartAsked, Wanted
from app.orders.states import OrderState, RefundState
from app.web.fields import Fen, Instant, PublicId, Several, Text, Whole, YesNo
from app.web.http import PageQuery


class WantedIn(Schema):
    """So many of a SKU; ``note_id`` names the note that it was found in."""

    sku_id = PublicId("sku", required=True)
    quantity = Whole(least=1, most=QUANTITY_MAX, load_default=1)
    note_id = PublicId("note", load_default=None, allow_none=True)

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> Wanted:
        """Return the rules' value."""
        return Wanted(**data)


class CartDropIn(Schema):
    """SKUs to take out of the cart."""

    sku_ids = Several(PublicId("sku"), required=True, least=1, most=CART_LINES_MAX)


class OfferOut(Schema):
    """What a SKU is sold for now."""

    product_id = fields.String()
    merchant_id = fields.String()
    merchant_name = fields.String()
    name = fields.String()
    sku_name = fields.String()
    price_fen = Fen()
    available = Whole()
    listed = fields.Boolean()


class CartLineOut(Schema):
    """A line of a cart; ``offer`` is null when the SKU is gone."""

    sku_id = fields.String(attribute="wanted.sku_id")
    quantity = Whole(attribute="wanted.quantity")
    note_id = fields.String(attribute="wanted.note_id", allow_none=True)
    offer = fields.Nested(OfferOut, allow_none=True)


class CartOut(Schema):
    """A cart at today's prices; ``total_fen`` counts what can be had."""

    lines = fields.List(fields.Nested(CartLineOut))
    total_fen = Fen()


class PreviewIn(Schema):
    """What to check out: these lines, or without them all that is in the cart."""

    lines = Several(fields.Nested(WantedIn), load_default=None, least=1, most=CART_LINES_MAX)

    @validates_schema
    def once(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a SKU that is named twice."""
        wanted = [want.sku_id for want in data.get("lines") or ()]
        if len(wanted) != len(set(wanted)):
            raise ValidationError("Name each SKU once.", "lines")


class QuoteOut(Schema):
    """A line of a preview; ``short``: it cannot be had as wanted, and ``net_fen`` is what can."""

    sku_id = fields.String(attribute="offer.sku_id")
    product_id = fields.String(attribute="offer.product_id")
    name = fields.String(attribute="offer.name")
    sku_name = fields.String(attribute="offer.sku_name")
    price_fen = Fen(attribute="offer.price_fen")
    quantity = Whole()
    net_fen = Fen()
    available = Whole(attribute="offer.available")
    short = fields.Boolean()


class ParcelOut(Schema):
    """What one merchant sends: one order."""

    merchant_id = fields.String()
    merchant_name = fields.String()
    lines = fields.List(fields.Nested(QuoteOut), attribute="quotes")
    goods_fen = Fen()
    freight_fen = Fen()
    total_fen = Fen()


class PreviewOut(Schema):
    """What the buyer would pay; ``preview`` binds it for five minutes."""

    preview = fields.String()
    parcels = fields.List(fields.Nested(ParcelOut))
    total_fen = Fen()
    instant = Instant()


class CheckoutIn(Schema):
    """Confirm a preview, to be sent to an address."""

    preview = Text(least=1, most=20_000, required=True)
    address_id = PublicId("address", required=True)


class PaymentOut(Schema):
    """The payment of a checkout; ``pay_path`` is where a person pays."""

    id = fields.String()
    provider = fields.String()
    amount_fen = Fen()
    state = fields.String(validate=OneOf(("waiting", "paid", "closed")))
    pay_path = fields.String(allow_none=True)


class LineOut(Schema):
    """A line of an order."""

    id = fields.String()
    product_id = fields.String()
    brand_id = fields.String()
    sku_id = fields.String()
    name = fields.String()
    sku_name = fields.String()
    price_fen = Fen()
    quantity = Whole()
    net_fen = Fen()
    refunded_fen = Fen()
    refunding_fen = Fen()
    refunded_quantity = Whole()
    refunding_quantity = Whole()
    released_at = Instant(allow_none=True)


class PartOut(Schema):
    """What goes back of a line."""

    line_id = fields.String()
    quantity = Whole()
    amount_fen = Fen()


class RefundOut(Schema):
    """A refund."""

    id = fields.String()
    order_id = fields.String()
    state = fields.String(validate=OneOf([str(state) for state in RefundState]))
    amount_fen = Fen()
    reason = fields.String()
    answer = fields.String()
    asked_at = Instant()
    decided_at = Instant(allow_none=True)
    confirmed_at = Instant(allow_none=True)
    parts = fields.List(fields.Nested(PartOut))


class StepOut(Schema):
    """Something that happened to an order."""

    what = fields.String()
    by = fields.String()
    amount_fen = Fen(allow_none=True)
    note = fields.String()
    at = Instant()


class DestinationOut(Schema):
    """Where an order goes; the phone is masked but for who sends it."""

    recipient = fields.String()
    phone = fields.String()
    region = fields.String()
    street = fields.String()


class OrderOut(Schema):
    """An order."""

    id = fields.String()
    checkout_id = fields.String()
    merchant_id = fields.String()
    merchant_name = fields.String()
    state = fields.String(validate=OneOf([str(state) for state in OrderState]))
    goods_fen = Fen()
    freight_fen = Fen()
    total_fen = Fen()
    refunded_fen = Fen()
    placed_at = Instant()
    paid_at = Instant(allow_none=True)
    shipped_at = Instant(allow_none=True)
    received_at = Instant(allow_none=True)
    ended_at = Instant(allow_none=True)
    carrier = fields.String(allow_none=True)
    tracking_no = fields.String(allow_none=True)
    lines = fields.List(fields.Nested(LineOut))
    refunds = fields.List(fields.Nested(RefundOut))


class OrderWholeOut(OrderOut):
    """An order with its address and its timeline."""

    address = fields.Nested(DestinationOut)
    steps = fields.List(fields.Nested(StepOut))


class OrdersOut(Schema):
    """A page of orders."""

    items = fields.List(fields.Nested(OrderOut))
    next = fields.String(allow_none=True)


class CheckoutOut(Schema):
    """A checkout: an order for each merchant, one payment."""

    id = fields.String()
    state = fields.String(validate=OneOf(("placed", "paid", "lapsed", "cancelled")))
    total_fen = Fen()
    placed_at = Instant()
    lapses_at = Instant()
    payment = fields.Nested(PaymentOut)
    orders = fields.List(fields.Nested(OrderOut))


class ShipmentIn(Schema):
    """Who carries it, and under which number."""

    carrier = Text(least=1, most=40, required=True)
    tracking_no = Text(least=1, most=60, required=True)


class PartIn(Schema):
    """What is asked back of a line: pieces, or an amount at most."""

    line_id = PublicId("line", required=True)
    quantity = Whole(least=1, most=QUANTITY_MAX, load_default=None)
    amount_fen = Fen(least=1, load_default=None)

    @validates_schema
    def one_of_them(self, data: dict[str, Any], **_: object) -> None:
        """Refuse both, and neither."""
        if (data.get("quantity") is None) == (data.get("amount_fen") is None):
            raise ValidationError("Give either quantity or amount_fen.", "quantity")

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> PartAsked:
        """Return the rules' value."""
        return PartAsked(**data)


class RefundIn(Schema):
    """A refund that a buyer asks for."""

    parts = Several(fields.Nested(PartIn), required=True, least=1, most=CART_LINES_MAX)
    reason = Text(most=500, lines=True, load_default="")

    @validates_schema
    def once(self, data: dict[str, Any], **_: object) -> None:
        """Refuse a line that is named twice."""
        asked = [part.line_id for part in data.get("parts") or ()]
        if len(asked) != len(set(asked)):
            raise ValidationError("Name each line once.", "parts")


class Pieces(fields.Dict):
    """So many pieces by line, as a form sends them: one field a line."""

    def __init__(self, **options: Any) -> None:
        """Bound the keys and the numbers."""
        super().__init__(keys=PublicId("line"), values=Whole(least=0, most=QUANTITY_MAX), **options)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> dict[str, int]:
        try:
            return dict(super()._deserialize(value, attr, data, **kwargs))  # type: ignore[no-untyped-call] # marshmallow leaves it untyped
        except ValidationError as error:
            if isinstance(error.messages, list):
                raise
            # The fault of a line stands at its field; what it is about is told by the message.
            flat = {line: next(iter(said.values())) for line, said in error.messages.items()}
            raise ValidationError(flat) from None


class RefundsOut(Schema):
    """All refunds of an order."""

    items = fields.List(fields.Nested(RefundOut))


class DecisionIn(Schema):
    """Grant or refuse, with a word to the buyer."""

    granted = YesNo(required=True)
    answer = Text(most=500, lines=True, load_default="")


class OrdersQuery(PageQuery):
    """Which of a merchant's orders."""

    state = fields.String(load_default=None, validate=OneOf([str(state) for state in OrderState]))

    @post_load
    def build(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        """Return the state as the rules have it."""
        state = data["state"]
        return {**data, "state": OrderState(state) if state else None}


class NoticeOut(Schema):
    """What became of a provider's notice."""

    outcome = fields.String()
