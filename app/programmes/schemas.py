"""Commission terms on the wire."""

from marshmallow import Schema, fields

from app.programmes.rules import RATE_BP_MAX
from app.web.fields import Instant, Whole


class TermsIn(Schema):
    """What to pay from now on, in basis points of the credited net."""

    rate_bp = Whole(most=RATE_BP_MAX, required=True)


class TermsOut(Schema):
    """A version of a merchant's terms, in force from ``from_at`` until the next."""

    id = fields.String()
    version = Whole()
    rate_bp = Whole()
    from_at = Instant()


class TermsListOut(Schema):
    """Every version, the newest first."""

    items = fields.List(fields.Nested(TermsOut))
