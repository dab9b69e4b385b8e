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

_START = secrets.token_hex(5)
_numbers = itertools.count(1)
"""Request ids are told apart, not kept secret: dice at each would let go of the interpreter."""

_FIXED = {name.lower() for name, _ in HEADERS}


class Layer:
    """Wraps the application; `environ["trove.route"]` is what the request matched."""

    def __init__(self, inner: Any, *, secure: bool, log: "AccessLog | None") -> None:
        """Wrap ``inner``; ``secure`` adds HSTS; without ``log`` nothing is logged."""
        self._inner = inner
        self._headers = [*HEADERS, HSTS] if secure else HEADERS
        self._log = log

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        """Serve one request."""
        begun = time.perf_counter()
        identity = f"req_{_START}{next(_numbers):010x}"
        environ["trove.request_id"] = identity

        def started(status: str, headers: list[tuple[str, str]], error: Any = None) -> Any:
            kept = [
                pair for pair in headers if pair[0].lower() not in _FIXED or "sandbox" in pair[1]
            ]
            if len(kept) == len(headers):
                kept += self._headers
            else:
                given = {name.lower() for name, _ in kept}
                kept += [pair for pair in self._headers if pair[0].lower() not in given]
            kept.append(("X-Request-Id", identity))
            if self._log is not None:
                took = round((time.perf_counter() - begun) * 1000, 2)
                route = environ.get("trove.route", "")
                self._log.add(identity, environ["REQUEST_METHOD"], route, int(status[:3]), took)
            return start(status, kept, error) if error else start(status, kept)

        answer: Iterable[bytes] = self._inner(environ, started)
        return answer


class AccessLog:
    """Lines of JSON to standard output, written by a thread of its own."""

    def __init__(self) -> None:
        """Start writing at the first line."""
        self._lines: deque[tuple[float, str, str, str, int, float]] = deque(maxlen=100_000)
        self._thread: threading.Thread | None = None

    def add(self, identity: str, method: str, route: str, status: int, took_ms: float) -> None:
        """Add a line; it is written within `FLUSH_SECONDS`."""
        self._lines.append((time.time(), identity, method, route, status, took_ms))
        if self._thread is None:
            self._thread = threading.Thread(target=self._write, daemon=True, name="access-log")
            self._thread.start()

    def _write(self) -> None:
        names = ("time", "request_id", "method", "route", "status", "ms")
        while True:
            time.sleep(FLUSH_SECONDS)
            lines = []
            while self._lines:
                lines.append(orjson.dumps(dict(zip(names, self._lines.popleft(), strict=True))))
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


def init_layer(app: Flask, *, secure: bool, log: AccessLog | None) -> None:
    """Put the layer round ``app``."""
    app.wsgi_app = Layer(app.wsgi_app, secure=secure, log=log)  # type: ignore[assignment,method-assign] # Flask's documented way

    @app.before_request
    def route() -> None:
        request.environ["trove.route"] = request.url_rule.rule if request.url_rule else ""


def request_id() -> str:
    """Return the id of the request that is being served."""
    return str(request.environ.get("trove.request_id", "")) if has_request_context() else ""
