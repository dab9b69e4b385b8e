"""The fake: plain Python over a dict; held to the same promises as the engines."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from search.facets import WORD_FACETS, asked_facets, band_of, facet, nothing, without
from search.han import Asked, Streams, streams
from search.port import Doc, Facet, Hits, Query, Ref, Sort, Suggestion
from search.query import (
    Place,
    asked_of,
    descends,
    dump_cursor,
    effective_sort,
    is_browse,
    load_cursor,
    members,
    page_size,
    sort_key,
)
from search.ranking import RELAX_BELOW, WINDOW, Candidate, rank
from search.suggesting import asked_forms, chosen, fits, weight_key


class MemoryIndex:
    """Documents of one process, gone with it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._docs: dict[tuple[str, str], tuple[Doc, Streams]] = {}
        self._dropped: dict[tuple[str, str], int] = {}

    def put(self, docs: Iterable[Doc]) -> None:
        """Keep each, unless a newer version is known."""
        for doc in docs:
            place = (doc.kind, doc.id)
            known = self._docs[place][0].version if place in self._docs else -1
            if doc.version < known or doc.version <= self._dropped.get(place, -1):
                continue
            made = streams(doc.title, brand=doc.brand, body=doc.body, attributes=doc.attributes)
            self._docs[place] = (doc, made)

    def drop(self, refs: Iterable[Ref]) -> None:
        """Forget each as of its version."""
        for ref in refs:
            place = (ref.kind, ref.id)
            if place in self._docs and self._docs[place][0].version > ref.version:
                continue
            self._docs.pop(place, None)
            self._dropped[place] = max(ref.version, self._dropped.get(place, -1))

    def find(self, query: Query) -> Hits:
        """Return what matches."""
        asked, place = asked_of(query), load_cursor(query)
        if asked.blank and not is_browse(query):
            return nothing(query)
        kept = [pair for pair in self._of(query.kind) if _passes(pair[0], query)]
        strict = [pair for pair in kept if _is_member(asked, pair[1])]
        sort = effective_sort(query, asked)
        facets = tuple(self._facet(name, query, asked) for name in asked_facets(query))
        if sort is not Sort.RELEVANCE:
            return replace(_sorted([doc for doc, _ in strict], query, sort, place), facets=facets)
        ranked = _ranked(strict, asked, query)
        relaxed: list[str] = []
        if len(strict) < RELAX_BELOW:
            loose = [pair for pair in kept if _meets_any(asked, pair[1]) and pair not in strict]
            relaxed = _ranked(loose, asked, query)
        return replace(page_of(query, ranked, relaxed, len(strict), place), facets=facets)

    def suggest(self, prefix: str, *, size: int) -> tuple[Suggestion, ...]:
        """Return phrases that begin with ``prefix``."""
        forms = asked_forms(prefix)
        fitting = [doc for doc, _ in self._of("phrase") if fits(doc.title, forms)]
        return chosen(((doc.title, weight_key(doc)) for doc in fitting), forms, size=size)

    def refresh(self) -> None:
        """Do nothing: reads see everything at once."""

    def rebuild(self, docs: Iterable[Doc]) -> None:
        """Begin anew."""
        self._docs, self._dropped = {}, {}
        self.put(docs)

    def check(self) -> None:
        """Do nothing: it serves."""

    def close(self) -> None:
        """Do nothing."""

    def _facet(self, name: str, query: Query, asked: Asked) -> Facet:
        loose = without(query, name)
        counts: Counter[str] = Counter()
        for doc, made in self._of(query.kind):
            if _passes(doc, loose) and _is_member(asked, made):
                counts.update(_values(doc, name))
        return facet(name, counts)

    def _of(self, kind: str) -> Iterator[tuple[Doc, Streams]]:
        return (pair for place, pair in self._docs.items() if place[0] == kind)


def page_of(query: Query, ranked: list[str], relaxed: list[str], total: int, place: Place) -> Hits:
    """Return the page of a ranked list at ``place``; relaxed hits follow the strict ones."""
    whole = [*ranked, *relaxed]
    size = page_size(query)
    end = place.offset + size
    following = dump_cursor(query, Place(end)) if end < len(whole) else None
    return Hits(tuple(whole[place.offset : end]), total, following, relaxed=bool(relaxed))


def _sorted(docs: list[Doc], query: Query, sort: Sort, place: Place) -> Hits:
    size = page_size(query)
    keyed = sorted(((sort_key(doc, sort), doc.id) for doc in docs), reverse=descends(sort))
    if place.key is not None:
        last = place.key
        keyed = [pair for pair in keyed if (pair[0] < last) == descends(sort) and pair[0] != last]
    shown = keyed[:size]
    following = dump_cursor(query, Place(0, shown[-1][0])) if len(keyed) > size else None
    return Hits(tuple(id_ for _, id_ in shown), len(docs), following)


def _ranked(pairs: list[tuple[Doc, Streams]], asked: Asked, query: Query) -> list[str]:
    found = [
        Candidate(
            id=doc.id,
            doc_no=doc.doc_no,
            score=_score(asked, made),
            title_tokens=made.t,
            all_tokens=made.all,
            title=doc.title,
            created_s=doc.created_s,
            quality=doc.quality,
        )
        for doc, made in pairs
    ]
    best = sorted(found, key=lambda one: (-one.score, -one.doc_no))[:WINDOW]
    return [one.id for one in rank(asked, best, now_s=query.now_s)]


def _score(asked: Asked, made: Streams) -> float:
    whole, title = set(made.all.split()), set(made.t.split())
    score = 0.0
    for word in asked.words:
        score += (word.text in whole) + 0.5 * (word.text in title)
    score += sum(char in whole for char in asked.chars)
    score += 0.5 * sum(pair in made.tb.split() for pair in asked.pairs)
    return score + 0.5 * sum(one in made.tq.split() for one in asked.syllables)


def _values(doc: Doc, name: str) -> set[str]:
    if name == "price":
        return {band_of(doc.price_fen)}
    if name == "in_stock":
        return {str(int(doc.in_stock))}
    said = getattr(doc, WORD_FACETS[name])
    return {said} if isinstance(said, str) else set(said)


def _passes(doc: Doc, query: Query) -> bool:
    low, high = query.price_fen_min, query.price_fen_max
    return all(
        (
            all(topic in doc.topics for topic in query.topics),
            not query.brand_ids or doc.brand_id in query.brand_ids,
            not query.author_id or doc.author_id == query.author_id,
            not query.merchant_id or doc.merchant_id == query.merchant_id,
            not query.category_id or query.category_id in doc.category_ids,
            low is None or doc.price_fen >= low,
            high is None or doc.price_fen <= high,
            not query.in_stock or doc.in_stock,
        )
    )


def _is_member(asked: Asked, made: Streams) -> bool:
    if asked.blank:
        return True
    rule = members(asked)
    whole, paired = set(made.all.split()), set(made.ab.split())
    met = sum(any(form in whole for form in forms) for forms in rule.words)
    met += sum(pair in paired for pair in rule.pairs)
    met += sum(char in whole for char in rule.chars)
    return met >= rule.needed


def _meets_any(asked: Asked, made: Streams) -> bool:
    whole = set(made.all.split())
    forms = {form for word in asked.words for form in (word.text, *word.others)}
    return bool(whole & (forms | set(asked.chars)))
