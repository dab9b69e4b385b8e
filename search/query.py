"""What both engines make of a query: who is a member, how lists are sorted, cursors. Pure."""

import base64
import binascii
import dataclasses
import hashlib
import json
import math
from dataclasses import dataclass

from search.han import Asked, ask
from search.port import SIZE_MAX, CursorInvalid, Doc, Query, Sort

WORDS_SHARE = 0.75
"""Of Latin words, so many must be met."""

MIXED_SHARE = 1 / 3
"""With Han in the query, so many of its Latin words and Han pairs must be met."""

DOC_NO_BITS = 31


@dataclass(frozen=True, slots=True)
class Members:
    """Who is a strict member: one who meets at least ``needed`` of these clauses."""

    words: tuple[tuple[str, ...], ...]
    pairs: tuple[str, ...]
    chars: tuple[str, ...]
    needed: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cursor goes on: after so many of a ranked list, or after a key of a sorted one."""

    offset: int = 0
    key: int | None = None


def members(asked: Asked) -> Members:
    """Return the membership rule of a query's text."""
    words = tuple((word.text, *word.others) for word in asked.words)
    if not asked.chars:
        return Members(words, (), (), max(1, math.ceil(WORDS_SHARE * len(words))))
    # Characters by themselves stand for runs that are too short to have a pair.
    lone = tuple(run for run in asked.runs if len(run) == 1)
    clauses = len(words) + len(asked.pairs) + len(lone)
    return Members(words, asked.pairs, lone, max(1, math.ceil(MIXED_SHARE * clauses)))


def effective_sort(query: Query, asked: Asked) -> Sort:
    """Return the order of the result: with nothing to be relevant to, the newest first."""
    if query.sort is Sort.RELEVANCE and asked.blank:
        return Sort.NEWEST
    return query.sort


def sort_key(doc: Doc, sort: Sort) -> int:
    """Return the packed key of a document in a sorted list: unique, and one number."""
    if sort in {Sort.PRICE_ASC, Sort.PRICE_DESC}:
        # Cheap first must put the newer of equals first too, as the others do.
        low = doc.doc_no if sort is Sort.PRICE_DESC else (1 << DOC_NO_BITS) - 1 - doc.doc_no
        return min(doc.price_fen, 2**31 - 1) << DOC_NO_BITS | low
    value = doc.likes if sort is Sort.POPULAR else doc.created_s
    return min(max(value, 0), 2**31 - 1) << DOC_NO_BITS | doc.doc_no


def descends(sort: Sort) -> bool:
    """Tell whether the largest key comes first."""
    return sort is not Sort.PRICE_ASC


def page_size(query: Query) -> int:
    """Return how many hits are wanted, within bounds."""
    return max(1, min(query.size, SIZE_MAX))


def asked_of(query: Query) -> Asked:
    """Return what the text of ``query`` asks for."""
    return ask(query.text)


def is_browse(query: Query) -> bool:
    """Tell whether the text is blank, so that everything matches."""
    return not query.text.strip()


def dump_cursor(query: Query, place: Place) -> str:
    """Return a cursor that goes on at ``place`` of this query only."""
    raw = json.dumps([_mark(query), place.offset, place.key]).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def load_cursor(query: Query) -> Place:
    """Return where the query's cursor goes on.

    Raises:
        CursorInvalid: it is none, or of another query.
    """
    if query.cursor is None:
        return Place()
    try:
        padded = query.cursor + "=" * (-len(query.cursor) % 4)
        mark, offset, key = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (ValueError, binascii.Error, TypeError):
        raise CursorInvalid from None
    fits = mark == _mark(query) and type(offset) is int and offset >= 0
    if not fits or not (key is None or type(key) is int):
        raise CursorInvalid
    return Place(offset, key)


def _mark(query: Query) -> str:
    same = dataclasses.replace(query, cursor=None, size=0, now_s=0, facets=())
    return hashlib.blake2b(repr(same).encode("utf-8", "replace"), digest_size=6).hexdigest()
