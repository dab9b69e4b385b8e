"""Every media store keeps these promises; a new store is one more line in STORES."""

import re
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from media import keys, open_store
from media.local_store import LocalStore
from media.memory_store import MemoryStore
from media.port import BlobMissing, MediaStore, StoreDown, StoreRefused
from media.s3_store import S3Store
from tests.support.engines import service_url
from tests.support.proxy import between
from tests.support.waiting import wait_until


def _bucket(_folder: Path) -> MediaStore:
    """Return a store in a bucket of its own."""
    server = re.sub(r"/[^/]*$", f"/test-{secrets.token_hex(6)}", service_url("MEDIA"))
    return open_store(server)


STORES: dict[str, Callable[[Path], MediaStore]] = {
    "memory": lambda _: MemoryStore(),
    "local": LocalStore,
    "s3": _bucket,
}
DIGEST = keys.digest_of(b"a picture")
KEY = keys.rendition(DIGEST, 360)


@pytest.fixture(
    params=["memory", "local", pytest.param("s3", marks=pytest.mark.service)],
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    made = STORES[request.param](tmp_path)
    made.check()
    return made


@pytest.fixture
def bucket(tmp_path: Path) -> S3Store:
    made = _bucket(tmp_path)
    assert isinstance(made, S3Store)
    made.check()
    made.put(KEY, b"bytes", media_type="image/webp")
    return made


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


@pytest.mark.service
def test_a_signed_address_serves_what_is_private_and_no_other(bucket: S3Store) -> None:
    address = bucket.signed_url(KEY, seconds=60)

    assert httpx.get(address).content == b"bytes"
    assert httpx.get(address.split("?")[0]).status_code == 403
    assert httpx.get(address.replace("360.webp", "720.webp")).status_code == 403


@pytest.mark.service
def test_a_browser_may_send_exactly_what_the_form_says(bucket: S3Store) -> None:
    key = keys.original(DIGEST)
    form = bucket.upload_form(key, media_type="image/jpeg", size_bytes_max=100, seconds=60)

    def send(size: int, **other: str) -> int:
        fields = {**form.fields, **other}
        return httpx.post(form.url, data=fields, files={"file": b"x" * size}).status_code

    assert send(101) == 400
    assert send(10, key=keys.rendition(DIGEST, 720)) == 403
    assert send(10, **{"Content-Type": "text/html"}) == 403
    with pytest.raises(BlobMissing):
        bucket.open(key)
    assert send(100) == 204
    assert len(bucket.open(key).read()) == 100


@pytest.mark.service
def test_wrong_credentials_and_a_silent_server_are_told_apart(bucket: S3Store) -> None:
    url = service_url("MEDIA")
    wrong = open_store(re.sub("//([^:]+):[^@]+@", r"//\1:wrong@", url))

    with pytest.raises(StoreRefused, match=r"Signature|Access"):
        wrong.check()

    with between(url.removeprefix("s3:")) as (proxy, address):
        store = open_store(f"s3:{address}")
        store.check()
        proxy.leave()
        with pytest.raises(StoreDown):
            store.open(KEY)
        proxy.come_back()
        assert wait_until(lambda: _answers(store), 10)


@pytest.mark.service
def test_a_silent_server_is_waited_for_by_the_first_who_asks_only(bucket: S3Store) -> None:
    with between(service_url("MEDIA").removeprefix("s3:")) as (proxy, address):
        store = open_store(f"s3:{address}")
        store.check()
        proxy.hold()
        took = []
        for _ in range(2):
            begun = time.monotonic()
            with pytest.raises(StoreDown):
                store.open(KEY)
            took.append(time.monotonic() - begun)

        assert took[1] < took[0] / 10
        proxy.come_back()
        assert wait_until(lambda: _answers(store), 10)


def _answers(store: MediaStore) -> bool:
    """Tell whether the store says that what was never put there is missing."""
    try:
        store.open(keys.original(keys.digest_of(b"another")))
    except BlobMissing:
        return True
    except StoreDown:
        return False
    return False


@pytest.mark.parametrize(
    "url", ["s3:http://host/bucket", "s3:http://k:s@host/", "s3:http://k:s@h/a/b"]
)
def test_an_address_without_all_its_parts_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        open_store(url)
