"""The web process's side of the picture child.

The kernel ends a child when the *thread* that started it ends, so one long-lived thread owns it and
speaks to it; requests hand it their work and wait.
"""

import contextlib
import os
import queue
import select
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from media.decode import receive, send
from media.rendered import Rendered

SECONDS = 10.0
"""How long one picture may take."""

PICTURES_A_CHILD = 100
"""Codecs leak a little; a child is not kept for ever."""

WAITING_MAX = 16
"""More pictures than this are refused at once: their requests would hold threads for nothing."""

_ROOT = Path(__file__).resolve().parents[1]


class PictureRefused(Exception):
    """The file is not taken; ``code`` says why."""

    def __init__(self, code: str) -> None:
        """Keep the code."""
        super().__init__(code)
        self.code = code


class PictureWorkerDown(Exception):
    """The child died over this picture twice, took too long, or has too much to do."""


@dataclass(frozen=True, slots=True)
class _Work:
    data: bytes
    seconds: float
    done: "Future[Rendered]"


class PictureChild:
    """Renders pictures in a process with limits of its own; started at the first picture."""

    def __init__(self, command: Callable[[], list[str]] | None = None) -> None:
        """Use another ``command`` in tests only."""
        self._command = command or (lambda: [sys.executable, "-m", "media.decode"])
        self._work: queue.Queue[_Work | None] = queue.Queue(WAITING_MAX)
        self._process: subprocess.Popen[bytes] | None = None
        self._rendered = 0
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._owner = os.getpid()
        self.busy = False

    @property
    def pid(self) -> int | None:
        """The child's process id, where it runs."""
        return self._process.pid if self._process else None

    def render(self, data: bytes, *, seconds: float = SECONDS) -> Rendered:
        """Return the renditions of an uploaded file.

        Raises:
            PictureRefused: the file is not taken.
            PictureWorkerDown: it could not be worked on; sending it again may help.
        """
        self._start()
        work = _Work(data, seconds, Future())
        try:
            self._work.put_nowait(work)
        except queue.Full:
            raise PictureWorkerDown("too many pictures wait") from None
        return work.done.result()

    def close(self) -> None:
        """End the child and the thread; what waits is answered first."""
        with self._starting:
            thread, self._thread = self._thread, None
        if thread is not None and self._owner == os.getpid():
            self._work.put(None)
            thread.join()

    def _start(self) -> None:
        with self._starting:
            if self._owner != os.getpid():
                # After a fork the thread and the child are the parent's.
                self._work, self._process = queue.Queue(WAITING_MAX), None
                self._thread, self._owner = None, os.getpid()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            self.busy = True
            try:
                work.done.set_result(self._twice(work))
            except (PictureRefused, PictureWorkerDown) as error:
                work.done.set_exception(error)
            finally:
                self.busy = False
        self._end()

    def _twice(self, work: _Work) -> Rendered:
        try:
            return self._once(work)
        except (BrokenPipeError, EOFError, ConnectionError):
            # Somebody else killed the child in mid-work: the picture may be innocent.
            self._end()
        try:
            return self._once(work)
        except (BrokenPipeError, EOFError, ConnectionError) as error:
            self._end()
            raise PictureWorkerDown("the picture child died twice") from error

    def _once(self, work: _Work) -> Rendered:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        send(process.stdin, {}, (work.data,))
        frame = self._answer(process, work.seconds)
        header, blobs = frame
        self._rendered += 1
        if self._rendered >= PICTURES_A_CHILD:
            self._end()
        if "refused" in header:
            raise PictureRefused(str(header["refused"]))
        widths = [int(str(width)) for width in header["widths"]]  # type: ignore[attr-defined] # a list, as sent
        return Rendered(
            width=int(str(header["width"])),
            height=int(str(header["height"])),
            color=str(header["color"]),
            renditions=dict(zip(widths, blobs, strict=True)),
        )

    def _answer(
        self, process: "subprocess.Popen[bytes]", seconds: float
    ) -> tuple[dict[str, object], list[bytes]]:
        assert process.stdout is not None
        ready, _, _ = select.select([process.stdout], [], [], seconds)
        if not ready:
            self._end()
            raise PictureWorkerDown(f"the picture took over {seconds} seconds")
        frame = receive(process.stdout)
        if frame is None:
            raise EOFError
        return frame

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "PYTHONPATH": str(_ROOT)}
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd="/",
        )
        self._rendered = 0
        self._answer(self._process, SECONDS)
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                if pipe is not None:
                    pipe.close()
        process.wait()
