"""Something between the site and a service, that can be told to hold its tongue or to be gone."""

import contextlib
import select
import socket
import threading
from collections.abc import Generator
from urllib.parse import urlsplit


class Between:
    """Forwards bytes from a port of its own to a service on this machine."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._flows = threading.Event()
        self._flows.set()
        self._gone = False
        threading.Thread(target=self._accept, daemon=True).start()

    def hold(self) -> None:
        """Forward nothing from now on, and keep every connection open: a stopped server."""
        self._flows.clear()

    def leave(self) -> None:
        """Cut every connection, and refuse new ones: a dead server."""
        self._gone = True
        self._cut()

    def come_back(self) -> None:
        """Serve again."""
        self._gone = False
        self._flows.set()

    def close(self) -> None:
        """End for good."""
        self._gone = True
        self._flows.set()
        self._listener.close()
        self._cut()

    def _cut(self) -> None:
        for pair in self._pairs:
            for one in pair:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        self._pairs.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._gone:
                near.close()
                continue
            try:
                far = socket.create_connection(self._target)
            except OSError:
                near.close()
                continue
            self._pairs.append((near, far))
            threading.Thread(target=self._forward, args=(near, far), daemon=True).start()

    def _forward(self, near: socket.socket, far: socket.socket) -> None:
        other = {near: far, far: near}
        with near, far:
            while True:
                ready, _, _ = select.select(list(other), [], [])
                self._flows.wait()
                for one in ready:
                    try:
                        told = one.recv(65_536)
                        if told:
                            other[one].sendall(told)
                    except OSError:
                        return
                    if not told:
                        return


@contextlib.contextmanager
def between(url: str) -> Generator[tuple[Between, str]]:
    """Yield the proxy before the service at ``url``, and the address by which it is reached."""
    parts = urlsplit(url)
    assert parts.hostname
    assert parts.port
    proxy = Between(parts.hostname, parts.port)
    try:
        yield proxy, url.replace(f":{parts.port}", f":{proxy.port}", 1)
    finally:
        proxy.close()
