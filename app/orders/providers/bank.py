"""The sandbox provider: play money, a program of its own, spoken to over HTTP only.

`python -m app.orders.providers.bank --data DIR --port N --secret-file FILE --notify-url URL`

It can be told to answer late, twice, wrongly or not at all, as a real one does on a bad day
(docs/payments.md).
"""

import argparse
import http.client
import json
import os
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.orders.providers.bank_store import BankStore, Conflict
from app.orders.providers.signing import HEADER, request_text, sign, why_forged
from app.platform.process import end_with_parent

PAYMENTS = frozenset(
    {
        "normal",
        "late",
        "twice",
        "repeated",
        "wrong_amount",
        "too_much",
        "silent",
        "decline",
        "lost_reply",
        "die",
    }
)
REFUNDS = frozenset({"normal", "late", "fails", "lost_reply", "die"})
TOLD = {"payment": PAYMENTS, "refund": REFUNDS}
"""What can be told of the next payment and of the next refund (docs/payments.md)."""

BODY_BYTES_MAX = 10_000
LOOK_SECONDS = 0.05
WAIT_SECONDS_MAX = 60.0


class Bank(ThreadingHTTPServer):
    """The sandbox's server; the standard library's is enough for one shop's play money.

    It starts in a tenth of a second and holds 20 MB, half of what a WSGI server would.
    """

    daemon_threads = True

    def __init__(self, port: int, store: BankStore, secret: bytes, late_seconds: float) -> None:
        """Listen on loopback only."""
        super().__init__(("127.0.0.1", port), _Handler)
        self.store, self.secret, self.late_seconds = store, secret, late_seconds


class _Handler(BaseHTTPRequestHandler):
    server: Bank
    protocol_version = "HTTP/1.1"
    timeout = 30
    """A caller that says nothing more is let go."""

    disable_nagle_algorithm = True
    """Head and body go in two pieces; the second would wait 40 ms for word that the first came."""

    def do_GET(self) -> None:
        """Answer a question."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Do what is asked."""
        self._answer("POST")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Keep quiet: the site logs its own side."""

    def _answer(self, method: str) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not length.isdecimal() or int(length[:9]) > BODY_BYTES_MAX:
            # The body stays unread, so the connection cannot be used again.
            self.close_connection = True
            self._send(413, {"code": "too-large"})
            return
        raw = self.rfile.read(int(length))
        if self.path == "/health":
            self._send(200, {"unsent": self.server.store.unsent()})
            return
        signed = request_text(method, self.path, raw)
        forged = why_forged(self.server.secret, dict(self.headers), signed, now_s=int(time.time()))
        if forged:
            self._send(401, {"code": "forged"})
            return
        try:
            said = self._route(method, self.path.strip("/").split("/"), json.loads(raw or b"{}"))
        except Conflict as conflict:
            self._send(409, {"code": str(conflict)})
        except (LookupError, ValueError, TypeError, OverflowError, RecursionError):
            self._send(400, {"code": "malformed"})
        else:
            if said is None:
                # The work is done and the reply is lost: the caller must ask again.
                self.close_connection = True
                return
            self._send(200, said)

    def _route(self, method: str, path: list[str], said: dict[str, Any]) -> dict[str, Any] | None:
        store = self.server.store
        if path[0] == "behaviour" and method == "POST":
            if said["what"] == "notices":
                store.hurry()
                return {}
            if said["value"] not in TOLD[said["what"]]:
                raise ValueError(said)
            store.tell(said["what"], said["value"])
            return {}
        if path[0] == "charges":
            return self._charges(method, path[1:], said)
        if path[0] == "refunds" and method == "POST":
            state, behaviour = store.refund(
                str(said["refund_no"]),
                str(said["txn_id"]),
                int(said["amount_fen"]),
                self.server.late_seconds,
            )
            return _after_the_work(behaviour, {"state": state})
        if path[0] == "refunds":
            return {"state": store.refund_state(path[1])}
        raise ValueError(path)

    def _charges(self, method: str, path: list[str], said: dict[str, Any]) -> dict[str, Any] | None:
        store = self.server.store
        if not path:
            store.open_charge(
                str(said["charge_no"]), int(said["amount_fen"]), str(said["description"])
            )
            return {}
        if method == "GET":
            return store.charge(path[0])
        if path[1] == "closure":
            store.close_charge(path[0])
            return {}
        behaviour = store.told("payment") or str(said.get("behaviour", "normal"))
        if behaviour not in PAYMENTS:
            raise ValueError(behaviour)
        txns = store.pay(path[0], behaviour, self.server.late_seconds)
        return _after_the_work(behaviour, {"txn_ids": txns})

    def _send(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _after_the_work(behaviour: str, said: dict[str, Any]) -> dict[str, Any] | None:
    """Return the answer, or None for one that is lost; or die between the work and the answer."""
    if behaviour == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    return None if behaviour == "lost_reply" else said


def send_notices(store: BankStore, secret: bytes, url: str, stop: threading.Event) -> None:
    """Send what is due until told to stop; what is not taken is sent again, ever more slowly."""
    while not stop.wait(LOOK_SECONDS):
        for event_id, body, tries in store.due_notices():
            taken = _post(url, body.encode(), secret)
            wait_seconds = min(2.0 ** min(tries, 10), WAIT_SECONDS_MAX)
            store.sent(event_id, taken=taken, wait_seconds=wait_seconds)


def _post(url: str, body: bytes, secret: bytes) -> bool:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port or 80, timeout=10)
    headers = {
        "Content-Type": "application/json",
        HEADER: sign(secret, body, at_s=int(time.time())),
    }
    try:
        connection.request("POST", parts.path, body, headers)
        return 200 <= connection.getresponse().status < 300
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description="The sandbox payment provider")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--notify-url", required=True)
    parser.add_argument("--late-seconds", type=float, default=60.0)
    given = parser.parse_args()
    end_with_parent()
    secret = bytes.fromhex(given.secret_file.read_text().strip())
    store = BankStore(given.data / "sandbox.sqlite")
    server = Bank(given.port, store, secret, given.late_seconds)
    stop = threading.Event()
    sender = threading.Thread(
        target=send_notices, args=(store, secret, given.notify_url, stop), daemon=True
    )
    sender.start()

    def end(_number: int, _frame: object) -> None:
        stop.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server.serve_forever(poll_interval=LOOK_SECONDS)
    sender.join()


if __name__ == "__main__":
    main()
