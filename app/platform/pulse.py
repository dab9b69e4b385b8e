"""Is PostgreSQL there? A thread asks it, so that nobody waits for a server that says nothing.

A server that is stopped, and not dead, is noticed by no time limit of its own nor of TCP's: its
kernel still answers. Whoever waits for it is let go, and whoever comes is told at once.
"""

import contextlib
import os
import socket
import threading
import weakref
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future, InvalidStateError
from typing import Any, TypeVar

import psycopg
from psycopg.errors import OperationalError

EVERY_SECONDS = 0.3
ANSWER_SECONDS = 1.2
"""With the pause before it this stays below the two seconds in which readers are answered."""

SILENT = "the database does not answer just now"

C = TypeVar("C", bound="psycopg.Connection[Any]")


class Asking(psycopg.Connection[Any]):
    """A connection for asking whether the server answers, and nothing else."""

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """Wait no longer than `ANSWER_SECONDS`."""
        return super().wait(gen, interval=interval, timeout=timeout or ANSWER_SECONDS)


class Pulse:
    """Whether the database answers just now, and who waits for it."""

    def __init__(self) -> None:
        """Know of nobody; ask nothing until `start`."""
        self.silent = False
        self._watched: weakref.WeakSet[psycopg.Connection[Any]] = weakref.WeakSet()
        self._connecting: weakref.WeakSet[Future[Any]] = weakref.WeakSet()
        # A set that grows while it is looked through would end the thread that asks.
        self._sets = threading.Lock()
        self._stop: threading.Event | None = None

    def connected(self, connect: Callable[[], C]) -> C:
        """Return what ``connect`` makes; whoever waits for that, or on it, is let go at silence.

        Nothing breaks off psycopg while it connects, so a thread of its own does; a connection that
        comes too late is closed.

        Raises:
            OperationalError: the server cannot be reached, or is silent.
        """
        coming: Future[C] = Future()
        with self._sets:
            self._connecting.add(coming)
        if self.silent:
            raise OperationalError(SILENT)
        threading.Thread(target=_fulfil, args=(coming, connect), daemon=True).start()
        try:
            connection = coming.result()
        except CancelledError:
            raise OperationalError(SILENT) from None
        with self._sets:
            self._watched.add(connection)
        return connection

    def start(self, given: Mapping[str, Any]) -> Callable[[], None]:
        """Begin to ask the server that ``given`` leads to; return what ends it."""
        self._stop = threading.Event()
        asking = threading.Thread(
            target=self._ask, args=(dict(given), self._stop), daemon=True, name="pulse"
        )
        asking.start()

        def end() -> None:
            assert self._stop is not None
            self._stop.set()
            asking.join()
            self.silent = False

        return end

    def _ask(self, given: dict[str, Any], stop: threading.Event) -> None:
        connection: Asking | None = None
        while not stop.is_set():
            try:
                if connection is None:
                    connection = Asking.connect(**given, autocommit=True)
                connection.execute("SELECT 1")
                self.silent = False
            except psycopg.Error:
                if connection is not None:
                    # Closing it in order would tell the server, which does not listen.
                    connection.pgconn.finish()
                    connection = None
                self.silent = True
                self._let_go()
            stop.wait(EVERY_SECONDS)
        if connection is not None:
            connection.close()

    def _let_go(self) -> None:
        with self._sets:
            connecting, watched = list(self._connecting), list(self._watched)
        for coming in connecting:
            coming.cancel()
        for one in watched:
            if one.closed or one.pgconn.transaction_status != psycopg.pq.TransactionStatus.ACTIVE:
                continue
            with contextlib.suppress(OSError, psycopg.Error):
                line = socket.socket(fileno=os.dup(one.fileno()))
                with line:
                    line.shutdown(socket.SHUT_RDWR)


def _fulfil(coming: Future[C], connect: Callable[[], C]) -> None:
    try:
        connection = connect()
    except BaseException as error:  # noqa: BLE001 - whoever waits is to have it, whatever it is
        with contextlib.suppress(InvalidStateError):
            coming.set_exception(error)
        return
    try:
        coming.set_result(connection)
    except InvalidStateError:
        connection.close()


PULSE = Pulse()
"""One a process, as the database is."""
