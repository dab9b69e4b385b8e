"""Files in a folder: the store of a small installation."""

import contextlib
import errno
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from media.port import BlobMissing, Key, StoreDown, StoreRefused


class LocalStore:
    """Blobs as files; a file is whole or not there (temporary name, fsync, rename)."""

    public = ""

    def __init__(self, folder: Path) -> None:
        """Keep blobs under ``folder``, made at the first put."""
        self._folder = folder

    def check(self) -> None:
        """Make the folder, and see that it can be written."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreRefused(str(error)) from error
        if not os.access(self._folder, os.W_OK):
            raise StoreRefused(f"{self._folder} cannot be written")

    def put(self, key: Key, blob: bytes, *, media_type: str) -> None:
        """Write it; what is there already is the same, for the key is made from the content."""
        del media_type
        path = self._folder / key
        if path.exists():
            return
        temporary = path.with_name(f".{secrets.token_hex(6)}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as file:
                file.write(blob)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
            _sync_folder(path.parent)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            why = "the disk is full" if error.errno == errno.ENOSPC else str(error)
            raise StoreDown(why) from error

    def open(self, key: Key) -> BinaryIO:
        """Open it for reading."""
        try:
            return (self._folder / key).open("rb")
        except FileNotFoundError:
            raise BlobMissing(key) from None
        except OSError as error:
            raise StoreDown(str(error)) from error

    def drop(self, key: Key) -> None:
        """Remove the file."""
        (self._folder / key).unlink(missing_ok=True)

    def url(self, key: Key) -> str:
        """Return where the web edge serves it; a key cannot be guessed, so it need not expire."""
        return f"/media/{key}"


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
