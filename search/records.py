"""What every engine keeps of a document: the same fields, whatever it calls their types. Pure."""

from dataclasses import dataclass

from search.han import streams
from search.port import Doc, Sort
from search.query import sort_key
from search.suggesting import edges, weight_key

TEXTS = ("all", "t", "a", "tb", "ab", "tq")
"""The streams of tokens; engines only split them at spaces."""

KEPT_TEXTS = ("all", "t")
"""The second phase reads these again."""

WORDS = ("topics", "brand_id", "author_id", "merchant_id", "category_ids", "edge")
NUMBERS = ("doc_no", "price_fen", "in_stock", "created_s")
SORT_FIELDS = {
    Sort.NEWEST: "k_newest",
    Sort.POPULAR: "k_popular",
    Sort.PRICE_ASC: "k_price_asc",
    Sort.PRICE_DESC: "k_price_desc",
}
WEIGHT = "k_weight"
"""The packed key of suggestions."""

KEYS = (*SORT_FIELDS.values(), WEIGHT)


@dataclass(frozen=True, slots=True)
class Record:
    """A document as an engine keeps it."""

    id: str
    title: str
    texts: dict[str, str]
    words: dict[str, tuple[str, ...]]
    numbers: dict[str, int]
    quality: float


def record(doc: Doc) -> Record:
    """Return what is kept of ``doc``."""
    made = streams(doc.title, brand=doc.brand, body=doc.body, attributes=doc.attributes)
    numbers = {name: int(getattr(doc, name)) for name in NUMBERS}
    numbers |= {name: sort_key(doc, sort) for sort, name in SORT_FIELDS.items()}
    numbers[WEIGHT] = weight_key(doc)
    return Record(
        id=doc.id,
        title=storable(doc.title),
        texts={name: getattr(made, name) for name in TEXTS},
        words=_words(doc),
        numbers=numbers,
        quality=float(doc.quality),
    )


def storable(text: str) -> str:
    """Return ``text`` without what is no character: half a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def _words(doc: Doc) -> dict[str, tuple[str, ...]]:
    found = {
        "topics": doc.topics,
        "brand_id": (doc.brand_id,),
        "author_id": (doc.author_id,),
        "merchant_id": (doc.merchant_id,),
        "category_ids": doc.category_ids,
        "edge": edges(doc) if doc.kind == "phrase" else (),
    }
    return {name: tuple(storable(one) for one in said if one) for name, said in found.items()}
