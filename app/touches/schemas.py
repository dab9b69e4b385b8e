"""Touches on the wire."""

from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from app.touches.rules import BATCH_MAX, KINDS
from app.web.fields import Several, Text, Whole

TOKEN_LENGTH_MAX = 4_000


class TouchIn(Schema):
    """A token that was shown with a note or a tag, and what the reader did."""

    token = Text(most=TOKEN_LENGTH_MAX, least=1, required=True)
    kind = fields.String(required=True, validate=OneOf(KINDS))


class TouchesIn(Schema):
    """A batch of touches of one device."""

    touches = Several(fields.Nested(TouchIn), required=True, least=1, most=BATCH_MAX)


class RefusedOut(Schema):
    """A touch that does not count: its place in the batch, and why."""

    index = Whole()
    code = fields.String()


class RecordedOut(Schema):
    """What became of a batch."""

    accepted = Whole()
    refused = fields.List(fields.Nested(RefusedOut))
