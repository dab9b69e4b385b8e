"""Who shops in a storm: each order is sent again under the same keys until it is acknowledged."""

import json
import secrets
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.orders.providers.signing import HEADER, sign
from tests.support.near import near_client

CALLBACK = "/api/v1/payment-callbacks/sandbox"
PATIENCE_SECONDS = 20
AGAIN_SECONDS = 0.25
GIVE_UP_SECONDS = 60
"""An order that is not through by then is a fault."""


@dataclass(frozen=True)
class Buyer:
    """Somebody with a token and an address."""

    headers: Mapping[str, str]
    address_id: str


@dataclass(frozen=True)
class Paid:
    """What was acknowledged: a checkout that is placed and paid."""

    checkout_id: str
    charge: str
    total_fen: int


@dataclass
class Log:
    """What clients were told, all of them together."""

    paid: list[Paid] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    read_seconds: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Answers of 500 and above other than 503, in their own words."""

    answered_at: float = 0.0
    """When a read was last answered well."""

    silence_seconds: float = 0.0
    """The longest time in which none was, whatever died, and however long it went on answering."""

    _lock: threading.Lock = field(default_factory=threading.Lock)

    def told(self, status: int, what: str) -> None:
        """Note an answer; 0: none came."""
        with self._lock:
            self.statuses[status] += 1
            if status >= 500 and status != 503:
                self.refused.append(what[:300])

    def read(self, took: float) -> None:
        """Note a read that was answered."""
        with self._lock:
            self.read_seconds.append(took)
            now = time.monotonic()
            if self.answered_at:
                self.silence_seconds = max(self.silence_seconds, now - self.answered_at)
            self.answered_at = now


class Line:
    """A client's connections, one a thread, and what it is told."""

    def __init__(self, url: str, log: Log) -> None:
        """Speak to the site at ``url``."""
        self._url, self.log = url, log
        self._own = threading.local()
        self._all: set[httpx.Client] = set()

    def close(self) -> None:
        """Give all connections back."""
        for client in self._all:
            client.close()

    def send(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        """Send a request; None where no answer came."""
        if not hasattr(self._own, "client"):
            self._own.client = near_client(self._url, timeout=PATIENCE_SECONDS)
            self._all.add(self._own.client)
        try:
            said: httpx.Response = self._own.client.request(method, path, **more)
        except httpx.HTTPError:
            self._own.client.close()
            self._all.discard(self._own.client)
            del self._own.client
            self.log.told(0, path)
            return None
        self.log.told(said.status_code, f"{method} {path}: {said.text}")
        return said

    def read(self, path: str) -> None:
        """Read a page or a resource, once."""
        begun = time.perf_counter()
        said = self.send("GET", path)
        if said is not None and said.status_code == 200:
            self.log.read(time.perf_counter() - begun)

    def insist(self, method: str, path: str, **more: Any) -> Any:
        """Send until there is an answer that will not change; return its body.

        Raises:
            TimeoutError: there was none for `GIVE_UP_SECONDS`.
        """
        until = time.monotonic() + GIVE_UP_SECONDS
        while time.monotonic() < until:
            said = self.send(method, path, **more)
            if said is not None and said.status_code < 400:
                return said.json() if said.content else {}
            if said is not None and said.status_code not in (409, 503):
                raise TimeoutError(f"{path}: {said.status_code} {said.text[:200]}")
            time.sleep(AGAIN_SECONDS)
        raise TimeoutError(path)

    def buy(self, buyer: Buyer, sku_id: str, secret: bytes) -> None:
        """Place a checkout and have it paid; note it once both are acknowledged."""
        key = secrets.token_hex(8)
        wanted = {"lines": [{"sku_id": sku_id, "quantity": 1}]}
        try:
            seen = self.insist(
                "POST", "/api/v1/checkouts/previews", json=wanted, headers=buyer.headers
            )
            made = self.insist(
                "POST",
                "/api/v1/checkouts",
                json={"preview": seen["preview"], "address_id": buyer.address_id},
                headers={**buyer.headers, "Idempotency-Key": key},
            )
            paid = Paid(made["id"], made["payment"]["id"], made["total_fen"])
            self.insist("POST", CALLBACK, **_notice(paid, key, secret))
        except TimeoutError as error:
            self.log.given_up.append(str(error))
            return
        self.log.paid.append(paid)


def _notice(paid: Paid, key: str, secret: bytes) -> dict[str, Any]:
    said = {"charge_no": paid.charge, "txn_id": f"txn-{key}", "amount_fen": paid.total_fen}
    body = json.dumps({"event_id": f"evt_{key}", "type": "charge.paid", **said}).encode()
    headers = {HEADER: sign(secret, body, at_s=int(time.time()))}
    return {"content": body, "headers": {**headers, "Content-Type": "application/json"}}
