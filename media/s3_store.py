"""Objects in a bucket of any S3 server: the store of a large installation."""

import io
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO
from urllib.parse import parse_qs, unquote, urlsplit

import urllib3
from minio import Minio
from minio.datatypes import PostPolicy
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from media.port import BlobMissing, Key, StoreDown, StoreRefused

CONNECT_SECONDS = 1.0
READ_SECONDS = 1.2
"""Whoever looks at a picture waits no longer than this for the store."""

WRITE_SECONDS = 4.0
"""Whoever sends one, no longer than this."""

LEFT_ALONE_SECONDS = 2.0
"""A store that did not answer is asked again after this; all others are told at once meanwhile, or
the pictures of one page would hold every thread."""

SIGNED_SECONDS_MAX = 7 * 86_400
"""S3 signs no address for longer."""

IMMUTABLE = "public, max-age=31536000, immutable"
GONE = frozenset({"NoSuchKey", "NoSuchObject"})


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What a browser needs to send a file to the bucket itself: where to, and the form's fields."""

    url: str
    fields: Mapping[str, str]


class S3Store:
    """Blobs as objects; an object is whole or not there, as S3 promises."""

    def __init__(self, url: str) -> None:
        """Speak with `http(s)://KEY:SECRET@HOST:PORT/BUCKET`.

        `?public=https://…` names an address at which anybody reads the bucket's renditions, as a
        content network does; without it the site hands them out itself.

        Raises:
            ValueError: a part of the address is missing.
        """
        parts = urlsplit(url)
        bucket = parts.path.strip("/")
        if parts.scheme not in {"http", "https"} or not (parts.username and parts.hostname):
            raise ValueError("the store's address is s3:http://KEY:SECRET@HOST:PORT/BUCKET")
        if not bucket or "/" in bucket:
            raise ValueError("the store's address ends with the name of one bucket")
        self._bucket = bucket
        host = parts.netloc.rpartition("@")[2]
        self._server = f"{parts.scheme}://{host}"
        said = parse_qs(parts.query)
        self.public = said.get("public", [""])[0].rstrip("/")
        words: dict[str, Any] = {
            "access_key": unquote(parts.username),
            "secret_key": unquote(parts.password or ""),
            "secure": parts.scheme == "https",
            "region": said.get("region", ["us-east-1"])[0],
        }
        self._client = Minio(host, http_client=_pool(WRITE_SECONDS), **words)
        self._reader = Minio(host, http_client=_pool(READ_SECONDS), **words)
        self._alone_until = 0.0

    def check(self) -> None:
        """Make sure that the bucket is there and ours; make it when it is not there.

        Raises:
            StoreRefused: it is somebody else's, or the credentials do not hold.
            StoreDown: the server does not answer.
        """
        with _translated():
            if not self._client.bucket_exists(self._bucket):
                self._client.make_bucket(self._bucket)

    def put(self, key: Key, blob: bytes, *, media_type: str) -> None:
        """Send it; what is there already is the same, for the key is made from the content."""
        with self._asking():
            self._client.put_object(
                self._bucket,
                key,
                io.BytesIO(blob),
                len(blob),
                content_type=media_type,
                metadata={"Cache-Control": IMMUTABLE},
            )

    def open(self, key: Key) -> BinaryIO:
        """Fetch it whole: the connection is given back before the caller reads."""
        with self._asking():
            answer = self._reader.get_object(self._bucket, key)
            try:
                return io.BytesIO(answer.read())
            finally:
                answer.close()
                answer.release_conn()

    def drop(self, key: Key) -> None:
        """Remove the object."""
        with _translated():
            self._client.remove_object(self._bucket, key)

    def url(self, key: Key) -> str:
        """Return where anybody reads it: the public address, or the web edge."""
        return f"{self.public}/{key}" if self.public else f"/media/{key}"

    def signed_url(self, key: Key, *, seconds: int) -> str:
        """Return an address by which the bucket itself hands ``key`` out, for so long."""
        assert 0 < seconds <= SIGNED_SECONDS_MAX, seconds
        with _translated():
            return self._client.presigned_get_object(
                self._bucket, key, expires=timedelta(seconds=seconds)
            )

    def upload_form(
        self, key: Key, *, media_type: str, size_bytes_max: int, seconds: int
    ) -> UploadForm:
        """Return what lets a browser send exactly this object: its key, type, size, for so long."""
        policy = PostPolicy(self._bucket, datetime.fromtimestamp(time.time() + seconds, UTC))
        policy.add_equals_condition("key", key)
        policy.add_equals_condition("Content-Type", media_type)
        policy.add_content_length_range_condition(1, size_bytes_max)
        with _translated():
            fields = self._client.presigned_post_policy(policy)
        said = {"key": key, "Content-Type": media_type, **fields}
        return UploadForm(f"{self._server}/{self._bucket}", said)

    @contextmanager
    def _asking(self) -> Generator[None]:
        """Ask the store, unless it did not answer just now."""
        if time.monotonic() < self._alone_until:
            raise StoreDown("the store did not answer just now; it is left alone")
        try:
            with _translated():
                yield
        except StoreRefused:
            raise
        except StoreDown:
            self._alone_until = time.monotonic() + LEFT_ALONE_SECONDS
            raise


def _pool(seconds: float) -> urllib3.PoolManager:
    """Return connections that wait so long for an answer; a silent server is asked once only."""
    return urllib3.PoolManager(
        timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=seconds),
        retries=urllib3.Retry(total=1, read=0, backoff_factor=0.1, status_forcelist=[502, 503]),
        maxsize=16,
    )


@contextmanager
def _translated() -> Generator[None]:
    """Turn what the SDK and its sockets raise into the port's own errors."""
    try:
        yield
    except S3Error as error:
        if error.code in GONE:
            raise BlobMissing(str(error.object_name)) from None
        if error.response.status in {400, 401, 403, 404, 409}:
            raise StoreRefused(f"{error.code}: {error.message}") from error
        raise StoreDown(f"{error.code}: {error.message}") from error
    except (MinioException, HTTPError, OSError) as error:
        raise StoreDown(f"{type(error).__name__}: {error}") from error
