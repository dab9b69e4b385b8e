"""What the processes of an installation owe each other: locks, ends, quiet starts."""

import ctypes
import fcntl
import gc
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent's thread ends."""

SWITCH_SECONDS = 0.0005
"""Threads hand the interpreter on ten times as often as by default: read p99 26 ms became 13."""

LOOK_SECONDS = 0.05

_LIBC = ctypes.CDLL(None, use_errno=True)
_STARTED_BY = os.getppid()
"""Who was the parent when this program began; another one means that it died."""


class AlreadyServing(Exception):
    """Another process does this for the same data folder; the text says which."""


def end_with_parent(how: int = signal.SIGTERM) -> None:
    """Have the kernel send ``how`` to this process when its parent dies, or has died already."""
    _LIBC.prctl(PR_SET_PDEATHSIG, how, 0, 0, 0)
    forked_by = multiprocessing.parent_process()
    # Not "is it 1": below an init of a container, or a service manager, 1 is who starts us.
    if os.getppid() != (forked_by.pid if forked_by else _STARTED_BY):
        os.kill(os.getpid(), how)


def ending_with_this(how: int = signal.SIGTERM) -> Callable[[], None]:
    """Return what a new process does before its program begins, so that it ends with this one.

    The program need know nothing of it, and there is no moment at which it could be left behind.
    For processes of one thread only, which starts the others and lives as long as they.
    """
    this = os.getpid()

    def arm() -> None:
        _LIBC.prctl(PR_SET_PDEATHSIG, how, 0, 0, 0)
        if os.getppid() != this:
            os._exit(1)

    return arm


def load_in_server() -> None:
    """Do what a server's worker process must do before the application is loaded in it.

    A server forks its workers with its own handlers, which only wake its own loop: until the
    worker listens itself, an order to end would be lost, and so must end it at once.
    """
    quick_switches()
    if multiprocessing.parent_process() is not None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # Only a server that was killed dies before its workers, and then nobody can ask them.
        end_with_parent(signal.SIGKILL)


@contextmanager
def loading() -> Generator[None]:
    """Look for no garbage in the block, which loads a program: nearly all that it makes is kept.

    That took a sixth of the start. What was made is not looked through later either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


class Duty:
    """What this process alone does for a data folder, for as long as it lives."""

    def __init__(self, files: Sequence[int]) -> None:
        """Keep the locked ``files`` open."""
        self.files = list(files)

    def give_up(self) -> None:
        """Let others do it."""
        while self.files:
            os.close(self.files.pop())


def hold_duty(folders: Sequence[Path], duty: str, *, wait_seconds: float = 0.0) -> Duty:
    """Take the locks of ``duty`` in all ``folders`` for the life of this process.

    Args:
        folders: of the installation: its data, and its database where that is elsewhere.
        duty: what is to be done by one process at a time.
        wait_seconds: how long whoever has it may take to end.

    Raises:
        AlreadyServing: another process has it.
    """
    until = time.monotonic() + wait_seconds
    taken = Duty([])
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        file = os.open(folder / f"{duty}.pid", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        taken.files.append(file)
        while not _locked(file):
            if time.monotonic() >= until:
                holder = os.pread(file, 20, 0).decode().strip() or "another process"
                taken.give_up()
                raise AlreadyServing(f"process {holder} is the {duty} of {folder} already")
            time.sleep(LOOK_SECONDS)
    for file in taken.files:
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
    return taken


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def check_port(host: str, port: int, setting: str = "TROVE_PORT") -> None:
    """Make sure that nobody listens at ``host:port``, which ``setting`` names.

    The server binds with SO_REUSEPORT, so that a second one would start silently and take every
    other request.

    Raises:
        AlreadyServing: somebody does, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AlreadyServing(
                f"{host}:{port} cannot be used ({error.strerror}); set {setting} to another"
            ) from None


def quick_switches() -> None:
    """Let threads take turns often; for processes that serve."""
    sys.setswitchinterval(SWITCH_SECONDS)
