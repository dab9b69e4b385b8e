"""Twenty clients that send what they have to send at one moment, and note what they were told."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.support.near import near_client
from tests.support.people import Person

CLIENTS = 20
PATIENCE_SECONDS = 30
BUSY_TRIES = 10
BUSY_SECONDS = 0.2
"""Who is told that the site is busy (503) sends the same again, as Retry-After asks."""


@dataclass(frozen=True)
class Call:
    """A request that somebody sends; with ``act`` something else that is done at that moment."""

    method: str = ""
    path: str = ""
    who: Person | None = None
    body: object = None
    key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    act: Callable[[], object] | None = None


@dataclass(frozen=True)
class Answer:
    """What was answered to a call."""

    call: Call
    status: int
    body: Any
    text: str

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""

    @property
    def told(self) -> str:
        """What stands in a report."""
        said = self.code or self.text[:60]
        return f"{self.call.method} {self.call.path} → {self.status} {said}"


class Crowd:
    """The clients, each with a connection and a thread of its own."""

    def __init__(self, url: str, size: int = CLIENTS) -> None:
        """Let ``size`` clients speak to the site at ``url``."""
        self._clients = [near_client(url, timeout=PATIENCE_SECONDS) for _ in range(size)]
        self._pool = ThreadPoolExecutor(size)
        self.busy = 0

    def at_once(self, calls: Sequence[Call]) -> list[Answer]:
        """Send all ``calls`` at one moment; return the answers in their order."""
        assert len(calls) <= len(self._clients)
        barrier = threading.Barrier(len(calls))

        def go(place: int) -> Answer:
            barrier.wait(PATIENCE_SECONDS)
            return self._send(self._clients[place], calls[place])

        return list(self._pool.map(go, range(len(calls))))

    def one(self, call: Call) -> Answer:
        """Send one call, after all others."""
        return self._send(self._clients[0], call)

    def close(self) -> None:
        """Give threads and connections back."""
        self._pool.shutdown()
        for client in self._clients:
            client.close()

    def _send(self, client: httpx.Client, call: Call) -> Answer:
        if call.act is not None:
            return Answer(call, 0, call.act(), "")
        headers = dict(call.headers)
        if call.who is not None:
            headers |= call.who.bearer
        if call.key:
            headers["Idempotency-Key"] = call.key
        content = call.raw
        if call.body is not None:
            content = json.dumps(call.body).encode()
            headers["Content-Type"] = "application/json"
        for _ in range(BUSY_TRIES):
            said = client.request(call.method, call.path, content=content, headers=headers)
            if said.status_code != 503:
                break
            self.busy += 1
            threading.Event().wait(BUSY_SECONDS)
        is_json = said.content and "json" in said.headers.get("content-type", "")
        return Answer(call, said.status_code, said.json() if is_json else None, said.text)


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    """Return how often each status was answered."""
    counted: dict[int, int] = {}
    for one in answers:
        counted[one.status] = counted.get(one.status, 0) + 1
    return counted


def unexpected(answers: Sequence[Answer], allowed: Mapping[int, str | None]) -> list[str]:
    """Return the answers whose status, or code, is none of ``allowed``; None allows any code."""
    return [
        one.told
        for one in answers
        if one.status not in allowed or allowed[one.status] not in (None, one.code)
    ]
