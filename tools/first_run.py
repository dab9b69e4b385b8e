"""Live the first five minutes as a newcomer does, and tell how long each step took.

`python3 tools/first_run.py` clones this checkout's HEAD into a folder of its own and types
`make run` there with an empty environment, an empty HOME and no cache: once undisturbed, once more
after that, and then, from nothing again, killed three times at random moments and resumed. The log
it prints is the one in docs/first-run.md.
"""

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CORES = {0, 1}
LIMIT_SECONDS = 300
KILLS = 3

CERTIFICATES = "NODE_EXTRA_CA_CERTS"
"""Handed on where it is set: behind a proxy that reads along, nothing can be fetched without."""


def main() -> int:
    """Run it all; 1 when a step failed or took more than five minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1000))
    seed = parser.parse_args().seed
    with _newcomer() as folder:
        first = _served(folder, "first run, nothing there")
        again = _served(folder, "second run")
    with _newcomer() as folder:
        _killed(folder, random.Random(seed), first, seed)
        _served(folder, "resumed")
    return int(first > LIMIT_SECONDS or again > first)


@contextmanager
def _newcomer() -> Iterator[Path]:
    """Yield a folder with a clone, and an empty HOME."""
    folder = Path(tempfile.mkdtemp(prefix="newcomer-"))
    try:
        words = ["git", "clone", "--quiet", str(ROOT), str(folder / "trove")]
        subprocess.run(words, check=True)
        (folder / "home").mkdir()
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _begin(folder: Path, port: int) -> "subprocess.Popen[str]":
    given = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(folder / "home"),
        "TROVE_PORT": str(port),
        "TROVE_SANDBOX_PORT": str(_free_port()),
    }
    if certificates := os.environ.get(CERTIFICATES):
        given[CERTIFICATES] = certificates
    return subprocess.Popen(
        ["make", "--no-print-directory", "run"],
        cwd=folder / "trove",
        env=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=_on_two_cores,  # noqa: PLW1509 - no threads are begun before it
    )


def _on_two_cores() -> None:
    allowed = CORES & os.sched_getaffinity(0)
    os.sched_setaffinity(0, allowed or os.sched_getaffinity(0))


def _served(folder: Path, what: str) -> float:
    """Type `make run`, wait until the feed is served, end it by Ctrl-C; return the seconds."""
    print(f"\n# {what}\n$ make run", flush=True)
    port = _free_port()
    begun = time.monotonic()
    process = _begin(folder, port)
    reader = threading.Thread(target=_tell, args=(process, begun))
    reader.start()
    while process.poll() is None and not _answers(port):
        time.sleep(0.1)
    took = time.monotonic() - begun
    if process.poll() is not None:
        reader.join()
        sys.exit(f"{what}: ended with {process.returncode} after {took:.0f} s")
    print(f"[{took:5.1f} s] the feed is served", flush=True)
    os.killpg(process.pid, signal.SIGINT)
    process.wait(30)
    reader.join()
    return took


def _killed(folder: Path, chance: random.Random, whole: float, seed: int) -> None:
    """Kill the run, and all it started, at random moments; each goes on from the last."""
    for place in range(1, KILLS + 1):
        moment = chance.uniform(0.05, 0.9) * whole / (1 if place == 1 else 2)
        print(f"\n# killed after {moment:.1f} s ({place} of {KILLS}, seed {seed})\n$ make run")
        process = _begin(folder, _free_port())
        begun = time.monotonic()
        reader = threading.Thread(target=_tell, args=(process, begun))
        reader.start()
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        reader.join()
        print(f"[{time.monotonic() - begun:5.1f} s] killed", flush=True)


def _tell(process: "subprocess.Popen[str]", begun: float) -> None:
    assert process.stdout
    for line in process.stdout:
        if line.strip() and not line.startswith("{"):
            print(f"[{time.monotonic() - begun:5.1f} s] {line.rstrip()}", flush=True)


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
