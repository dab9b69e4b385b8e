"""What the processes of an installation owe each other: locks, ends, quiet starts."""

import ctypes
import fcntl
import os
import signal
import socket
import sys
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent's thread ends."""

SWITCH_SECONDS = 0.0005
"""Threads hand the interpreter on ten times as often as by default: read p99 26 ms became 13."""


class AlreadyServing(Exception):
    """Another process does this for the same data folder; the text says which."""


def end_with_parent(how: int = signal.SIGTERM) -> None:
    """Have the kernel send ``how`` to this process when its parent dies."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_PDEATHSIG, how, 0, 0, 0)
    if os.getppid() == 1:
        # The parent died before the call: nobody will send the signal any more.
        os.kill(os.getpid(), how)


def hold_duty(data_dir: Path, duty: str) -> int:
    """Take the lock of ``duty`` in the data folder for the life of this process.

    Returns:
        The open file that holds it; closing it gives the duty up.

    Raises:
        AlreadyServing: another process has it.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    file = os.open(data_dir / f"{duty}.pid", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(file, 20).decode().strip() or "another process"
        os.close(file)
        raise AlreadyServing(
            f"process {holder} is the {duty} of {data_dir} already; stop it first"
        ) from None
    os.ftruncate(file, 0)
    os.write(file, f"{os.getpid()}\n".encode())
    return file


def check_port(host: str, port: int) -> None:
    """Make sure that nobody listens at ``host:port``.

    The server binds with SO_REUSEPORT, so that a second one would start silently and take every
    other request.

    Raises:
        AlreadyServing: somebody does.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AlreadyServing(
                f"{host}:{port} cannot be used ({error.strerror}); set TROVE_PORT to another"
            ) from None


def quick_switches() -> None:
    """Let threads take turns often; for processes that serve."""
    sys.setswitchinterval(SWITCH_SECONDS)
