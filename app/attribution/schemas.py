"""Receipts and credits on the wire."""

from marshmallow import Schema, fields

from app.web.fields import Fen, Instant, Whole


class ShareOut(Schema):
    """A creator's part of a line, after refunds, and the rates that decided it."""

    creator_id = fields.String()
    note_id = fields.String()
    touch_id = fields.String()
    kind = fields.String()
    age_ms = Whole(most=2**62)
    commission_bp = Whole()
    rate_at_touch_bp = Whole()
    rate_at_order_bp = Whole()
    credited_fen = Fen()
    commission_fen = Fen()


class ReceiptOut(Schema):
    """Why a line was credited as it was; the record's hash is ``sha256``."""

    line_id = fields.String()
    order_id = fields.String()
    number = Whole()
    stage = fields.String()
    sha256 = fields.String()
    record = fields.Dict()
    made_at = Instant()
    shares = fields.List(fields.Nested(ShareOut))


class ReceiptsOut(Schema):
    """The receipts of an order, one a line."""

    items = fields.List(fields.Nested(ReceiptOut))


class CreditOut(Schema):
    """A line credited to the caller."""

    line_id = fields.String(attribute="line.line_id")
    order_id = fields.String(attribute="line.order_id")
    product_id = fields.String(attribute="line.product_id")
    quantity = Whole(attribute="line.quantity")
    net_fen = Fen(attribute="line.net_fen")
    left_fen = Fen(attribute="line.left_fen")
    paid_at = Instant(attribute="line.paid_at")
    released_at = Instant(attribute="line.released_at", allow_none=True)
    share = fields.Nested(ShareOut)


class CreditsOut(Schema):
    """A page of credits, the newest first."""

    items = fields.List(fields.Nested(CreditOut))
    next = fields.String(allow_none=True)
