"""The one WSGI layer: request id, security headers, the access log. No personal data is logged."""

import itertools
import logging
import secrets
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import orjson
from flask import Flask, has_request_context, request

from app.kernel.problems import NotFound
from app.platform.metrics import Counter

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline';"
    " img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; frame-ancestors 'none';"
    " form-action 'self'"
)
HEADERS = [
    ("Content-Security-Policy", CSP),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
]
HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
FLUSH_SECONDS = 0.05
"""Log lines are written in batches: a write a request costs 87 µs, a batched one a tenth."""

REQUESTS = Counter(
    "trove_requests_total", "Requests that were answered.", ("route", "method", "status")
)
SECONDS = Counter(
    "trove_request_seconds_total", "Time until their answers began.", ("route", "method", "status")
)
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Others are counted together: what callers invent must not make series."""

PRIVATE = ("Cache-Control", "private, no-cache")
"""What is answered is for the one who asked, unless the answer says otherwise."""

VARY = ("Vary", "Cookie, Accept-Language, HX-Request")
"""What pages depend on."""

_FIXED = {name.lower() for name, _ in HEADERS}


def headers_for(*, pictures: str) -> list[tuple[str, str]]:
    """Return the headers that every answer has; ``pictures`` is one more origin of images."""
    first, *others = HEADERS
    if not pictures:
        return [first, *others]
    name, policy = first
    return [(name, policy.replace("img-src 'self'", f"img-src 'self' {pictures}")), *others]


class Layer:
    """Wraps the application; `environ["trove.route"]` is what the request matched."""

    def __init__(self, inner: Any, *, secure: bool, pictures: str, log: "AccessLog | None") -> None:
        """Wrap ``inner``.

        Args:
            inner: the application.
            secure: whether the site is reached by https only; adds HSTS.
            pictures: another origin from which pages show pictures, or nothing.
            log: where requests are told; without it nothing is.
        """
        self._inner = inner
        self._headers = headers_for(pictures=pictures)
        if secure:
            self._headers.append(HSTS)
        self._log = log
        # Request ids are told apart, not kept secret: dice at each would let go of the interpreter.
        self._start = f"req_{secrets.token_hex(5)}"
        self._numbers = itertools.count(1)

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        begun = time.perf_counter()
        identity = f"{self._start}{next(self._numbers):010x}"
        environ["trove.request_id"] = identity

        def started(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            kept = self._dressed(headers, page=not environ["PATH_INFO"].startswith("/api/"))
            kept.append(("X-Request-Id", identity))
            took = time.perf_counter() - begun
            method, route = environ["REQUEST_METHOD"], environ.get("trove.route", "")
            labels = (route, method if method in METHODS else "other", status[:3])
            REQUESTS.add(*labels)
            SECONDS.add(*labels, by=took)
            if self._log is not None:
                self._log.add(
                    time=time.time(),
                    request_id=identity,
                    method=method,
                    route=route,
                    status=int(status[:3]),
                    ms=round(took * 1000, 2),
                )
            return start(status, kept, error) if error else start(status, kept)

        answer: Iterable[bytes] = self._inner(environ, started)
        return answer

    def _dressed(self, headers: list[tuple[str, str]], *, page: bool) -> list[tuple[str, str]]:
        """Return ``headers`` with those that every answer has; only a sandbox may be stricter."""
        given = {name.lower() for name, _ in headers}
        if given.isdisjoint(_FIXED):
            kept = headers + self._headers
        else:
            kept = [one for one in headers if one[0].lower() not in _FIXED or "sandbox" in one[1]]
            strict = {name.lower() for name, _ in kept}
            kept += [one for one in self._headers if one[0].lower() not in strict]
        if "cache-control" not in given:
            kept.append(PRIVATE)
        if page:
            kept.append(VARY)
        return kept


class AccessLog:
    """Lines of JSON to standard output, written by a thread of its own."""

    def __init__(self) -> None:
        """Start writing at the first line."""
        self._lines: deque[dict[str, Any]] = deque(maxlen=100_000)
        self._thread: threading.Thread | None = None

    def add(self, **line: str | float) -> None:
        """Add a line; it is written within `FLUSH_SECONDS`."""
        self._lines.append(line)
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, daemon=True, name="access-log")
            self._thread.start()

    def _write(self) -> None:
        while True:
            time.sleep(FLUSH_SECONDS)
            lines = []
            while self._lines:
                lines.append(orjson.dumps(self._lines.popleft()))
            if lines:
                sys.stdout.buffer.write(b"\n".join(lines) + b"\n")
                sys.stdout.buffer.flush()


class JsonLines(logging.Formatter):
    """Log records as lines of JSON, with the request id where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if has_request_context():
            line["request_id"] = request_id()
        for name in ("topics", "outage", "job", "code"):
            if hasattr(record, name):
                line[name] = getattr(record, name)
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str).decode()


def init_logging(level: int = logging.INFO) -> None:
    """Send all logs of this process to standard error as JSON lines."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    root = logging.getLogger("trove")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False


def init_layer(app: Flask, *, secure: bool, log: AccessLog | None, pictures: str = "") -> None:
    """Put the layer round ``app``."""
    app.wsgi_app = Layer(app.wsgi_app, secure=secure, pictures=pictures, log=log)  # type: ignore[assignment,method-assign] # Flask's documented way

    @app.before_request
    def route() -> None:
        incoming = request._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - the proxy's own way out
        incoming.environ["trove.route"] = incoming.url_rule.rule if incoming.url_rule else ""
        if "\0" in incoming.path:
            # Nothing has such an id, and PostgreSQL could not even be asked for it.
            raise NotFound


def request_id() -> str:
    """Return the id of the request that is being served."""
    return str(request.environ.get("trove.request_id", "")) if has_request_context() else ""
