"""Search engines behind one port; knows nothing of the application."""

from pathlib import Path

from search.memory_index import MemoryIndex
from search.port import SearchIndex


def open_index(url: str, *, write: bool) -> SearchIndex:
    """Return the index at ``url``: `memory:` or `tantivy:PATH`.

    Raises:
        ValueError: the scheme is unknown.
        SearchDown: another process writes it.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        return MemoryIndex()
    if scheme == "tantivy" and rest:
        from search.tantivy_index import TantivyIndex  # noqa: PLC0415 - loaded where it is used

        return TantivyIndex(Path(rest), write=write)
    raise ValueError(f"no search engine is called {scheme!r}; use tantivy:PATH")
