"""Search engines behind one port; knows nothing of the application."""

from pathlib import Path

from search.memory_index import MemoryIndex
from search.port import SearchIndex


def open_index(url: str, *, write: bool) -> SearchIndex:
    """Return the index at ``url``: `memory:`, `tantivy:PATH` or `elasticsearch:URL`.

    Raises:
        ValueError: the scheme is unknown, or the address lacks a part.
        SearchDown: another process writes it.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        return MemoryIndex()
    if scheme == "tantivy" and rest:
        from search.tantivy_index import TantivyIndex  # noqa: PLC0415 - loaded where it is used

        return TantivyIndex(Path(rest), write=write)
    if scheme == "elasticsearch":
        from search.elastic_index import ElasticIndex  # noqa: PLC0415 - likewise

        return ElasticIndex(rest)
    raise ValueError(f"no search engine is called {scheme!r}; use tantivy:PATH")
