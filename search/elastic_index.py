"""The engine of a large installation: Elasticsearch, an index a kind behind an alias.

Writes go through the alias `PREFIX-KIND`, and while a rebuild is on through `PREFIX-KIND-next` too,
so that the new index misses nothing; versions decide which write is the newest. Any number of
processes may write.
"""

import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from search.elastic_link import Breaker, Line, Missing
from search.elastic_parts import (
    loose_body,
    ranked_body,
    read_facets,
    sorted_body,
    suggest_body,
)
from search.elastic_writing import Action, Writing
from search.facets import nothing
from search.han import Asked
from search.memory_index import page_of
from search.port import (
    KINDS,
    Doc,
    Hits,
    Query,
    Ref,
    SearchDown,
    Sort,
    Suggestion,
)
from search.query import (
    Place,
    asked_of,
    dump_cursor,
    effective_sort,
    is_browse,
    load_cursor,
    page_size,
)
from search.ranking import RELAX_BELOW, Candidate, rank
from search.suggesting import asked_forms, chosen

LOOK_SECONDS = 5.0
"""For so long is an index believed to be of the version that it was."""


class ElasticIndex:
    """Documents in a server, shared by every process of the installation."""

    def __init__(self, url: str) -> None:
        """Speak with the server at ``url``; nothing is asked of it yet.

        Raises:
            ValueError: a part of the address is missing.
        """
        self._line = Line(url)
        self._writing = Writing(self._line)
        self._breakers = {kind: Breaker() for kind in KINDS}
        self._looked: dict[str, float] = {}

    def put(self, docs: Iterable[Doc]) -> None:
        """Keep each document, unless a newer version is known."""
        self._writing.send([Action.put(doc) for doc in docs])

    def drop(self, refs: Iterable[Ref]) -> None:
        """Forget each document as of its version."""
        self._writing.send([Action.drop(ref) for ref in refs])

    def find(self, query: Query) -> Hits:
        """Return what matches."""
        asked, place = asked_of(query), load_cursor(query)
        if asked.blank and not is_browse(query):
            return nothing(query)
        until = self._until()
        with self._breakers[query.kind].guard():
            try:
                self._look(query.kind, until)
                sort = effective_sort(query, asked)
                if sort is Sort.RELEVANCE:
                    return self._ranked(query, asked, place, until)
                return self._sorted(query, asked, sort, place, until)
            except Missing:
                # Nothing was ever written: what is not there is empty.
                self._looked.pop(query.kind, None)
                return nothing(query)

    def suggest(self, prefix: str, *, size: int) -> tuple[Suggestion, ...]:
        """Return phrases that begin with ``prefix``."""
        forms = asked_forms(prefix)
        if not forms:
            return ()
        until = self._until()
        with self._breakers["phrase"].guard():
            try:
                self._look("phrase", until)
                hits = self._ask("phrase", suggest_body(forms, size), until)["hits"]["hits"]
            except Missing:
                self._looked.pop("phrase", None)
                return ()
        texts = [(str(one["_source"]["title"]), int(one["sort"][0])) for one in hits]
        return chosen(texts, forms, size=size)

    def refresh(self) -> None:
        """Let reads see what was written."""
        self._looked = {}
        self._writing.refresh()

    def rebuild(self, docs: Iterable[Doc]) -> None:
        """Make the indexes anew beside the old ones, and swap; others may go on writing."""
        self._writing.rebuild(docs)
        self._looked = {}

    def check(self) -> None:
        """Make sure that the server answers, lets us in, and has no index of another version."""
        for kind in KINDS:
            self._writing.look(kind).fit()

    def close(self) -> None:
        """Give the connections back."""
        self._line.close()

    def _until(self) -> float:
        return time.monotonic() + 2 * self._line.seconds

    def _look(self, kind: str, until: float) -> None:
        """Make sure now and then that the index is of this code's version.

        Raises:
            AnalysisChanged: it is not.
            Missing: there is none.
        """
        now = time.monotonic()
        if now - self._looked.get(kind, -LOOK_SECONDS) < LOOK_SECONDS:
            return
        state = self._writing.look(kind, min(self._line.seconds, until - now))
        state.fit(reading=True)
        if state.here is None:
            raise Missing(kind)
        self._looked[kind] = now

    def _ask(self, kind: str, body: dict[str, Any], until: float) -> dict[str, Any]:
        left = min(self._line.seconds, until - time.monotonic())
        body["timeout"] = f"{self._line.seconds * 500:.0f}ms"
        with self._line.within(left) as client:
            answer = client.search(
                index=self._writing.alias(kind), body=body, allow_partial_search_results=False
            )
        found: dict[str, Any] = answer.body
        if found["timed_out"] or found["_shards"]["failed"]:
            raise SearchDown("Elasticsearch knows a part of the answer only")
        return found

    def _sorted(self, query: Query, asked: Asked, sort: Sort, place: Place, until: float) -> Hits:
        answer = self._ask(query.kind, sorted_body(query, asked, sort, place), until)
        hits, size = answer["hits"]["hits"], page_size(query)
        following = None
        if len(hits) > size:
            following = dump_cursor(query, Place(0, int(hits[size - 1]["sort"][0])))
        return Hits(
            ids=tuple(str(hit["_id"]) for hit in hits[:size]),
            total=answer["hits"]["total"]["value"],
            next=following,
            facets=read_facets(query, answer),
        )

    def _ranked(self, query: Query, asked: Asked, place: Place, until: float) -> Hits:
        answer = self._ask(query.kind, ranked_body(query, asked), until)
        total = answer["hits"]["total"]["value"]
        ranked = _second(answer, asked, query)
        relaxed: list[str] = []
        if total < RELAX_BELOW:
            relaxed = _second(self._ask(query.kind, loose_body(query, asked), until), asked, query)
        page = page_of(query, ranked, relaxed, total, place)
        return replace(page, facets=read_facets(query, answer))


def _second(answer: dict[str, Any], asked: Asked, query: Query) -> list[str]:
    found = [
        Candidate(
            id=str(hit["_id"]),
            doc_no=hit["fields"]["doc_no"][0],
            score=hit["_score"],
            title_tokens=hit["_source"]["t"],
            all_tokens=hit["_source"]["all"],
            title=hit["_source"]["title"],
            created_s=hit["fields"]["created_s"][0],
            quality=hit["fields"]["quality"][0],
        )
        for hit in answer["hits"]["hits"]
    ]
    return [one.id for one in rank(asked, found, now_s=query.now_s)]
