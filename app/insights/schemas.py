"""Figures on the wire."""

from marshmallow import Schema, fields, validate

from app.insights.queries import GROUPS
from app.web.fields import PublicId, Whole


class Change(fields.Integer):
    """A number that falls below zero where more went away in these days than came."""


class FiguresOut(Schema):
    """Sums; money in fen."""

    orders = Whole()
    pieces = Change()
    net_fen = Change()
    refunded_fen = Change()
    kept_fen = Change()
    commission_fen = Change()


class FunnelOut(Schema):
    """What came of a note."""

    note_id = fields.String()
    title = fields.String()
    opens = Whole()
    taps = Whole()
    figures = fields.Nested(FiguresOut)


class FunnelsOut(Schema):
    """What came of each of the caller's notes."""

    items = fields.List(fields.Nested(FunnelOut))


class InsightsQuery(Schema):
    """Which sales of a brand, by which grouping."""

    from_on = fields.Date(load_default=None)
    to_on = fields.Date(load_default=None)
    dates = fields.String(
        load_default="event",
        validate=validate.OneOf(("event", "order")),
        metadata={"description": "Whose days: the event's, or the order's (restated by refunds)."},
    )
    by = fields.String(load_default="day", validate=validate.OneOf(tuple(GROUPS)))
    creator_id = PublicId("account", load_default=None)
    note_id = PublicId("note", load_default=None)
    product_id = PublicId("product", load_default=None)
    merchant_id = PublicId("merchant", load_default=None)


class RowOut(Schema):
    """Figures of one day, creator, note, product or merchant.

    The key is null where nobody is credited, and ``rest`` for all that are not among the largest.
    """

    key = fields.String(allow_none=True)
    label = fields.String()
    figures = fields.Nested(FiguresOut)


class InsightsOut(Schema):
    """A brand's figures: the sum, and its parts, which add up to it."""

    from_on = fields.Date()
    to_on = fields.Date()
    dates = fields.String()
    opens = Whole()
    taps = Whole()
    total = fields.Nested(FiguresOut)
    rows = fields.List(fields.Nested(RowOut))
