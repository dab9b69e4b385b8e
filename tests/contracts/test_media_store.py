"""Every media store keeps these promises; a new store is one more line in STORES."""

from collections.abc import Callable
from pathlib import Path

import pytest

from media import keys, open_store
from media.local_store import LocalStore
from media.memory_store import MemoryStore
from media.port import BlobMissing, MediaStore, StoreDown

STORES: dict[str, Callable[[Path], MediaStore]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
}
DIGEST = keys.digest_of(b"a picture")
KEY = keys.rendition(DIGEST, 360)


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    return STORES[request.param](tmp_path)


def test_what_was_put_is_read(store: MediaStore) -> None:
    store.put(KEY, b"bytes", media_type="image/webp")

    with store.open(KEY) as blob:
        assert blob.read() == b"bytes"


def test_a_put_may_be_repeated(store: MediaStore) -> None:
    for _ in range(2):
        store.put(KEY, b"bytes", media_type="image/webp")

    with store.open(KEY) as blob:
        assert blob.read() == b"bytes"


def test_what_is_not_there_is_missing(store: MediaStore) -> None:
    with pytest.raises(BlobMissing):
        store.open(KEY)


def test_dropping_forgets_and_dropping_again_is_no_error(store: MediaStore) -> None:
    store.put(KEY, b"bytes", media_type="image/webp")

    store.drop(KEY)
    store.drop(KEY)

    with pytest.raises(BlobMissing):
        store.open(KEY)


def test_addresses_of_one_key_are_alike(store: MediaStore) -> None:
    assert store.url(KEY) == store.url(KEY)
    assert store.url(KEY) != store.url(keys.rendition(DIGEST, 720))


def test_a_failed_put_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / KEY.split("/")[0]).write_text("a file where a folder should be")
    store = LocalStore(tmp_path)

    with pytest.raises(StoreDown):
        store.put(KEY, b"bytes", media_type="image/webp")

    assert [path.name for path in tmp_path.iterdir()] == [KEY.split("/")[0]]


@pytest.mark.parametrize(
    "text", ["", "../etc/passwd", "ab/../x/360.webp", f"{KEY}/..", KEY.upper(), KEY + "\n", "a\0b"]
)
def test_only_keys_are_keys(text: str) -> None:
    assert not keys.is_key(text)
    assert keys.is_key(KEY)
    assert not keys.is_public(keys.original(DIGEST))


def test_an_unknown_store_is_refused() -> None:
    with pytest.raises(ValueError, match="no media store"):
        open_store("ftp:somewhere")
