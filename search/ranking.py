"""The second phase: one function orders the first candidates of every engine alike. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from search.han import Asked, normalise

WINDOW = 300
"""So many of the engine's best are looked at again."""

RELAX_BELOW = 20
"""Fewer strict members than this: those with any token follow them."""

FLOOR = 0.02
"""What is left of a score when a word is not met at all."""

RUN_HAN, RUN_LATIN = 1.5, 1.2
"""What the query unbroken in the title is worth."""

LAST_RUN = 2.0
"""The last Han word of a query names the thing that is wanted; the first ones say which."""

LOOSE_CHARS = 0.6
"""A Han word that is met only in pieces counts this much of its characters' share."""

RECENT_DAYS = 30
RECENT_WORTH = 0.6
PLACES = 4
"""Scores of ties differ by 3e-7 between engines; rounded to four places they do not."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document that an engine found, with its score, and what it is judged by."""

    id: str
    doc_no: int
    score: float
    title_tokens: str
    all_tokens: str
    title: str
    created_s: int
    quality: float


def rank(asked: Asked, found: Sequence[Candidate], *, now_s: int) -> list[Candidate]:
    """Return candidates, best first; equal ones the newer (higher number) first."""
    top = max((one.score for one in found), default=0.0) or 1.0

    def key(one: Candidate) -> tuple[float, int]:
        return -round(_worth(asked, one, one.score / top, now_s), PLACES), -one.doc_no

    return sorted(found, key=key)


def highlight(text: str, asked: Asked) -> tuple[tuple[str, bool], ...]:
    """Return ``text`` in pieces, each with whether the query is met there; never HTML."""
    low = text.lower()
    if len(low) != len(text):
        return ((text, False),)
    marks = [False] * len(text)
    for token in sorted({*(word.text for word in asked.words), *asked.runs, *asked.pairs}):
        start = low.find(token) if token else -1
        while start >= 0:
            marks[start : start + len(token)] = [True] * len(token)
            start = low.find(token, start + 1)
    pieces: list[tuple[str, bool]] = []
    begin = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marks[place] != marks[begin]:
            pieces.append((text[begin:place], marks[begin]))
            begin = place
    return tuple(pieces)


def _worth(asked: Asked, one: Candidate, first: float, now_s: int) -> float:
    in_title = set(one.title_tokens.split())
    anywhere = set(one.all_tokens.split())
    worth = first
    worth *= FLOOR + _coverage(asked, in_title, one.title_tokens)
    worth *= FLOOR + _coverage(asked, anywhere, one.all_tokens)
    worth *= _run(asked, one.title)
    worth *= math.log2(2 + max(one.quality, 0.0))
    if now_s:
        age_days = max(0, now_s - one.created_s) / 86_400
        worth *= 1 + RECENT_WORTH * math.exp(-age_days / RECENT_DAYS)
    return worth


def _coverage(asked: Asked, met: set[str], text: str) -> float:
    """Return how much of the query is met, by weight, 0 to 1."""
    whole = got = 0.0
    for word in asked.words:
        weight = _weight(word.text)
        whole += weight
        if word.text in met:
            got += weight
        elif any(other in met for other in word.others):
            got += weight * 0.9
    joined = text.replace(" ", "")
    for place, run in enumerate(asked.runs):
        weight = len(run) * (LAST_RUN if place == len(asked.runs) - 1 else 1.0)
        whole += weight
        if run in joined:
            got += weight
        else:
            got += LOOSE_CHARS * weight * sum(char in met for char in run) / len(run)
    return got / whole if whole else 1.0


def _weight(word: str) -> float:
    """Return a frozen stand-in for IDF: longer words, and those with digits, are rarer."""
    return 1.0 + min(len(word), 12) / 6 + (1.0 if any(mark.isdigit() for mark in word) else 0.0)


def _run(asked: Asked, title: str) -> float:
    plain = normalise(title)
    if not asked.plain or asked.plain not in plain:
        return 1.0
    return RUN_HAN if asked.runs else RUN_LATIN
