"""Pictures and where they are kept; knows nothing of the application."""

from pathlib import Path

from media.local_store import LocalStore
from media.memory_store import MemoryStore
from media.port import MediaStore


def open_store(url: str) -> MediaStore:
    """Return the store at ``url``: `memory:` or `file:PATH`.

    Raises:
        ValueError: the scheme is unknown.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        return MemoryStore()
    if scheme == "file" and rest:
        return LocalStore(Path(rest))
    raise ValueError(f"no media store is called {scheme!r}; use file:PATH")
