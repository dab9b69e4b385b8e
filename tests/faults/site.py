"""A site of its own on the real services: a web and a worker process, over HTTP."""

import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg

from app.cli.demo.bank import free_port
from tests.support.engines import emptied_redis, fresh_bucket, service_url
from tests.support.search_engines import elastic_url
from tests.support.waiting import wait_until

START_SECONDS = 60


@dataclass
class Site:
    """Where it is, and its processes."""

    url: str
    processes: "list[subprocess.Popen[bytes]]"

    @property
    def answers(self) -> bool:
        """Whether its front page is served."""
        try:
            return httpx.get(f"{self.url}/", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False


@contextmanager
def serving(folder: Path) -> Generator[Site]:
    """Yield a site with a database, an index and a bucket of its own; they are gone after."""
    server = service_url("DATABASE")
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    port = free_port()
    with elastic_url() as search_url:
        environment = {
            "PATH": os.environ["PATH"],
            "TROVE_DATA_DIR": str(folder / "data"),
            "TROVE_DATABASE_URL": re.sub(r"/[^/]*$", f"/{name}", server),
            "TROVE_SEARCH_URL": search_url.partition("?")[0],
            "TROVE_MEDIA_URL": fresh_bucket(),
            "TROVE_REDIS_URL": emptied_redis(),
            "TROVE_PAYMENT": "none",
            "TROVE_LOCALE": "en",
            "TROVE_PORT": str(port),
        }
        site = Site(f"http://127.0.0.1:{port}", [])
        try:
            _trove(environment, folder, "migrate").wait(START_SECONDS)
            site.processes += [_trove(environment, folder, one) for one in ("worker", "web")]
            assert wait_until(lambda: site.answers, START_SECONDS), _log(folder)
            yield site
        finally:
            for process in site.processes:
                process.send_signal(signal.SIGTERM)
            for process in site.processes:
                process.wait(START_SECONDS)
            # A connection of now: the service may have been ended and begun since.
            with psycopg.connect(server, autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _trove(environment: dict[str, str], folder: Path, word: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "app.cli.main", word]
    with (folder / f"{word}.log").open("ab") as log:
        return subprocess.Popen(command, env=environment, stdout=log, stderr=log)


def _log(folder: Path) -> str:
    return "\n".join(path.read_text()[-2_000:] for path in sorted(folder.glob("*.log")))
