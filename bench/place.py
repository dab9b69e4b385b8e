"""Where the benches run: a demo town in a folder of its own, and servers on free ports."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask

from app import factory
from app.cli.demo.seed import make_town
from app.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a whole town in it; ``urls``: the services that it stands on, by setting."""

    folder: Path
    settings: Settings
    urls: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What a process of this town is started with."""
        kept = {name: text for name, text in os.environ.items() if not name.startswith("TROVE_")}
        own = {"TROVE_DATA_DIR": str(self.settings.data_dir), "TROVE_LIMITS": "false"}
        own |= self.urls
        return {**kept, **own, "TROVE_DEMO": "true", "BENCH_BODY": str(self.folder / "body")}


@contextmanager
def town() -> Generator[Place]:
    """Yield a new town; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="trove-bench-") as name:
        folder = Path(name)
        settings = Settings(data_dir=folder / "data", demo=True, limits=False)
        make_town(settings, tell=lambda _text: None)
        (folder / "body").write_bytes(b"{}")
        yield Place(folder, settings)


@contextmanager
def inside(place: Place, *, index_writes: bool = False) -> Generator[Flask]:
    """Yield the application in this process, for what is measured without HTTP."""
    app = factory.create_app(place.settings, index_writes=index_writes)
    with app.app_context():
        yield app
    factory.close(app)


@contextmanager
def server(place: Place, target: str, *, threads: int, processes: int = 1) -> Generator[int]:
    """Serve ``target`` in processes of its own; yield its port once it answers."""
    port = free_port()
    command = [sys.executable, "-m", "bench.serve", target]
    command += ["--port", str(port), "--threads", str(threads), "--processes", str(processes)]
    with subprocess.Popen(
        command, cwd=ROOT, env=place.environment, stdout=subprocess.DEVNULL
    ) as process:
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=20)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not start (status {process.poll()})")
