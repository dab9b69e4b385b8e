"""The embedded engine: Tantivy, an index a kind in a folder.

`CURRENT` names the folder in use, so that a rebuild stands beside and is swapped in at once, for
other processes too. One process writes; readers look for changes at most every 50 ms.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import tantivy
from tantivy import Occur

from search.facets import nothing
from search.han import ANALYSIS_VERSION, Asked
from search.memory_index import page_of
from search.port import (
    KINDS,
    AnalysisChanged,
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
    descends,
    dump_cursor,
    effective_sort,
    is_browse,
    load_cursor,
    page_size,
)
from search.ranking import RELAX_BELOW, WINDOW, Candidate, rank
from search.records import SORT_FIELDS, WEIGHT
from search.suggesting import EDGE_MAX, asked_forms, chosen, wanted
from search.tantivy_files import (
    ENGINE_ERRORS,
    make_indexes,
    open_index,
    point,
    pointed,
)
from search.tantivy_parts import (
    Clauses,
    count_facets,
    document,
    make_schema,
    tombstone,
)

LOOK_SECONDS = 0.05
HEAP_BYTES = 32_000_000
"""Below 15 MB Tantivy refuses; more only delays the flush."""

READ = 2 * WINDOW
"""Equal scores come in no certain order: so many are read, that the window ends at the same one."""

_Q = tantivy.Query


class TantivyIndex:
    """Documents in a folder of this machine."""

    def __init__(self, folder: Path, *, write: bool) -> None:
        """Open ``folder``; only a writing process makes it, and only one may write.

        Raises:
            SearchDown: another process writes, or the files cannot be read.
        """
        self._folder = folder
        self._schema = make_schema()
        self._clauses = Clauses(self._schema)
        self._indexes: dict[str, Any] = {}
        self._writers: dict[str, Any] = {}
        self._stamps: dict[str, int] = {}
        self._current = ""
        self._looked = 0.0
        self._lock = threading.RLock()
        self._write_file: int | None = None
        if write:
            self._become_writer()

    def put(self, docs: Iterable[Doc]) -> None:
        """Keep each document, unless a newer version is known."""
        with self._writing():
            for kind, group in _by_kind(docs):
                newest: dict[str, Doc] = {}
                for doc in group:
                    if doc.id not in newest or doc.version >= newest[doc.id].version:
                        newest[doc.id] = doc
                self._write(kind, {doc.id: (doc.version, document(doc)) for doc in newest.values()})

    def drop(self, refs: Iterable[Ref]) -> None:
        """Forget each document as of its version; what stays is a tombstone."""
        with self._writing():
            for kind, group in _by_kind(refs):
                gone = {ref.id: (ref.version, tombstone(ref)) for ref in group}
                self._write(kind, gone)

    def find(self, query: Query) -> Hits:
        """Return what matches."""
        asked, place = asked_of(query), load_cursor(query)
        if asked.blank and not is_browse(query):
            return nothing(query)
        try:
            searcher = self._searcher(query.kind)
            if searcher is None:
                return nothing(query)
            sort = effective_sort(query, asked)
            if sort is Sort.RELEVANCE:
                hits = self._ranked(searcher, query, asked, place)
            else:
                hits = self._sorted(searcher, query, asked, sort, place)
            return replace(hits, facets=count_facets(searcher, self._clauses, query, asked))
        except ENGINE_ERRORS as error:
            raise SearchDown(str(error)) from error

    def suggest(self, prefix: str, *, size: int) -> tuple[Suggestion, ...]:
        """Return phrases that begin with ``prefix``."""
        forms = asked_forms(prefix)
        if not forms:
            return ()
        try:
            searcher = self._searcher("phrase")
            if searcher is None:
                return ()
            begun = [self._clauses.term("edge", form[:EDGE_MAX]) for form in forms]
            begins = self._clauses.must(self._clauses.any_of(begun), self._clauses.living())
            found = searcher.search(begins, wanted(size), order_by_field=WEIGHT).hits
            texts = [(searcher.doc(address)["title"][0], int(key)) for key, address in found]
        except ENGINE_ERRORS as error:
            raise SearchDown(str(error)) from error
        return chosen(texts, forms, size=size)

    def refresh(self) -> None:
        """Let reads see what was written, here and elsewhere."""
        with self._lock:
            self._looked = 0.0
            self._look()

    def rebuild(self, docs: Iterable[Doc]) -> None:
        """Make the index anew beside the old one, and swap."""
        with self._writing(anew=True):
            fresh = f"v{int(time.time())}-{secrets.token_hex(3)}"
            make_indexes(self._folder / fresh, self._schema)
            with contextlib.ExitStack() as open_writers:
                writers: dict[str, Any] = {}
                for doc in docs:
                    if doc.kind not in writers:
                        index = open_index(self._folder / fresh / doc.kind, self._schema)
                        writers[doc.kind] = index.writer(HEAP_BYTES, 1)
                        open_writers.callback(writers[doc.kind].wait_merging_threads)
                    writers[doc.kind].delete_documents_by_term("id", doc.id)
                    writers[doc.kind].add_document(document(doc))
                for writer in writers.values():
                    writer.commit()
            self._drop_writers()
            old = pointed(self._folder)["folder"]
            point(self._folder, fresh)
            self._looked = 0.0
            self._look()
            if old:
                shutil.rmtree(self._folder / old, ignore_errors=True)

    def check(self) -> None:
        """Make sure that the files are of this code's version."""
        try:
            with self._lock:
                self._look()
        except ENGINE_ERRORS as error:
            raise SearchDown(str(error)) from error

    def close(self) -> None:
        """Finish merging and give up the write lock."""
        with self._lock:
            self._drop_writers()
            self._indexes = {}
            if self._write_file is not None:
                os.close(self._write_file)
                self._write_file = None

    # -- writing

    def _become_writer(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        file = os.open(self._folder / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise SearchDown("another process writes this index") from None
        self._write_file = file
        if not (self._folder / "CURRENT").exists():
            make_indexes(self._folder / "v0", self._schema)
            point(self._folder, "v0")

    @contextlib.contextmanager
    def _writing(self, *, anew: bool = False) -> Iterator[None]:
        if self._write_file is None:
            raise SearchDown("this process may only read the index")
        with self._lock:
            try:
                if not anew:  # What is made anew may well be of another analysis.
                    self._look()
                yield
            except ENGINE_ERRORS as error:
                self._drop_writers()
                raise SearchDown(str(error)) from error

    def _write(self, kind: str, changes: dict[str, tuple[int, Any]]) -> None:
        index = self._indexes[kind]
        index.reload()
        known = self._versions(index.searcher(), list(changes))
        writer = self._writers.get(kind)
        if writer is None:
            writer = index.writer(HEAP_BYTES, 1)
            # A writer that was killed may leave a file that blocks every commit after it.
            writer.garbage_collect_files()
            self._writers[kind] = writer
        wrote = False
        for id_, (version, made) in changes.items():
            before, dead = known.get(id_, (-1, 0))
            if version < before or (version == before and dead):
                continue
            writer.delete_documents_by_term("id", id_)
            writer.add_document(made)
            wrote = True
        if wrote:
            writer.commit()
            index.reload()

    def _versions(self, searcher: Any, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for id_ in ids:
            hits = searcher.search(self._clauses.term("id", id_), 1, count=False).hits
            addresses = [address for _, address in hits]
            if addresses:
                version = searcher.fast_field_values("version", addresses)[0]
                found[id_] = (version, searcher.fast_field_values("dead", addresses)[0])
        return found

    def _drop_writers(self) -> None:
        for writer in self._writers.values():
            with contextlib.suppress(*ENGINE_ERRORS):
                writer.wait_merging_threads()
        self._writers = {}

    # -- reading

    def _searcher(self, kind: str) -> Any:
        if time.monotonic() - self._looked > LOOK_SECONDS:
            with self._lock:
                self._look()
        index = self._indexes.get(kind)
        return None if index is None else index.searcher()

    def _look(self) -> None:
        self._looked = time.monotonic()
        pointer = self._folder / "CURRENT"
        if not pointer.exists():
            return
        said = pointed(self._folder)
        if said["analysis"] != ANALYSIS_VERSION:
            raise AnalysisChanged("the index is of another analysis; run `trove reindex`")
        if said["folder"] != self._current:
            self._drop_writers()
            self._current = said["folder"]
            here = self._folder / self._current
            self._indexes = {kind: open_index(here / kind, self._schema) for kind in KINDS}
            self._stamps = {}
        for kind, index in self._indexes.items():
            stamp = (self._folder / self._current / kind / "meta.json").stat().st_mtime_ns
            if self._stamps.get(kind) != stamp:
                index.reload()
                self._stamps[kind] = stamp

    def _sorted(self, searcher: Any, query: Query, asked: Asked, sort: Sort, place: Place) -> Hits:
        field, down = SORT_FIELDS[sort], descends(sort)
        base = self._clauses.must(self._clauses.strict(asked), *self._clauses.filters(query))
        total = searcher.search(base, 1, count=True).count
        page = base
        if place.key is not None:
            rest = _Q.range_query(
                self._schema,
                field,
                tantivy.FieldType.Integer,
                lower_bound=None if down else place.key,
                upper_bound=place.key if down else None,
                include_lower=down,
                include_upper=not down,
            )
            page = self._clauses.must(base, rest)
        size = page_size(query)
        order = tantivy.Order.Desc if down else tantivy.Order.Asc
        hits = searcher.search(page, size + 1, count=False, order_by_field=field, order=order).hits
        ids = [searcher.doc(address)["id"][0] for _, address in hits[:size]]
        following = None
        if len(hits) > size:
            following = dump_cursor(query, Place(0, int(hits[size - 1][0])))
        return Hits(tuple(ids), total, following)

    def _ranked(self, searcher: Any, query: Query, asked: Asked, place: Place) -> Hits:
        filters = self._clauses.filters(query)
        scored = self._clauses.scored(asked)
        strict = self._clauses.must(self._clauses.strict(asked), *filters)
        found = searcher.search(
            _Q.boolean_query([(Occur.Must, strict), (Occur.Should, scored)]), READ, count=True
        )
        ranked = self._second(searcher, found.hits, asked, query)
        relaxed: list[str] = []
        if found.count < RELAX_BELOW:
            loose = _Q.boolean_query(
                [
                    (Occur.Must, self._clauses.must(self._clauses.any_token(asked), *filters)),
                    (Occur.MustNot, strict),
                    (Occur.Should, scored),
                ]
            )
            hits = searcher.search(loose, READ, count=False).hits
            relaxed = self._second(searcher, hits, asked, query)
        return page_of(query, ranked, relaxed, found.count, place)

    def _second(self, searcher: Any, hits: Any, asked: Asked, query: Query) -> list[str]:
        hits = _window(searcher, hits)
        addresses = [address for _, address in hits]
        numbers = searcher.fast_field_values("doc_no", addresses) if addresses else []
        created = searcher.fast_field_values("created_s", addresses) if addresses else []
        quality = searcher.fast_field_values("quality", addresses) if addresses else []
        found = []
        for (score, address), number, at, good in zip(hits, numbers, created, quality, strict=True):
            kept = searcher.doc(address)
            found.append(
                Candidate(
                    id=kept["id"][0],
                    doc_no=number,
                    score=score,
                    title_tokens=kept["t"][0],
                    all_tokens=kept["all"][0],
                    title=kept["title"][0],
                    created_s=at,
                    quality=good,
                )
            )
        return [one.id for one in rank(asked, found, now_s=query.now_s)]


def _window(searcher: Any, hits: Any) -> list[Any]:
    """Return the best hits, of equals those of higher number."""
    if len(hits) <= WINDOW:
        return list(hits)
    numbers = searcher.fast_field_values("doc_no", [address for _, address in hits])
    ordered = sorted(zip(hits, numbers, strict=True), key=lambda one: (-one[0][0], -one[1]))
    return [hit for hit, _ in ordered[:WINDOW]]


def _by_kind(things: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    ordered = sorted(things, key=lambda one: str(one.kind))
    for kind, group in groupby(ordered, key=lambda one: str(one.kind)):
        yield kind, list(group)
