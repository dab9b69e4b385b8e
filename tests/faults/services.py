"""The services of this checkout, each to be stopped, ended and begun again."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parents[2] / "tools" / "services"


def require(name: str) -> None:
    """Skip the test where this checkout's own service does not run; in CI fail it."""
    if _run("pid", name).returncode == 0:
        return
    reason = f"{name} was not started by `make services` of this checkout"
    if os.environ.get("TROVE_CI") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def end(name: str) -> None:
    """End a service in order."""
    assert _run("down", name).returncode == 0


def begin(name: str) -> None:
    """Begin a service, and wait until it is well."""
    done = _run("up", name)
    assert done.returncode == 0, done.stderr


@contextmanager
def stopped(name: str) -> Generator[None]:
    """Have every process of a service stand still for the block; none of them dies."""
    first = int(_run("pid", name).stdout)
    held = _family(first)
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in reversed(held):
            os.kill(pid, signal.SIGCONT)


def _run(*words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(PROGRAM), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _family(first: int) -> list[int]:
    """Return a process and all that descend from it, parents first."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # It ended meanwhile.
        children.setdefault(int(fields[1]), []).append(int(entry.name))
    found = [first]
    for one in found:
        found += children.get(one, [])
    return found
