"""The media port: blobs by key. A key is made from the content, so a put may be repeated."""

from typing import BinaryIO, NewType, Protocol

Key = NewType("Key", str)


class BlobMissing(Exception):
    """There is no blob under this key."""


class StoreDown(Exception):
    """The store cannot be reached, or is full."""


class StoreRefused(StoreDown):
    """The store is there and will not serve us: its address or the credentials are wrong."""


class MediaStore(Protocol):
    """Blobs by key."""

    public: str
    """Where anybody reads renditions, if not from the site itself: scheme and host first."""

    def check(self) -> None:
        """Make sure, before anything is served, that blobs can be kept here.

        Raises:
            StoreRefused: they cannot, and asking again will not help; the text tells why.
            StoreDown: it does not answer.
        """

    def put(self, key: Key, blob: bytes, *, media_type: str) -> None:
        """Keep ``blob`` under ``key``; whole, or not at all."""

    def open(self, key: Key) -> BinaryIO:
        """Return the blob for reading; the caller closes it.

        Raises:
            BlobMissing: there is none.
        """

    def drop(self, key: Key) -> None:
        """Forget the blob; dropping what is not there is no error."""

    def url(self, key: Key) -> str:
        """Return an address of the blob, good for at least a week and alike for that long."""
