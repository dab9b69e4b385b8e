"""The discovery room's door."""

from app.discovery.commands import all_refs, docs, keep_author, keep_note, keep_product
from app.discovery.errors import CursorOfAnother, SearchUnavailable
from app.discovery.queries import Card, cards, feed, find, similar, suggest, topics
from app.discovery.rules import FeedItem, Reason

__all__ = [
    "Card",
    "CursorOfAnother",
    "FeedItem",
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
    "similar",
    "suggest",
    "topics",
]
