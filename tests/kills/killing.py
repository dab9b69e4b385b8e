"""Ending a process at its n-th call that changes a file, as a power cut would end it there.

`strace` counts the calls of one thread and kills the whole process as it enters the chosen one.
Between two of these calls nothing on the disk changes, so that a kill anywhere else is one of these.
"""

import os
import re
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.processes import Installation, family
from tests.support.waiting import wait_until

CALLS = (
    "pwrite64,pwritev,write,writev,fdatasync,fsync,ftruncate,fallocate,rename,renameat,renameat2,"
    "unlink,unlinkat,link,linkat,mkdir,mkdirat,rmdir,flock"
)
"""Also `flock`: who may write is decided there."""

FILLING = "pwrite64,pwritev,fdatasync,fsync,ftruncate,fallocate,rename,renameat,mkdir"
"""Calls that a full or broken disk refuses; not `write`, by which threads wake each other too."""

ATTACH_SECONDS = 20
END_SECONDS = 60


def may_trace() -> bool:
    """Tell whether this machine has `strace` and lets it look into processes."""
    try:
        done = subprocess.run(
            ["strace", "-qq", "-e", "trace=none", "true"], capture_output=True, check=False
        )
    except FileNotFoundError:
        # Where it is installed for this, its absence is a fault.
        return os.environ.get("TROVE_CI") == "1"
    return done.returncode == 0


@dataclass(frozen=True)
class Traced:
    """A thread of a process that `strace` looks into."""

    tracer: "subprocess.Popen[bytes]"
    log: Path

    def calls(self) -> list[str]:
        """Let go of the thread; return what it called."""
        if self.tracer.poll() is None:
            self.tracer.send_signal(signal.SIGINT)
        self.tracer.wait(ATTACH_SECONDS)
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if re.match(r"\d*\s*\w+\(", line)]


def attach(
    thread: int, log: Path, *, kill_at: int = 0, error: str = "", children: bool = False
) -> Traced:
    """Look into a thread that waits.

    With ``kill_at``, kill its process at that call; with ``error``, let every write to a file fail
    so, until one lets go.
    """
    command = ["strace", "-qq", "-o", str(log), "-e", f"trace={CALLS}"]
    command += ["-f"] if children else []
    if kill_at:
        command += ["-e", f"inject={CALLS}:signal=SIGKILL:when={kill_at}"]
    if error:
        command += ["-e", f"inject={FILLING}:error={error}"]
    tracer = subprocess.Popen([*command, "-p", str(thread)], stderr=subprocess.DEVNULL)
    threads = [Path(f"/proc/{thread}")]
    if children:
        threads = list(Path(f"/proc/{thread}/task").iterdir())

    def traced() -> bool:
        said = [(one / "status").read_text() for one in threads]
        return all(f"TracerPid:\t{tracer.pid}\n" in one for one in said)

    if not wait_until(traced, ATTACH_SECONDS):
        tracer.kill()
        tracer.wait()
        raise AssertionError("strace does not reach the process")
    return Traced(tracer, log)


def writing_thread(place: Installation, pid: int, write: Callable[[], object]) -> int:
    """Return the thread of a process that writes the database when ``write`` is done."""
    log = place.folder.with_name(f"writes-{pid}.log")
    traced = attach(pid, log, children=True)
    write()
    traced.calls()
    lines = log.read_text().splitlines()
    return next(int(line.split()[0]) for line in lines if "pwrite64(" in line)


def serving(place: Installation, pid: int) -> int:
    """Return the process below `trove web` that serves."""
    return max(one.pid for one in family(pid) if "resource_tracker" not in one.command)


def run_until(
    words: Sequence[str], place: Installation, log: Path, *, kill_at: int = 0
) -> tuple[int, list[str]]:
    """Run `trove WORDS…`, killed at that call; return its status and the calls it made."""
    command = ["strace", "-qq", "-o", str(log), "-e", f"trace={CALLS}"]
    if kill_at:
        command += ["-e", f"inject={CALLS}:signal=SIGKILL:when={kill_at}"]
    done = subprocess.run(
        [*command, sys.executable, "-m", "app.cli.main", *words],
        env=place.environment,
        cwd=place.folder.parent,
        capture_output=True,
        check=False,
        timeout=END_SECONDS,
    )
    return done.returncode, log.read_text(errors="replace").splitlines()


def start_traced(
    words: Sequence[str], place: Installation, log: Path, *, kill_at: int = 0
) -> "subprocess.Popen[bytes]":
    """Start `trove WORDS…` with all its threads looked into; each has a count of its own."""
    command = ["strace", "-qq", "-f", "-o", str(log), "-e", f"trace={CALLS}"]
    if kill_at:
        command += ["-e", f"inject={CALLS}:signal=SIGKILL:when={kill_at}"]
    return subprocess.Popen(
        [*command, sys.executable, "-m", "app.cli.main", *words],
        env=place.environment,
        cwd=place.folder.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def most_calls(log: Path) -> int:
    """Return how many calls the busiest thread made."""
    counted = Counter(line.split()[0] for line in log.read_text(errors="replace").splitlines())
    return max(counted.values(), default=0)


def send_and_close(port: int, method: str, path: str, **more: Any) -> None:
    """Send a request, and hang up before anything is answered."""
    request = httpx.Request(method, f"http://127.0.0.1:{port}{path}", **more)
    head = [f"{method} {path} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in request.headers.items()]
    with socket.create_connection(("127.0.0.1", port), timeout=ATTACH_SECONDS) as line:
        line.sendall(("\r\n".join(head) + "\r\n\r\n").encode() + request.read())
