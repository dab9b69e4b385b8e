"""A server that says what it is told to, for answers that a real one gives too rarely to wait for."""

import json
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = tuple[int, Any]
Say = Callable[[str, str, bytes], Answer]
"""From method, path and body to status and JSON."""


@contextmanager
def stub(
    say: Say, *, headers: dict[str, str], heard: list[dict[str, str]] | None = None
) -> Generator[str]:
    """Serve ``say`` on a port of this machine; yield its address.

    What callers send as headers is added to ``heard``.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            if heard is not None:
                heard.append({name.lower(): told for name, told in self.headers.items()})
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, told = say(self.command, self.path, body)
            out = json.dumps(told).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(out))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(out)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its base's name
            """Say nothing."""

    for verb in ("GET", "POST", "PUT", "DELETE", "HEAD"):
        setattr(Handler, f"do_{verb}", Handler.answer)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
