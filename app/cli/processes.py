"""The processes of an installation: `trove run` supervises web, worker and sandbox.

What supervises imports little: it lives as long as the site, and its memory is nobody's use.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.platform import process
from app.platform.process import check_port, end_with_parent, hold_duty
from app.settings import Settings

LOOK_SECONDS = 0.1
"""A worker that nobody nudges looks this often."""

JOBS_SECONDS = 1.0
GRACE_SECONDS = 10.0
"""How long a process may take to end before it is killed."""

RESTART_SECONDS = 1.0
HEADER_TIMEOUT_MS = 10_000
"""A half-sent request must not hold up the end of the server for the default 30 seconds."""


@dataclass
class _Child:
    """A process that the supervisor keeps running."""

    name: str
    command: Sequence[str]
    process: "subprocess.Popen[bytes] | None" = None
    started: float = field(default=0.0)


def check_free(settings: Settings) -> None:
    """Make sure that nobody serves this folder or listens at its ports.

    Raises:
        AlreadyServing: somebody does.
    """
    os.close(hold_duty(settings.data_dir, "supervisor"))
    check_port(settings.host, settings.port)


def run(settings: Settings, *, tell: Callable[[str], None]) -> int:
    """Run all processes of a small installation until told to stop; return the exit status.

    The database is migrated first, by a process of its own.

    Raises:
        AlreadyServing: the data folder or the port is in use.
    """
    holding = hold_duty(settings.data_dir, "supervisor")
    check_port(settings.host, settings.port)
    children = [
        _Child("worker", [sys.executable, "-m", "app.cli.main", "worker"]),
        _Child("web", [sys.executable, "-m", "app.cli.main", "web"]),
    ]
    if settings.payment == "sandbox":
        check_port("127.0.0.1", settings.bank_port)
        children.insert(0, _Child("sandbox", [sys.executable, "-m", "app.cli.main", "sandbox"]))
    migrated = subprocess.run([sys.executable, "-m", "app.cli.main", "migrate"], check=False)
    if migrated.returncode:
        return migrated.returncode
    stop = _stop_signals()
    tell(_address_line(settings))
    try:
        while not stop:
            for child in children:
                _keep(child, tell)
            time.sleep(LOOK_SECONDS)
    finally:
        _end_all(children)
        os.close(holding)
    return 0


def web(settings: Settings) -> None:
    """Serve the site in this process and its one worker process until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    end_with_parent()
    holding = hold_duty(settings.data_dir, "web")
    check_port(settings.host, settings.port)
    server = Granian(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=settings.threads,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        workers_kill_timeout=int(GRACE_SECONDS) - 2,
        log_enabled=False,
        websockets=False,
    )
    try:
        server.serve()
    finally:
        os.close(holding)


def worker(settings: Settings) -> None:
    """Carry events and run due jobs until told to stop."""
    from app import factory
    from app.platform.db import start_pulse
    from app.web.layer import init_logging

    end_with_parent()
    process.quick_switches()
    init_logging()
    holding = hold_duty(settings.data_dir, "worker")
    stop = _stop_signals()
    still = start_pulse(settings.database)
    app = factory.create_app(settings, index_writes=True, patient=True)
    bell = _bell(settings.data_dir)
    try:
        with app.app_context():
            _work(bell, stop)
    finally:
        still()
        factory.close(app)
        bell.close()
        os.close(holding)


def sandbox(settings: Settings) -> None:
    """Become the sandbox provider, a program of its own."""
    from app.platform.keys import load_keys

    secret = settings.data_dir.absolute() / "sandbox" / "secret"
    secret.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(load_keys(settings.data_dir).derive("sandbox").hex())
    notify = f"http://{settings.host}:{settings.port}/api/v1/payment-callbacks/sandbox"
    command = [sys.executable, "-m", "app.orders.providers.bank", "--data", str(secret.parent)]
    command += ["--port", str(settings.bank_port), "--secret-file", str(secret)]
    os.execv(sys.executable, [*command, "--notify-url", notify])  # noqa: S606 - no shell is wanted


def _work(bell: socket.socket, stop: list[int]) -> None:
    from app import factory
    from app.kernel.problems import Busy
    from app.platform import queue, relay
    from app.platform.leases import FOLDERS_WORKER

    subscribers, jobs = factory.subscribers(), factory.jobs()
    jobs_at = 0.0
    while not stop:
        done = 0
        try:
            done = relay.drain(subscribers, holder=FOLDERS_WORKER)
            if time.monotonic() >= jobs_at:
                done += queue.run_due(jobs, holder=FOLDERS_WORKER)
                jobs_at = time.monotonic() + JOBS_SECONDS
        except Busy:
            # The database is away: what waits there waits for it, and so does this process.
            time.sleep(JOBS_SECONDS)
        if not done and select.select([bell], [], [], LOOK_SECONDS)[0]:
            _quiet(bell)


def _bell(data_dir: Path) -> socket.socket:
    path = data_dir.absolute() / "worker.sock"
    path.unlink(missing_ok=True)
    bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    bell.bind(str(path))
    bell.setblocking(False)
    return bell


def _quiet(bell: socket.socket) -> None:
    with contextlib.suppress(BlockingIOError):
        while True:
            bell.recv(16)


def _stop_signals() -> list[int]:
    stop: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: stop.append(got))
    return stop


def _keep(child: _Child, tell: Callable[[str], None]) -> None:
    if child.process is not None and child.process.poll() is None:
        return
    if child.process is not None:
        if time.monotonic() - child.started < RESTART_SECONDS:
            return
        tell(f"{child.name} ended with status {child.process.returncode}; starting it again")
    # A group of its own: Ctrl-C at the terminal comes to the supervisor, which passes it on.
    child.process = subprocess.Popen(child.command, start_new_session=True)  # noqa: S603 - ours
    child.started = time.monotonic()


def _end_all(children: Sequence[_Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for one in running:
        if one.poll() is None:
            one.send_signal(signal.SIGTERM)
    until = time.monotonic() + GRACE_SECONDS
    for one in running:
        try:
            one.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.kill()
            one.wait()


def _address_line(settings: Settings) -> str:
    parts = [
        "SQLite" if settings.on_sqlite else "PostgreSQL",
        "an S3 bucket" if settings.media_url.startswith("s3:") else "local files",
        "built-in search",
    ]
    if settings.payment == "sandbox":
        parts.append("play money")
    return f"{settings.origin}  ·  {'  ·  '.join(parts)}"
