"""Processes of an installation of a test's own: started, spoken to, ended, looked for afterwards."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from app.cli import database
from app.cli.demo.bank import free_port
from app.cli.terminal import wired
from app.settings import Settings
from tests.support.near import near_client
from tests.support.people import sign_up_person
from tests.support.waiting import wait_until

START_SECONDS = 90
"""A machine that does much else takes its time."""

END_SECONDS = 20
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Running:
    """One process, told apart for certain: numbers are used again."""

    pid: int
    born: str

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return _born(self.pid) == self.born

    @property
    def command(self) -> str:
        """What it was started as."""
        with contextlib.suppress(OSError):
            raw = Path(f"/proc/{self.pid}/cmdline").read_bytes()
            return raw.replace(b"\0", b" ").decode(errors="replace")
        return ""


@dataclass
class Started:
    """A `trove` process of a test, and what it said."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def told(self) -> str:
        """What it said on standard error."""
        return self.log.read_text(errors="replace")

    def family(self) -> list[Running]:
        """Return it and all processes below it."""
        return family(self.process.pid)

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(END_SECONDS)

    def end(self, how: int = signal.SIGTERM) -> int:
        """Tell it to end; return its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        return self.process.wait(END_SECONDS)

    def status(self) -> int:
        """Wait until it has ended by itself; return its exit status."""
        return self.process.wait(START_SECONDS)


@dataclass
class Installation:
    """A data folder and two ports; `trove` processes that serve them."""

    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    bank_port: int = field(default_factory=free_port)
    started: list[Started] = field(default_factory=list)
    module: str = "app.cli.main"
    """What is run as `trove`; another one may begin otherwise."""

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are started with."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("TROVE_")}
        own = {
            "TROVE_DATA_DIR": str(self.folder),
            "TROVE_PORT": str(self.port),
            "TROVE_SANDBOX_PORT": str(self.bank_port),
            "PYTHONPATH": str(ROOT),
        }
        return {**kept, **own, **self.more}

    @property
    def settings(self) -> Settings:
        """Its settings, for looking into it from this process."""
        return Settings(_env_file=None, data_dir=self.folder)

    def start(self, *words: str, **more: str) -> Started:
        """Start `trove WORDS…`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder.with_name(f"{self.folder.name}-{secrets.token_hex(3)}.log")
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [sys.executable, "-m", self.module, *words],
                env={**self.environment, **more},
                cwd=self.folder.parent,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
            )
        self.started.append(Started(process, log))
        return self.started[-1]

    def serve(self, *words: str, **more: str) -> Started:
        """Start `trove WORDS…`, and wait until the site answers."""
        started = self.start(*(words or ("run",)), **more)
        up = wait_until(lambda: self.answers or started.process.poll() is not None, START_SECONDS)
        assert up, started.told
        assert started.process.poll() is None, started.told
        return started

    def migrate(self) -> None:
        """Make the database."""
        database.migrate(self.settings, tell=lambda _text: None)

    def token(self) -> str:
        """Make an account from beside the server; return a token of theirs."""
        app = wired(self.settings)
        with app.app_context():
            made = sign_up_person(app, f"p{secrets.token_hex(4)}")
        from app import factory

        factory.close(app)
        return made.token

    def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Send a request to the site."""
        with near_client(f"http://127.0.0.1:{self.port}", timeout=20) as client:
            return client.request(method, path, **options)

    @property
    def answers(self) -> bool:
        """Whether the site answers."""
        try:
            return self.send("GET", "/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    @property
    def listens(self) -> bool:
        """Whether anybody takes connections at the site's port."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
        except OSError:
            return False
        return True

    def end(self) -> None:
        """End whatever still runs of it, and all below."""
        left = [one for started in self.started for one in started.family()]
        for one in left:
            if one.alive:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one.pid, signal.SIGKILL)
        for started in self.started:
            started.process.wait(END_SECONDS)


@contextlib.contextmanager
def installation(folder: Path, **more: str) -> Generator[Installation]:
    """Yield an installation in a new folder; none of its processes outlives the block."""
    made = Installation(folder / "data", more)
    try:
        yield made
    finally:
        made.end()


def family(pid: int) -> list[Running]:
    """Return the process ``pid`` and all below it, as they are now."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = path.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found, ahead = [], [pid]
    while ahead:
        one = ahead.pop()
        ahead += parents.get(one, [])
        if born := _born(one):
            found.append(Running(one, born))
    return found


def all_gone(running: list[Running]) -> bool:
    """Wait a while until none of them runs; tell whether that is so."""
    return wait_until(lambda: not any(one.alive for one in running), END_SECONDS)


def _born(pid: int) -> str:
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if state == "Z" else fields[18]
