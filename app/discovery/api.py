"""The discovery room's door."""

from app.discovery.commands import all_refs, docs, keep_author, keep_note, keep_product
from app.discovery.errors import CursorOfAnother, SearchUnavailable
from app.discovery.queries import (
    Card,
    FacetValue,
    NamedFacet,
    cards,
    feed,
    find,
    named_facets,
    price_bounds,
    similar,
    suggest,
    topics,
)
from app.discovery.rules import FeedItem, Reason

__all__ = [
    "Card",
    "CursorOfAnother",
    "FacetValue",
    "FeedItem",
    "NamedFacet",
    "Reason",
    "SearchUnavailable",
    "all_refs",
    "cards",
    "docs",
    "feed",
    "find",
    "keep_author",
    "keep_note",
    "keep_product",
    "named_facets",
    "price_bounds",
    "similar",
    "suggest",
    "topics",
]
