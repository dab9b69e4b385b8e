"""Payment providers with what a test does on their other side."""

import itertools
import json
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from app.orders.providers.fake import FakeProvider
from app.orders.providers.port import Paid
from app.orders.providers.sandbox import SandboxProvider
from tests.support.sandbox import Sandbox
from tests.support.waiting import wait_until

SECRET = bytes(range(32))
SUM = 9_900
Heard = tuple[dict[str, str], bytes]


@dataclass
class Desk:
    """A provider, and what a test does on its other side."""

    provider: Any
    secret: bytes
    tell_refund: Callable[[str], None]
    notice_of: Callable[[str, Paid], Heard]
    numbers: Iterator[int]

    def number(self, kind: str = "pay") -> str:
        """Return a number that was not used before."""
        return f"{kind}_{next(self.numbers)}"

    def charge(self, fen: int = SUM) -> str:
        """Open a charge; return its number."""
        number = self.number()
        self.provider.open_charge(charge_no=number, amount_fen=fen, description="tea")
        return number

    def paid(self, fen: int = SUM, *, behaviour: str = "normal") -> tuple[str, Paid]:
        """Open a charge and pay it; return its number and what came."""
        number = self.charge(fen)
        self.provider.pay(charge_no=number, behaviour=behaviour)
        return number, self.provider.charge(charge_no=number).payments[-1]

    def refund(self, paid: Paid, fen: int, *, number: str | None = None) -> str:
        """Send money back; return the state."""
        number = number or self.number("ref")
        said = self.provider.refund(refund_no=number, txn_id=paid.txn_id, amount_fen=fen)
        return str(said.state)


@dataclass
class Program:
    """The sandbox as it runs, and the notices that it sent."""

    sandbox: Sandbox
    provider: SandboxProvider
    heard: list[Heard]

    def notice_of(self, charge_no: str, paid: Paid) -> Heard:
        """Wait for the notice of a payment."""
        del paid
        assert wait_until(lambda: self._find(charge_no), 10)
        return self._find(charge_no)[0]

    def _find(self, number: str) -> list[Heard]:
        return [one for one in self.heard if json.loads(one[1]).get("charge_no") == number]


@contextmanager
def listening(answer: Callable[[Heard], tuple[int, bytes]]) -> Generator[int]:
    """Serve POST and GET on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, body = answer((dict(self.headers), self.rfile.read(length)))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_said: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


NUMBERS = itertools.count(1)


def sandbox_desk(program: Program) -> Desk:
    provider = program.provider

    def tell(value: str) -> None:
        provider.tell(what="refund", value=value)

    return Desk(provider, SECRET, tell, program.notice_of, NUMBERS)


def fake_desk() -> Desk:
    fake = FakeProvider()
    says = {"normal": "succeeded", "late": "pending", "fails": "failed"}

    def tell(value: str) -> None:
        fake.refund_says = says[value]

    def notice_of(charge_no: str, paid: Paid) -> Heard:
        return fake.notice(
            "charge.paid", charge_no=charge_no, txn_id=paid.txn_id, amount_fen=paid.amount_fen
        )

    return Desk(fake, fake.secret, tell, notice_of, NUMBERS)
