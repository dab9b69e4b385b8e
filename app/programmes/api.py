"""The programmes room's door."""

from app.programmes.commands import set_terms
from app.programmes.errors import RateTooHigh
from app.programmes.queries import Terms, rates, terms_at, terms_of

__all__ = ["RateTooHigh", "Terms", "rates", "set_terms", "terms_at", "terms_of"]
