"""The fake store: keeps blobs in memory, and the same promises as the others."""

import io
from typing import BinaryIO

from media.port import BlobMissing, Key


class MemoryStore:
    """Blobs of one process, gone with it."""

    public = ""

    def __init__(self) -> None:
        """Begin empty."""
        self._blobs: dict[Key, bytes] = {}

    def check(self) -> None:
        """Do nothing: there is always a place."""

    def put(self, key: Key, blob: bytes, *, media_type: str) -> None:
        """Keep it; the type is known by the key."""
        del media_type
        self._blobs[key] = blob

    def open(self, key: Key) -> BinaryIO:
        """Return a reader of it."""
        if key not in self._blobs:
            raise BlobMissing(key)
        return io.BytesIO(self._blobs[key])

    def drop(self, key: Key) -> None:
        """Forget it."""
        self._blobs.pop(key, None)

    def url(self, key: Key) -> str:
        """Return where the web edge serves it."""
        return f"/media/{key}"
