"""The line to Elasticsearch: deadlines, a breaker for each alias, its refusals in our own words."""

import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, ElasticsearchWarning, UnsupportedProductError

from search.port import AnalysisChanged, SearchDown, SearchRefused

ANSWER_SECONDS = 0.8
"""Whoever searches waits no longer than this for an answer, unless `?seconds=` says otherwise; the
server gives up by itself after half of it. All answers that a search needs take twice as long."""

WRITE_SECONDS = 15.0
MAKE_SECONDS = 60.0
"""For making, swapping and forgetting indexes, which rebuilds do."""

FAILURES, WITHIN_SECONDS, OPEN_SECONDS = 5, 10.0, 2.0
"""So many failures within this time, and nobody is kept waiting for the server for so long. A
server that has just begun is slow with its first answers: several tries must fit in the ten seconds
in which the site is to be whole again."""


class Missing(Exception):
    """There is no such index, or no alias of that name."""


class Breaker:
    """After several failures answers at once that the server is down; then lets one try it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin closed."""
        self._clock = clock
        self._failed: deque[float] = deque(maxlen=FAILURES)
        self._open_until = 0.0
        self._open = False
        self._lock = threading.Lock()

    @contextmanager
    def guard(self) -> Iterator[None]:
        """Count how the call inside ends.

        Raises:
            SearchDown: the server failed several times just now, and is left alone.
        """
        self._enter()
        try:
            yield
        except (AnalysisChanged, SearchRefused):
            raise  # The server is well, and answered.
        except SearchDown:
            self._fail()
            raise
        else:
            with self._lock:
                self._open = False
                self._failed.clear()

    def _enter(self) -> None:
        with self._lock:
            if not self._open:
                return
            now = self._clock()
            if now < self._open_until:
                raise SearchDown("Elasticsearch failed several times just now; it is left alone")
            # This one tries it; the others go on waiting for how that ends.
            self._open_until = now + OPEN_SECONDS

    def _fail(self) -> None:
        with self._lock:
            now = self._clock()
            self._failed.append(now)
            several = len(self._failed) == FAILURES and now - self._failed[0] <= WITHIN_SECONDS
            if self._open or several:
                self._open, self._open_until = True, now + OPEN_SECONDS


class Line:
    """A client of the server at a URL, and the prefix of the names that are ours there."""

    def __init__(self, url: str) -> None:
        """Speak with `http(s)://[USER:PASSWORD@]HOST:PORT/PREFIX`; connects later.

        `?ca=FILE` names who signed the server's certificate, `?seconds=` how long it may take.

        Raises:
            ValueError: a part of the address is missing.
        """
        parts = urlsplit(url)
        self.prefix = parts.path.strip("/")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("the engine's address is elasticsearch:http://HOST:PORT/PREFIX")
        if not _is_prefix(self.prefix):
            raise ValueError(
                "the engine's address ends with a prefix of small letters, digits and hyphens"
            )
        said: dict[str, Any] = {}
        if parts.username:
            said["basic_auth"] = (unquote(parts.username), unquote(parts.password or ""))
        words = parse_qs(parts.query)
        if "ca" in words:
            said["ca_certs"] = words["ca"][0]
        self.seconds = float(words.get("seconds", [ANSWER_SECONDS])[0])
        port = parts.port or (443 if parts.scheme == "https" else 9200)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        # A server without passwords says so in every answer; whoever runs it knows.
        warnings.filterwarnings("ignore", category=ElasticsearchWarning)
        self._client = Elasticsearch(
            f"{parts.scheme}://{host}:{port}",
            request_timeout=self.seconds,
            max_retries=0,
            retry_on_timeout=False,
            **said,
        )

    @contextmanager
    def within(self, seconds: float) -> Iterator[Elasticsearch]:
        """Lend the client for calls of so many seconds; what it raises is the port's.

        Raises:
            Missing: there is no such index.
            SearchRefused: the server will not serve us.
            SearchDown: it does not answer, or cannot.
        """
        try:
            yield self._client.options(request_timeout=max(seconds, 0.05))
        except UnsupportedProductError as error:
            raise SearchRefused(f"this is no Elasticsearch: {error}") from error
        except ApiError as error:
            if error.status_code == 404:
                raise Missing(str(error)) from error
            if error.status_code in {401, 403}:
                raise SearchRefused(f"the credentials do not hold: {error}") from error
            raise SearchDown(str(error)[:500]) from error
        except TransportError as error:
            raise SearchDown(f"{type(error).__name__}: {error}"[:500]) from error

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()


def _is_prefix(name: str) -> bool:
    plain = name.replace("-", "a").replace("_", "a")
    return (
        0 < len(name) <= 100
        and name[0].isalnum()
        and plain.isascii()
        and (plain.isalnum() and plain == plain.lower())
    )
