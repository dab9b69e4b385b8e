"""Which phrases fit what was typed, and in which order; the same in every engine. Pure."""

from collections.abc import Iterable

from search.han import normalise
from search.pinyin import spellings
from search.port import Doc, Suggestion

EDGE_MAX = 24
"""Suggestions are found by their first so many characters; longer prefixes are compared."""

NUMBER_BITS = 31


def asked_forms(prefix: str) -> tuple[str, ...]:
    """Return the forms of what was typed: as it is, and without what parts syllables."""
    plain = normalise(prefix)
    joined = plain.replace(" ", "").replace("'", "")
    return tuple(dict.fromkeys(form for form in (plain, joined) if form))


def edges(doc: Doc) -> tuple[str, ...]:
    """Return every beginning by which a phrase is found."""
    found = (key[:end] for key in _keys(doc.title) for end in range(1, min(len(key), EDGE_MAX) + 1))
    return tuple(dict.fromkeys(found))


def fits(title: str, forms: Iterable[str]) -> bool:
    """Tell whether a phrase begins with one of ``forms``, or is spelt so."""
    keys = _keys(title)
    return any(key.startswith(form) for form in forms for key in keys)


def weight_key(doc: Doc) -> int:
    """Return the packed key of a phrase: the heaviest is largest, of equals the oldest."""
    low = (1 << NUMBER_BITS) - 1 - doc.doc_no
    return min(max(doc.weight, 0), 2**31 - 1) << NUMBER_BITS | low


def wanted(size: int) -> int:
    """Return how many phrases to read for ``size``: several may have one text."""
    return size * 4 + 20


def chosen(
    found: Iterable[tuple[str, int]], forms: tuple[str, ...], *, size: int
) -> tuple[Suggestion, ...]:
    """Return the first ``size`` texts of (title, packed key), each once."""
    exact = all(len(form) <= EDGE_MAX for form in forms)
    kept: dict[str, int] = {}
    for title, key in sorted(found, key=lambda one: -one[1]):
        if exact or fits(title, forms):
            kept.setdefault(title, key >> NUMBER_BITS)
    return tuple(Suggestion(text, weight) for text, weight in kept.items())[:size]


def _keys(title: str) -> tuple[str, ...]:
    plain = normalise(title)
    return (plain, *spellings(plain))
