"""Counts beside a result, the same in every engine. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from search.port import Bucket, Facet, Hits, Query

SIZE = 20
"""A facet shows so many values at most."""

READ = 10_000
"""Engines give the values of equal counts in no certain order: so many are read and sorted."""

WORD_FACETS = {"brand_id": "brand_id", "category_id": "category_ids", "topic": "topics"}
"""Facets over a field of words, and which field."""

PRICE_BANDS = ((0, 5_000), (5_000, 10_000), (10_000, 20_000), (20_000, 50_000), (50_000, 100_000))
"""From, and up to but without, in fen; what is dearer is the last band."""

BANDS = {f"{low}-{high - 1}": (low, high) for low, high in PRICE_BANDS}
DEAREST = f"{PRICE_BANDS[-1][1]}-"


def asked_facets(query: Query) -> tuple[str, ...]:
    """Return the facets that are wanted, each once."""
    return tuple(dict.fromkeys(query.facets))


def without(query: Query, facet: str) -> Query:
    """Return ``query`` without the filter that belongs to ``facet``."""
    if facet == "brand_id":
        return replace(query, brand_ids=())
    if facet == "category_id":
        return replace(query, category_id="")
    if facet == "topic":
        return replace(query, topics=())
    if facet == "in_stock":
        return replace(query, in_stock=False)
    return replace(query, price_fen_min=None, price_fen_max=None)


def unfiltered(query: Query) -> Query:
    """Return ``query`` without any filter that belongs to a facet it asks for."""
    for facet in asked_facets(query):
        query = without(query, facet)
    return query


def band_of(price_fen: int) -> str:
    """Return the price band of a price."""
    return next((name for name, (_, high) in BANDS.items() if price_fen < high), DEAREST)


def band_bounds(name: str) -> tuple[int, int | None] | None:
    """Return lowest and highest price in fen of a band, or None where there is no such band."""
    if name == DEAREST:
        return PRICE_BANDS[-1][1], None
    if name not in BANDS:
        return None
    low, high = BANDS[name]
    return low, high - 1


def facet(name: str, counts: Mapping[str, int]) -> Facet:
    """Return a facet of these counts: the most frequent first, of equals by value."""
    met = [(value, count) for value, count in counts.items() if value and count]
    met.sort(key=lambda one: (-one[1], one[0]))
    return Facet(name, tuple(Bucket(value, count) for value, count in met[:SIZE]))


def nothing(query: Query) -> Hits:
    """Return the answer of a query that nothing can match."""
    return Hits((), 0, facets=tuple(facet(name, {}) for name in asked_facets(query)))
