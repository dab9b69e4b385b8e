"""Figures on the wire."""

from datetime import date

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from app.web.fields import Fen, PublicId, Whole

DAYS_MAX = 366


class FiguresOut(Schema):
    """Sums; money in fen."""

    orders = Whole()
    pieces = Whole()
    net_fen = Fen()
    refunded_fen = Fen()
    kept_fen = Fen()
    commission_fen = Fen()


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
    by = fields.String(
        load_default="day",
        validate=validate.OneOf(("day", "creator", "note", "product", "merchant")),
    )
    creator_id = PublicId("account", load_default=None)
    note_id = PublicId("note", load_default=None)
    product_id = PublicId("product", load_default=None)
    merchant_id = PublicId("merchant", load_default=None)

    @validates_schema
    def in_order(self, data: dict[str, date | None], **_: object) -> None:
        """Refuse spans that end before they begin, or are longer than a year."""
        first, last = data.get("from_on"), data.get("to_on")
        if first and last and not 0 <= (last - first).days < DAYS_MAX:
            raise ValidationError("The days are in no order, or more than a year.", "to_on")


class RowOut(Schema):
    """Figures of one day, creator, note, product or merchant; null where nobody is credited."""

    key = fields.String(allow_none=True)
    label = fields.String()
    figures = fields.Nested(FiguresOut)


class InsightsOut(Schema):
    """A brand's figures: the sum, and its parts, which add up to it."""

    from_on = fields.Date()
    to_on = fields.Date()
    total = fields.Nested(FiguresOut)
    rows = fields.List(fields.Nested(RowOut))
