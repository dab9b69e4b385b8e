"""What Tantivy is given: its schema, its documents, the clauses of its queries."""

from collections.abc import Sequence
from typing import Any

import tantivy
from tantivy import Occur

from search.facets import (
    BANDS,
    DEAREST,
    PRICE_BANDS,
    READ,
    WORD_FACETS,
    asked_facets,
    facet,
    without,
)
from search.han import SENTINEL, Asked
from search.port import Doc, Facet, Query, Ref
from search.query import members
from search.records import KEPT_TEXTS, KEYS, NUMBERS, TEXTS, WORDS, record, storable

_Q = tantivy.Query

NUMBERS_HERE = ("version", "dead", *NUMBERS)


def make_schema() -> Any:
    """Return the schema, one for every kind."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("title", stored=True, tokenizer_name="raw", index_option="basic")
    for name in TEXTS:
        stored = name in KEPT_TEXTS
        builder.add_text_field(name, stored=stored, tokenizer_name="ws", index_option="freq")
    for name in WORDS:
        fast = name in WORD_FACETS.values()
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic", fast=fast)
    for name in (*NUMBERS_HERE, *KEYS):
        # Not unsigned: deleting by a term of an unsigned field silently deletes nothing.
        builder.add_integer_field(name, indexed=True, fast=True)
    builder.add_float_field("quality", fast=True)
    return builder.build()


def document(doc: Doc) -> Any:
    """Return what stands for ``doc`` in the index."""
    kept = record(doc)
    out = tantivy.Document()
    out.add_text("id", kept.id)
    out.add_text("title", kept.title)
    for name, text in kept.texts.items():
        out.add_text(name, text)
    for name, said in kept.words.items():
        for value in said:
            out.add_text(name, value)
    for name, number in {**kept.numbers, "version": doc.version, "dead": 0}.items():
        out.add_integer(name, number)
    out.add_float("quality", kept.quality)
    return out


def tombstone(ref: Ref) -> Any:
    """Return what keeps an older put from bringing a dropped document back."""
    dead = tantivy.Document()
    dead.add_text("id", ref.id)
    dead.add_text("title", "")
    for name in TEXTS:
        dead.add_text(name, SENTINEL)
    for name in (*NUMBERS_HERE, *KEYS):
        dead.add_integer(name, {"version": ref.version, "dead": 1}.get(name, 0))
    dead.add_float("quality", 0.0)
    return dead


class Clauses:
    """The clauses of queries, for one schema."""

    def __init__(self, schema: Any) -> None:
        """Speak of the fields of ``schema``."""
        self._schema = schema

    def term(self, field: str, value: object) -> Any:
        """Return the clause of one term of a field."""
        option = "basic" if field in {*WORDS, "id"} else "freq"
        known = storable(value) if isinstance(value, str) else value
        return _Q.term_query(self._schema, field, known, option)

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
        clauses += [_Q.boost_query(self.term("tq", one), 0.5) for one in asked.syllables]
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


def count_facets(searcher: Any, clauses: Clauses, query: Query, asked: Asked) -> tuple[Facet, ...]:
    """Return the facets of a query, each counted without its own filter."""
    strict = clauses.strict(asked)
    found = []
    for name in asked_facets(query):
        base = clauses.must(strict, *clauses.filters(without(query, name)))
        said = searcher.aggregate(base, {"it": _aggregation(name)})["it"]["buckets"]
        found.append(facet(name, {_value(one["key"]): one["doc_count"] for one in said}))
    return tuple(found)


def _aggregation(name: str) -> dict[str, Any]:
    if name in WORD_FACETS:
        return {"terms": {"field": WORD_FACETS[name], "size": READ}}
    if name == "in_stock":
        return {"terms": {"field": "in_stock", "size": 2}}
    ranges: list[dict[str, Any]] = [
        {"key": band, "from": low, "to": high} for band, (low, high) in BANDS.items()
    ]
    ranges.append({"key": DEAREST, "from": PRICE_BANDS[-1][1]})
    return {"range": {"field": "price_fen", "ranges": ranges}}


def _value(key: object) -> str:
    return key if isinstance(key, str) else str(int(float(str(key))))
