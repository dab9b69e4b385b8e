"""What Tantivy is given: its schema, its documents, the clauses of its queries."""

from collections.abc import Sequence
from typing import Any

import tantivy
from tantivy import Occur

from search.han import Asked, normalise, streams
from search.port import Doc, Query, Ref, Sort
from search.query import members, sort_key

_Q = tantivy.Query

TEXTS = ("all", "t", "a", "tb", "ab")
WORDS = ("topics", "brand_id", "author_id", "merchant_id", "category_ids", "edge")
SORT_FIELDS = {
    Sort.NEWEST: "k_newest",
    Sort.POPULAR: "k_popular",
    Sort.PRICE_ASC: "k_price_asc",
    Sort.PRICE_DESC: "k_price_desc",
}
NUMBERS = ("version", "dead", "doc_no", "price_fen", "in_stock", "created_s", "weight")
EDGE_MAX = 12
"""Suggestions are found by their first so many characters; longer prefixes are compared."""


def make_schema() -> Any:
    """Return the schema, one for every kind."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", stored=True, tokenizer_name="raw", index_option="basic")
    for name in TEXTS:
        stored = name in {"all", "t"}
        builder.add_text_field(name, stored=stored, tokenizer_name="ws", index_option="freq")
    for name in WORDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (*NUMBERS, *SORT_FIELDS.values()):
        # Not unsigned: deleting by a term of an unsigned field silently deletes nothing.
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field("quality", fast=True)
    return builder.build()


def document(doc: Doc) -> Any:
    """Return what stands for ``doc`` in the index."""
    made = streams(doc.title, brand=doc.brand, body=doc.body, attributes=doc.attributes)
    out = tantivy.Document()
    out.add_text("id", doc.id)
    out.add_text("title", _storable(doc.title))
    for name in TEXTS:
        out.add_text(name, getattr(made, name))
    for name, value in _words(doc):
        out.add_text(name, _storable(value))
    for name in NUMBERS:
        out.add_integer(name, int(getattr(doc, name, 0)))
    for sort, name in SORT_FIELDS.items():
        out.add_integer(name, sort_key(doc, sort))
    out.add_float("quality", float(doc.quality))
    return out


def tombstone(ref: Ref) -> Any:
    """Return what keeps an older put from bringing a dropped document back."""
    dead = tantivy.Document()
    dead.add_text("id", ref.id)
    dead.add_text("title", "")
    made = streams("")
    for name in TEXTS:
        dead.add_text(name, getattr(made, name))
    for name in NUMBERS:
        dead.add_integer(name, {"version": ref.version, "dead": 1}.get(name, 0))
    for name in SORT_FIELDS.values():
        dead.add_integer(name, 0)
    dead.add_float("quality", 0.0)
    return dead


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _words(doc: Doc) -> list[tuple[str, str]]:
    found = [(name, str(getattr(doc, name))) for name in ("brand_id", "author_id", "merchant_id")]
    found += [("topics", topic) for topic in doc.topics]
    found += [("category_ids", category) for category in doc.category_ids]
    if doc.kind == "phrase":
        plain = normalise(doc.title)
        found += [("edge", plain[:end]) for end in range(1, min(len(plain), EDGE_MAX) + 1)]
    return found


class Clauses:
    """The clauses of queries, for one schema."""

    def __init__(self, schema: Any) -> None:
        """Speak of the fields of ``schema``."""
        self._schema = schema

    def term(self, field: str, value: object) -> Any:
        """Return the clause of one term of a field."""
        option = "basic" if field in {*WORDS, "id"} else "freq"
        return _Q.term_query(self._schema, field, value, option)

    def must(self, *clauses: Any) -> Any:
        """Return the clause that all of ``clauses`` hold, without a score."""
        unscored = [(Occur.Must, _Q.const_score_query(clause, 0.0)) for clause in clauses]
        return _Q.boolean_query(unscored)

    def living(self) -> Any:
        """Return the clause that leaves tombstones out."""
        return self.term("dead", 0)

    def any_of(self, clauses: Sequence[Any], needed: int = 1) -> Any:
        """Return the clause that at least ``needed`` of ``clauses`` hold."""
        if not clauses:
            return _Q.empty_query()
        return _Q.boolean_query([(Occur.Should, clause) for clause in clauses], needed)

    def strict(self, asked: Asked) -> Any:
        """Return who is a strict member of a query."""
        if asked.blank:
            return _Q.all_query()
        rule = members(asked)
        clauses = [self.any_of([self.term("all", form) for form in forms]) for forms in rule.words]
        clauses += [self.term("ab", pair) for pair in rule.pairs]
        clauses += [self.term("all", char) for char in rule.chars]
        return self.any_of(clauses, rule.needed)

    def any_token(self, asked: Asked) -> Any:
        """Return who meets any token of a query."""
        forms = [form for word in asked.words for form in (word.text, *word.others)]
        return self.any_of([self.term("all", token) for token in (*forms, *asked.chars)])

    def scored(self, asked: Asked) -> Any:
        """Return what gives a query its score."""
        clauses = []
        for word in asked.words:
            versions = [self._everywhere(word.text)]
            versions += [_Q.boost_query(self._everywhere(form), 0.9) for form in word.others]
            clauses.append(_Q.disjunction_max_query(versions, 0.0))
        clauses += [self.term("all", char) for char in asked.chars]
        clauses += [_Q.boost_query(self.term("tb", pair), 0.5) for pair in asked.pairs]
        return self.any_of(clauses)

    def _everywhere(self, token: str) -> Any:
        return self.any_of(
            [
                self.term("all", token),
                _Q.boost_query(self.term("t", token), 0.5),
                _Q.boost_query(self.term("a", token), 0.25),
            ]
        )

    def filters(self, query: Query) -> list[Any]:
        """Return the filters of a query."""
        found = [self.living(), *(self.term("topics", topic) for topic in query.topics)]
        if query.brand_ids:
            found.append(self.any_of([self.term("brand_id", one) for one in query.brand_ids]))
        for field, value in (
            ("author_id", query.author_id),
            ("merchant_id", query.merchant_id),
            ("category_ids", query.category_id),
        ):
            if value:
                found.append(self.term(field, value))
        if query.in_stock:
            found.append(self.term("in_stock", 1))
        low, high = query.price_fen_min, query.price_fen_max
        if low is not None or high is not None:
            kind = tantivy.FieldType.Integer
            found.append(_Q.range_query(self._schema, "price_fen", kind, low, high))
        return found
