"""This machine: folders, the user who runs services, processes that are told apart for certain."""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
END_SECONDS = 30
USER = "trove-services"
"""Who runs them where this script runs as root: PostgreSQL and Elasticsearch refuse root."""


def _home() -> Path:
    """Return the folder of the services: of this checkout, and open to `USER` where that is who."""
    if os.getuid() != 0:
        return ROOT / "build" / "services"
    mark = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    return Path("/var/tmp") / f"trove-services-{mark}"


HOME = _home()
CACHE = HOME.parent / "trove-services-cache" if os.getuid() == 0 else HOME / "cache"
"""What was fetched or built, for every checkout."""


class Missing(Exception):
    """Something that the machine must have is not there; the text tells what to install."""


def find(program: str, package: str, *places: str) -> str:
    """Return the path of a program.

    Raises:
        Missing: it is not there; names the package that brings it.
    """
    found = shutil.which(program, path=os.pathsep.join([os.environ.get("PATH", ""), *places]))
    if not found:
        raise Missing(f"{program} is not there: apt-get install {package}")
    return found


def born(pid: int) -> str:
    """Return when a process began, in clock ticks: numbers are used again, these pairs are not."""
    stat = Path(f"/proc/{pid}/stat").read_text()
    state, *fields = stat.rpartition(")")[2].split()
    if state == "Z":
        raise ValueError(pid)
    return fields[18]


def end(pid: int) -> None:
    """End a process and wait for it; kill it when it takes longer than `END_SECONDS`."""
    # PostgreSQL's "fast" end is SIGINT; the others take SIGTERM.
    name = Path(f"/proc/{pid}/comm").read_text().strip()
    os.kill(pid, signal.SIGINT if name == "postgres" else signal.SIGTERM)
    until = time.monotonic() + END_SECONDS
    while Path(f"/proc/{pid}").exists():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > until:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)


def make_user() -> None:
    """Make the user who runs the services, where this script runs as root."""
    if os.getuid() != 0:
        return
    try:
        pwd.getpwnam(USER)
    except KeyError:
        said([find("useradd", "passwd", "/usr/sbin"), "-r", "-M", "-d", str(HOME), USER])
    give_away(HOME)


def user() -> dict[str, int]:
    """Return the options by which a process becomes that user's."""
    if os.getuid() != 0:
        return {}
    who = pwd.getpwnam(USER)
    return {"user": who.pw_uid, "group": who.pw_gid}


def give_away(folder: Path) -> None:
    """Make ``folder`` the property of who runs the services."""
    if os.getuid() == 0:
        who = pwd.getpwnam(USER)
        os.chown(folder, who.pw_uid, who.pw_gid)


def give_tree(folder: Path) -> None:
    """Make all that is in ``folder`` the property of who runs the services."""
    give_away(folder)
    for path in folder.rglob("*"):
        give_away(path)


def as_user(command: Sequence[str]) -> None:
    """Run a command as who runs the services."""
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=False, **user())
    if done.returncode:
        raise Missing(f"{command[0]} failed: {done.stderr[-500:]}")


def said(command: Sequence[str]) -> str:
    """Return what a command prints.

    Raises:
        Missing: it failed; tells how.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Missing(f"{command[0]} failed: {(done.stderr or done.stdout)[-500:]}")
    return done.stdout


@contextlib.contextmanager
def beside(folder: Path) -> Iterator[Path]:
    """Yield an empty folder to make something in; it is gone afterwards, whatever happens."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Keep a second run of this script waiting for the block."""
    with (HOME / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
