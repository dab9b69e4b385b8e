"""Balances and entries on the wire."""

from marshmallow import Schema, fields

from app.web.fields import Instant, Whole


class Amount(fields.Integer):
    """A difference of money in whole fen; may be negative."""


class BalanceOut(Schema):
    """What a creator has, by state of the money."""

    pending_fen = Whole()
    payable_fen = Whole()
    frozen_fen = Whole()
    receivable_fen = Amount()


class MoveOut(Schema):
    """One move of an entry."""

    source = fields.String()
    target = fields.String()
    amount_fen = Whole(attribute="amount.fen")
    kind = fields.String()
    line_id = fields.String(allow_none=True)


class EntryOut(Schema):
    """An entry, as far as it concerns the caller's accounts."""

    seq = Whole()
    fact = fields.String()
    at = Instant()
    change_fen = Amount(attribute="change.fen")
    moves = fields.List(fields.Nested(MoveOut))


class EntriesOut(Schema):
    """A page of entries, the newest first."""

    items = fields.List(fields.Nested(EntryOut))
    next = fields.String(allow_none=True)
