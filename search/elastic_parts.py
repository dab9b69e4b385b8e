"""What Elasticsearch is given: its mapping, its documents, the bodies of its questions.

Nothing but the server's core is used, so that a server without its modules does as well: neither
scripts nor `_reindex`. The clauses are those of `search.tantivy_parts`, one for one.
"""

import hashlib
import json
from typing import Any

from search.facets import (
    BANDS,
    DEAREST,
    PRICE_BANDS,
    READ,
    WORD_FACETS,
    asked_facets,
    facet,
    unfiltered,
    without,
)
from search.han import ANALYSIS_VERSION, Asked
from search.port import Doc, Facet, Query, Sort
from search.query import Place, descends, members, page_size
from search.ranking import WINDOW
from search.records import (
    KEPT_TEXTS,
    KEYS,
    NUMBERS,
    SORT_FIELDS,
    TEXTS,
    WEIGHT,
    WORDS,
    record,
    storable,
)
from search.suggesting import EDGE_MAX, wanted

Body = dict[str, Any]

_TEXT = {"type": "text", "analyzer": "whitespace", "index_options": "freqs"}
_FIELDS: Body = {
    "title": {"type": "keyword", "index": False, "doc_values": False},
    **dict.fromkeys(TEXTS, _TEXT),
    **{name: {"type": "keyword"} for name in WORDS},
    **{name: {"type": "long"} for name in (*NUMBERS, *KEYS)},
    # Double, as Tantivy's: a float would round otherwise.
    "quality": {"type": "double", "index": False},
}
_SETTINGS: Body = {
    # One shard, so that word frequencies are those of the whole; good for some 50 GB.
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "refresh_interval": "1s",
    # What nobody asks stops refreshing after half a minute otherwise.
    "search.idle.after": "10m",
    # For so long a drop is remembered: an older put that comes late does not bring it back.
    "gc_deletes": "6h",
}
_SHAPE = hashlib.blake2b(
    json.dumps([_FIELDS, _SETTINGS], sort_keys=True).encode(), digest_size=6
).hexdigest()
META: Body = {"analysis": ANALYSIS_VERSION, "shape": _SHAPE}
"""Kept in the mapping: which code can use the index."""


def index_body() -> Body:
    """Return what an index is made with."""
    return {
        "settings": {"index": _SETTINGS},
        "mappings": {
            "dynamic": "strict",
            "_meta": META,
            "_source": {"includes": ["title", *KEPT_TEXTS]},
            "properties": _FIELDS,
        },
    }


def document(doc: Doc) -> Body:
    """Return what stands for ``doc`` in the index."""
    kept = record(doc)
    words = {name: list(said) for name, said in kept.words.items() if said}
    return {
        "title": kept.title,
        **kept.texts,
        **words,
        **kept.numbers,
        "quality": kept.quality,
    }


def sorted_body(query: Query, asked: Asked, sort: Sort, place: Place) -> Body:
    """Return the question for a page of a sorted list."""
    order = "desc" if descends(sort) else "asc"
    body = {
        **_members(query, [_strict(asked)]),
        **_facets(query),
        "size": page_size(query) + 1,
        "sort": [{SORT_FIELDS[sort]: order}],
        "_source": False,
        "track_total_hits": True,
    }
    if place.key is not None:
        body["search_after"] = [place.key]
    return body


def ranked_body(query: Query, asked: Asked) -> Body:
    """Return the question for the first candidates of a ranked list."""
    return {
        **_members(query, [_strict(asked)], scored=_scored(asked)),
        **_facets(query),
        **_candidates(),
        "track_total_hits": True,
    }


def loose_body(query: Query, asked: Asked) -> Body:
    """Return the question for those who meet any token and are no strict members."""
    plain = [form for word in asked.words for form in (word.text, *word.others)]
    anything = _any_of([_term("all", token) for token in (*plain, *asked.chars)])
    found = _bool(
        filter=[anything, *_filters(query)],
        must_not=[_strict(asked)],
        should=[_scored(asked)],
    )
    return {"query": found, **_candidates(), "track_total_hits": False}


def suggest_body(forms: tuple[str, ...], size: int) -> Body:
    """Return the question for phrases that begin with one of ``forms``."""
    begun = {"terms": {"edge": [storable(form[:EDGE_MAX]) for form in forms]}}
    return {
        "query": _bool(filter=[begun]),
        "size": wanted(size),
        "sort": [{WEIGHT: "desc"}],
        "_source": ["title"],
        "track_total_hits": False,
    }


def read_facets(query: Query, answer: Body) -> tuple[Facet, ...]:
    """Return the facets in an answer."""
    found = []
    for name in asked_facets(query):
        buckets = answer["aggregations"][name]["it"]["buckets"]
        found.append(facet(name, {str(one["key"]): one["doc_count"] for one in buckets}))
    return tuple(found)


def _members(query: Query, clauses: list[Body], *, scored: Body | None = None) -> Body:
    """Return who is found; filters of facets apply after the counting."""
    should = [] if scored is None else [scored]
    if not query.facets:
        return {"query": _bool(filter=[*clauses, *_filters(query)], should=should)}
    common = _filters(unfiltered(query))
    found: Body = {"query": _bool(filter=[*clauses, *common], should=should)}
    own = [one for one in _filters(query) if one not in common]
    if own:
        found["post_filter"] = _bool(filter=own)
    return found


def _facets(query: Query) -> Body:
    if not query.facets:
        return {}
    common = _filters(unfiltered(query))
    asked = {}
    for name in asked_facets(query):
        others = [one for one in _filters(without(query, name)) if one not in common]
        asked[name] = {"filter": _bool(filter=others), "aggs": {"it": _aggregation(name)}}
    return {"aggs": asked}


def _aggregation(name: str) -> Body:
    if name in WORD_FACETS:
        return {"terms": {"field": WORD_FACETS[name], "size": READ}}
    if name == "in_stock":
        return {"terms": {"field": "in_stock", "size": 2}}
    ranges: list[Body] = [
        {"key": band, "from": low, "to": high} for band, (low, high) in BANDS.items()
    ]
    ranges.append({"key": DEAREST, "from": PRICE_BANDS[-1][1]})
    return {"range": {"field": "price_fen", "ranges": ranges}}


def _candidates() -> Body:
    return {
        "size": WINDOW,
        "sort": ["_score", {"doc_no": "desc"}],
        "docvalue_fields": ["doc_no", "created_s", "quality"],
    }


def _strict(asked: Asked) -> Body:
    if asked.blank:
        return {"match_all": {}}
    rule = members(asked)
    clauses = [_any_of([_term("all", form) for form in forms]) for forms in rule.words]
    clauses += [_term("ab", pair) for pair in rule.pairs]
    clauses += [_term("all", char) for char in rule.chars]
    return _any_of(clauses, rule.needed)


def _scored(asked: Asked) -> Body:
    clauses: list[Body] = []
    for word in asked.words:
        versions = [_everywhere(word.text)]
        versions += [_everywhere(form, boost=0.9) for form in word.others]
        clauses.append({"dis_max": {"tie_breaker": 0.0, "queries": versions}})
    clauses += [_term("all", char) for char in asked.chars]
    clauses += [_term("tb", pair, boost=0.5) for pair in asked.pairs]
    clauses += [_term("tq", one, boost=0.5) for one in asked.syllables]
    return _any_of(clauses)


def _everywhere(token: str, *, boost: float = 1.0) -> Body:
    places = [_term("all", token), _term("t", token, boost=0.5), _term("a", token, boost=0.25)]
    return _bool(should=places, boost=boost)


def _filters(query: Query) -> list[Body]:
    found = [_term("topics", topic) for topic in query.topics]
    if query.brand_ids:
        found.append({"terms": {"brand_id": [storable(one) for one in query.brand_ids]}})
    for field, value in (
        ("author_id", query.author_id),
        ("merchant_id", query.merchant_id),
        ("category_ids", query.category_id),
    ):
        if value:
            found.append(_term(field, value))
    if query.in_stock:
        found.append(_term("in_stock", 1))
    said = {"gte": query.price_fen_min, "lte": query.price_fen_max}
    bounds = {name: value for name, value in said.items() if value is not None}
    if bounds:
        found.append({"range": {"price_fen": bounds}})
    return found


def _term(field: str, value: str | int, *, boost: float = 1.0) -> Body:
    known = storable(value) if isinstance(value, str) else value
    return {"term": {field: {"value": known, "boost": boost}}}


def _any_of(clauses: list[Body], needed: int = 1) -> Body:
    if not clauses:
        return {"match_none": {}}
    return _bool(should=clauses, minimum_should_match=needed)


def _bool(**parts: Any) -> Body:
    return {"bool": {name: part for name, part in parts.items() if part not in ([], None)}}
