"""An installation as one runs it: `trove run` with all its processes, in a folder of its own.

What the commands do beside it, they do as an operator would: each in a process of its own.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from tests.support import engines
from tests.support.search_engines import elastic_url
from tests.support.waiting import wait_until

START_SECONDS = 60
STOP_SECONDS = 20
COMMAND_SECONDS = 300
"""The demo's town is made in a minute; on a busy machine in several."""


@dataclass(frozen=True)
class Site:
    """A site that is served; ``environment`` are its settings, and those of its commands."""

    environment: Mapping[str, str]
    origin: str
    log: Path

    def trove(self, *words: str) -> Any:
        """Run `trove WORDS… --json`, which must go well; return what it answered."""
        done = self.command(*words, "--json")
        assert done.returncode == 0, f"trove {' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run `trove WORDS…`, however it goes."""
        return subprocess.run(
            [sys.executable, "-m", "app.cli.main", *words],
            env=dict(self.environment),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )

    def rows(self, statement: str, **given: object) -> Sequence[Any]:
        """Read the database beside the site, which cannot be written this way."""
        engine = create_engine(self._address)
        try:
            with engine.connect() as connection:
                return connection.execute(text(statement), given).all()
        finally:
            engine.dispose()

    @property
    def _address(self) -> str:
        if url := self.environment.get("TROVE_DATABASE_URL"):
            read_only = "options=-c%20default_transaction_read_only%3Don"
            return url.replace("postgresql:", "postgresql+psycopg:", 1) + f"?{read_only}"
        file = Path(self.environment["TROVE_DATA_DIR"]) / "trove.sqlite"
        return f"sqlite:///file:{file}?mode=ro&uri=true"


@contextmanager
def open_site(folder: Path, *, town: bool = False, **settings: str) -> Generator[Site]:
    """Serve a new installation in ``folder``, with the demo's town where that is wanted.

    It must end in order when the block does.
    """
    with contextlib.ExitStack() as stack:
        port, bank_port = _free_ports()
        given = {
            "TROVE_DATA_DIR": str(folder / "data"),
            "TROVE_PORT": str(port),
            "TROVE_SANDBOX_PORT": str(bank_port),
            "TROVE_TESTING": "true",
            **settings,
        }
        if engines.SCALE:
            given |= {
                "TROVE_DATABASE_URL": stack.enter_context(engines.fresh_database(bare=True)),
                "TROVE_SEARCH_URL": stack.enter_context(elastic_url()),
                "TROVE_MEDIA_URL": engines.fresh_bucket(),
                "TROVE_REDIS_URL": engines.emptied_redis(),
            }
        if town:
            given["TROVE_DEMO"] = "true"
        site = Site({**os.environ, **given}, f"http://127.0.0.1:{port}", folder / "log")
        if town:
            _bring_town(site)
        stack.enter_context(_running(site))
        yield site


def _bring_town(site: Site) -> None:
    """Make the demo's town as in a small installation; move it where this one keeps its data."""
    engine = ("TROVE_DATABASE_URL", "TROVE_SEARCH_URL", "TROVE_MEDIA_URL", "TROVE_REDIS_URL")
    small = replace(
        site,
        environment={name: one for name, one in site.environment.items() if name not in engine},
    )
    small.trove("demo", "seed")
    if "TROVE_DATABASE_URL" in site.environment:
        small.trove("move", "database", site.environment["TROVE_DATABASE_URL"])
        small.trove("move", "pictures", site.environment["TROVE_MEDIA_URL"])
        site.trove("reindex")


@contextmanager
def _running(site: Site) -> Generator[None]:
    command = [sys.executable, "-m", "app.cli.main", "run"]
    with site.log.open("wb") as log:
        process = subprocess.Popen(
            command, env=dict(site.environment), stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until(lambda: process.poll() is not None or _answers(site), START_SECONDS)
        assert _answers(site), site.log.read_text()
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            status = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert status == 0, site.log.read_text()
    for name in ("TROVE_PORT", "TROVE_SANDBOX_PORT"):
        assert not _listens(int(site.environment[name])), f"something still listens at {name}"


def _answers(site: Site) -> bool:
    try:
        with urllib.request.urlopen(site.origin, timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])
