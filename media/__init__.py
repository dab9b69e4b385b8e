"""Pictures and where they are kept; knows nothing of the application."""

from pathlib import Path

from media.local_store import LocalStore
from media.memory_store import MemoryStore
from media.port import MediaStore


def open_store(url: str) -> MediaStore:
    """Return the store at ``url``: `memory:`, `file:PATH` or `s3:http://KEY:SECRET@HOST/BUCKET`.

    Raises:
        ValueError: the scheme is unknown, or a part of the address is missing.
    """
    scheme, _, rest = url.partition(":")
    if scheme == "memory":
        return MemoryStore()
    if scheme == "file" and rest:
        return LocalStore(Path(rest))
    if scheme == "s3":
        from media.s3_store import S3Store  # noqa: PLC0415 - loaded where it is used

        return S3Store(rest)
    raise ValueError(f"no media store is called {scheme!r}; use file:PATH or s3:http://…")
