"""The search port: documents by id, one neutral query, the same answers from every engine."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

KINDS = ("note", "product", "person", "topic", "phrase")
SIZE_MAX = 50
FACETS = ("brand_id", "category_id", "topic", "in_stock", "price")


class SearchDown(Exception):
    """The engine cannot be reached, or its files cannot be read; asking again later may help."""


class AnalysisChanged(SearchDown):
    """The index was made by other rules of analysis; it must be rebuilt."""


class SearchRefused(SearchDown):
    """The engine answers, and will not serve us: the address or the credentials are wrong."""


class CursorInvalid(Exception):
    """The cursor is none of ours, or belongs to another query."""


class DocRefused(Exception):
    """The engine will never take these documents as they are; all others of the call it took."""

    def __init__(self, refs: "tuple[Ref, ...]", reason: str) -> None:
        """Name the documents, and what the engine said of the first."""
        super().__init__(f"{', '.join(f'{ref.kind}/{ref.id}' for ref in refs[:10])}: {reason}")
        self.refs = refs


class Sort(StrEnum):
    """Orders of a result."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    POPULAR = "popular"
    PRICE_ASC = "price_asc"
    PRICE_DESC = "price_desc"


@dataclass(frozen=True, slots=True)
class Ref:
    """Which document, and as of which version."""

    kind: str
    id: str
    version: int


@dataclass(frozen=True, slots=True)
class Doc:
    """What can be found. An older version loses; ``doc_no`` is unique in its kind, below 2³¹."""

    kind: str
    id: str
    doc_no: int
    version: int
    title: str
    brand: str = ""
    body: str = ""
    attributes: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    brand_id: str = ""
    author_id: str = ""
    merchant_id: str = ""
    category_ids: tuple[str, ...] = ()
    price_fen: int = 0
    in_stock: bool = True
    created_s: int = 0
    likes: int = 0
    quality: float = 0.0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked. Blank text asks for everything; filters are all to hold.

    ``now_s`` is what recency is counted from; 0 leaves recency out. ``facets`` names the counts
    that are wanted, of `FACETS`.
    """

    kind: str
    text: str = ""
    topics: tuple[str, ...] = ()
    brand_ids: tuple[str, ...] = ()
    author_id: str = ""
    merchant_id: str = ""
    category_id: str = ""
    price_fen_min: int | None = None
    price_fen_max: int | None = None
    in_stock: bool = False
    sort: Sort = Sort.RELEVANCE
    size: int = 20
    cursor: str | None = None
    now_s: int = 0
    facets: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse facets that no engine knows."""
        unknown = sorted(set(self.facets) - set(FACETS))
        if unknown:
            raise ValueError(f"no facet is called {unknown[0]!r}")


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many have a value; a price band is `FROM-TO` in fen, the dearest `FROM-`."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Facet:
    """Counts of strict members by value, as if the facet's own filter were not set.

    The most frequent first, of equals by value; no more than twenty, and none without members.
    """

    name: str
    buckets: tuple[Bucket, ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """Ids, best first; ``total`` counts strict members; ``relaxed``: looser ones follow them."""

    ids: tuple[str, ...]
    total: int
    next: str | None = None
    relaxed: bool = False
    facets: tuple[Facet, ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A phrase that begins with what was typed, or whose pinyin or initials do."""

    text: str
    weight: int


class SearchIndex(Protocol):
    """Documents by kind and id. Writes are idempotent; reads may lag until `refresh`."""

    def put(self, docs: Iterable[Doc]) -> None:
        """Keep each document, unless a newer version of it is known.

        Raises:
            SearchDown: the engine cannot take any just now.
            DocRefused: it will never take some of them.
        """

    def drop(self, refs: Iterable[Ref]) -> None:
        """Forget each document as of a version: an older put does not bring it back."""

    def find(self, query: Query) -> Hits:
        """Return what matches.

        Raises:
            CursorInvalid: the cursor is not of this query.
            SearchDown: the engine cannot answer.
        """

    def suggest(self, prefix: str, *, size: int) -> tuple[Suggestion, ...]:
        """Return phrases that begin with ``prefix``, in characters, pinyin or initials.

        The heaviest come first, of equals the oldest; each text once.
        """

    def refresh(self) -> None:
        """Let reads here see what was written here."""

    def rebuild(self, docs: Iterable[Doc]) -> None:
        """Make the index anew of ``docs``, beside the old one, and swap.

        ``docs`` is read when the new index stands: what others write from then on reaches both.
        """

    def check(self) -> None:
        """Make sure that the engine can serve this code.

        Raises:
            SearchRefused: address or credentials are wrong.
            AnalysisChanged: the index is of another version.
            SearchDown: it does not answer.
        """

    def close(self) -> None:
        """Give back what is held."""
