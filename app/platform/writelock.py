"""One writer at a time, over all processes: a lock in the process and an flock beside the file.

SQLite 3.7.0 to 3.51.2 can lose committed data when connections checkpoint and write at once;
whoever writes or checkpoints holds this lock, so that it cannot happen. It also keeps the
waiting fair and bounded: 5 seconds, then the caller answers 503.

As every writer comes by, the lock also counts them, in memory that all processes share: whoever
keeps an answer can tell for a tenth of a microsecond whether the database may have changed since.
"""

import fcntl
import mmap
import os
import threading
import time
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

from app.kernel.problems import Busy

DEADLINE_SECONDS = 5.0
"""How long a writer waits; a process stopped with the lock in hand must not hang the site."""

POLL_SECONDS = 0.001
"""flock has no deadline of its own, so it is polled; the pair costs about 1 µs when free."""


COUNTER_BYTES = 8


class OpenLock:
    """No lock: the database itself takes care of writers, wherever they are."""

    def held(self) -> AbstractContextManager[None]:
        """Hold nothing."""
        return nullcontext()


class WriteLock:
    """A lock over all threads and processes that write one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Make the lock file when it is not there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._pid = os.getpid()
        self._threads = threading.Lock()
        if os.fstat(self._file).st_size < COUNTER_BYTES:
            os.ftruncate(self._file, COUNTER_BYTES)
        self._count = memoryview(mmap.mmap(self._file, COUNTER_BYTES)).cast("Q")

    @property
    def generation(self) -> int | None:
        """A number that is another one after every write; None while somebody writes."""
        count: int = self._count[0]
        return None if count & 1 else count

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock for the block.

        Raises:
            Busy: another writer held it for `DEADLINE_SECONDS`.

        """
        until = time.monotonic() + DEADLINE_SECONDS
        if not self._threads.acquire(timeout=DEADLINE_SECONDS):
            raise Busy
        try:
            self._take_file(until)
            # Odd while somebody writes; one that is killed leaves it so, and the next mends it.
            self._count[0] |= 1
            try:
                yield
            finally:
                self._count[0] += 1
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._threads.release()

    def _take_file(self, until: float) -> None:
        if self._pid != os.getpid():
            # A forked child shares the parent's open file, and with it the parent's lock.
            self._file = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
            self._pid = os.getpid()
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > until:
                    raise Busy from None
                time.sleep(POLL_SECONDS)
            else:
                return
