"""A closed-loop HTTP client: as many requests as so many kept-alive connections can carry.

One thread, raw sockets: what it spends per request is a few microseconds, so that the server is
what is measured. It checks the status of every answer.
"""

import selectors
import socket
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A request to repeat, ready to send."""

    name: str
    port: int
    request: bytes


def get(name: str, port: int, path: str, *, cookie: str = "", accept: str = "*/*") -> Target:
    """Return a GET of ``path``; ``cookie`` as the header has it."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Accept: {accept}"]
    lines += [f"Cookie: {cookie}"] if cookie else []
    return Target(name, port, ("\r\n".join(lines) + "\r\n\r\n").encode())


class _Connection:
    """One socket; a request is under way on it all the time."""

    def __init__(self, target: Target) -> None:
        self.socket = socket.create_connection(("127.0.0.1", target.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.request = target.request
        self.got = bytearray()
        self.whole = 0
        self.sent_at = 0.0

    def send(self) -> None:
        """Ask once more."""
        self.got.clear()
        self.whole = 0
        self.sent_at = time.perf_counter()
        self.socket.sendall(self.request)

    def receive(self) -> bool:
        """Take what came; return whether the answer is whole."""
        self.got += self.socket.recv(1 << 18)
        if not self.whole:
            end = self.got.find(b"\r\n\r\n")
            if end < 0:
                return False
            head = bytes(self.got[:end]).lower()
            if not head.startswith(b"http/1.1 200"):
                raise RuntimeError(bytes(self.got[:300]).decode(errors="replace"))
            place = head.index(b"content-length:") + 15
            self.whole = end + 4 + int(head[place:].split(b"\r\n", 1)[0])
        return len(self.got) >= self.whole


@dataclass(frozen=True, slots=True)
class Answered:
    """What a round brought: requests a second, and the time of single ones in seconds."""

    rate: float
    p50_s: float
    p99_s: float


def press(target: Target, *, seconds: float, connections: int) -> Answered:
    """Ask for ``seconds`` and until one is answered, one at a time on each of ``connections``."""
    waiting = selectors.DefaultSelector()
    open_ = [_Connection(target) for _ in range(connections)]
    for one in open_:
        waiting.register(one.socket, selectors.EVENT_READ, one)
        one.send()
    took: list[float] = []
    begun = time.perf_counter()
    end = begun + seconds
    while (now := time.perf_counter()) < end or not took:
        for key, _ in waiting.select(timeout=1):
            one = key.data
            if one.receive():
                took.append(time.perf_counter() - one.sent_at)
                one.send()
    rate = len(took) / (now - begun)
    for one in open_:
        one.socket.close()
    waiting.close()
    took.sort()
    return Answered(rate, took[len(took) // 2], took[len(took) * 99 // 100])


def once(target: Target) -> bytes:
    """Return the body of one answer."""
    one = _Connection(target)
    one.socket.setblocking(True)
    one.send()
    while not one.receive():
        pass
    one.socket.close()
    return bytes(one.got[one.got.index(b"\r\n\r\n") + 4 :])
