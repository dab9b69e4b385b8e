"""The processes of an installation: `trove run` supervises web, workers and sandbox.

What supervises imports little: it lives as long as the site, and its memory is nobody's use.
"""

import contextlib
import os
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.cli.refusals import tell
from app.platform import process
from app.platform.process import Duty, check_port, hold_duty
from app.settings import Settings, settings_or_exit

LOOK_SECONDS = 0.1
"""A worker that nobody nudges looks this often."""

JOBS_SECONDS = 1.0
GRACE_SECONDS = 10.0
"""How long a process may take to end before it is killed."""

RESTART_SECONDS = 1.0
RESTART_SECONDS_MAX = 30.0
"""What ends at each start is started ever more slowly."""

STEADY_SECONDS = 10.0
"""What ran for so long did not fail at its start."""

REFUSED = 2
"""How a process ends that cannot work as it is set: starting it again does not help."""

HEADER_TIMEOUT_MS = 10_000
"""A half-sent request must not hold up the end of the server for the default 30 seconds."""

LOOPBACK = "127.0.0.1"
PROGRAM = "app.cli.main"
"""The module that each process is started as."""


KINDS = ("run", "web", "worker", "sandbox")
"""What `begin` can become."""


def begin(kind: str) -> None:
    """Read the settings, and be one of `KINDS` until told to stop.

    Raises:
        SystemExit: it ended otherwise.
        AlreadyServing: another process has what this one needs.
        Refused: it cannot work as it is set.
    """
    settings = settings_or_exit()
    if kind != "run":
        {"web": web, "worker": worker, "sandbox": sandbox}[kind](settings)
    elif status := run(settings, tell=tell):
        raise SystemExit(status)


@dataclass
class _Child:
    """A process that the supervisor keeps running."""

    name: str
    process: "subprocess.Popen[bytes] | None" = None
    started: float = field(default=0.0)
    failures: int = field(default=0)

    @property
    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


def check_free(settings: Settings) -> None:
    """Make sure that nobody serves this folder or listens at its ports.

    Those who are ending are waited for: their supervisor may have been killed just now.

    Raises:
        AlreadyServing: somebody does.
    """
    hold_duty(settings.folders, "supervisor").give_up()
    for duty in ("web", "worker", "sandbox"):
        hold_duty(settings.folders, duty, wait_seconds=GRACE_SECONDS).give_up()
    check_port(settings.host, settings.port)
    if settings.payment == "sandbox":
        check_port(LOOPBACK, settings.bank_port, "TROVE_SANDBOX_PORT")


def run(settings: Settings, *, tell: Callable[[str], None]) -> int:
    """Run all processes of an installation until told to stop; return the exit status.

    The database is migrated first where it is not of the newest revision, by a process of its own.

    Raises:
        AlreadyServing: the data folder or the port is in use.
    """
    check_free(settings)
    holding = hold_duty(settings.folders, "supervisor")
    stop = _stop_signals()
    if not is_newest(settings):
        migrated = _start("migrate")
        while migrated.poll() is None:
            time.sleep(LOOK_SECONDS)
            if stop:
                migrated.terminate()
        if stop or migrated.returncode:
            return 0 if stop else migrated.returncode
    children = [_Child("worker") for _ in range(settings.worker_processes)]
    children.append(_Child("web"))
    if settings.payment == "sandbox":
        children.insert(0, _Child("sandbox"))
    tell(_address_line(settings))
    status = 0
    try:
        while not stop and not status:
            for child in children:
                status = status or _keep(child, tell)
            time.sleep(LOOK_SECONDS)
    finally:
        _end_all(children)
        holding.give_up()
    return status


def is_newest(settings: Settings) -> bool:
    """Tell, in a moment, whether the database needs no migration; False where only those can tell.

    What migrates takes half a second to say the same.
    """
    if not settings.on_sqlite or not settings.database_path.exists():
        return False
    versions = Path(__file__).parents[2] / "migrations" / "versions"
    newest = max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))
    where = f"{settings.database_path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(where, uri=True)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return False
    return bool(found == [(newest,)])


def web(settings: Settings) -> None:
    """Serve the site in this process and its worker processes until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    from app.cli import preflight

    # On several machines, or ports, any number of processes may serve one PostgreSQL.
    holding = hold_duty(settings.folders, "web") if settings.on_sqlite else Duty([])
    check_port(settings.host, settings.port)
    with process.loading():
        # Here, and not by each of its processes: they are forked from this one, and share it.
        from app import factory

        factory.load_edges()
    preflight.check_apart(settings)
    counted = preflight.claim_limits(settings)
    server = Granian(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_processes,
        blocking_threads=settings.threads,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        workers_kill_timeout=int(GRACE_SECONDS) - 2,
        log_enabled=False,
        websockets=False,
    )
    try:
        server.serve()
    finally:
        counted()
        holding.give_up()


def worker(settings: Settings) -> None:
    """Carry events and run due jobs until told to stop."""
    with process.loading():
        from app import factory
        from app.cli import preflight
        from app.platform.db import start_pulse
        from app.platform.leases import name_of_this_process
        from app.web.layer import init_logging

        process.quick_switches()
        init_logging()
        holding = hold_duty(settings.folders, "worker") if settings.one_worker else Duty([])
        stop = _stop_signals()
        preflight.check(settings)
        still = start_pulse(settings.database)
        app = factory.create_app(settings, index_writes=True, patient=True)
    app.extensions["trove_counts"].begin("worker")
    bell = _bell(settings.data_dir)
    try:
        with app.app_context():
            _work(bell, stop, name_of_this_process(alone=settings.on_sqlite))
    finally:
        still()
        factory.close(app)
        bell.close()
        holding.give_up()


def sandbox(settings: Settings) -> None:
    """Become the sandbox provider, a program of its own."""
    from app.platform.keys import load_keys

    holding = hold_duty(settings.folders[:1], "sandbox")
    check_port(LOOPBACK, settings.bank_port, "TROVE_SANDBOX_PORT")
    for held in holding.files:
        os.set_inheritable(held, True)
    secret = settings.data_dir.absolute() / "sandbox" / "secret"
    secret.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(load_keys(settings.data_dir).derive("sandbox").hex())
    notify = f"http://{settings.host}:{settings.port}/api/v1/payment-callbacks/sandbox"
    command = [sys.executable, "-m", "app.orders.providers.bank", "--data", str(secret.parent)]
    command += ["--port", str(settings.bank_port), "--secret-file", str(secret)]
    os.execv(sys.executable, [*command, "--notify-url", notify])  # noqa: S606 - no shell is wanted


def _work(bell: socket.socket, stop: list[int], holder: str) -> None:
    from app import factory
    from app.kernel.problems import Busy
    from app.platform import leases, queue, relay
    from app.platform.uow import transact

    subscribers, jobs = factory.subscribers(), factory.jobs()
    jobs_at = 0.0
    while not stop:
        done = 0
        try:
            done = relay.drain(subscribers, holder=holder)
            if time.monotonic() >= jobs_at:
                done += queue.run_due(jobs, holder=holder)
                jobs_at = time.monotonic() + JOBS_SECONDS
        except Busy:
            # The database is away: what waits there waits for it, and so does this process.
            time.sleep(JOBS_SECONDS)
        if not done and select.select([bell], [], [], LOOK_SECONDS)[0]:
            _quiet(bell)
    # Others need not wait until the leases of this process expire; if the database is away they do.
    with contextlib.suppress(Busy):
        transact(lambda uow: leases.give_up(uow, holder=holder))


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


def _start(command: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-m", PROGRAM, command],
        # A group of its own: Ctrl-C at the terminal comes to the supervisor, which passes it on.
        start_new_session=True,
        preexec_fn=process.ending_with_this(),  # noqa: PLW1509 - this process has one thread
    )


def _keep(child: _Child, tell: Callable[[str], None]) -> int:
    """Start ``child`` where it does not run; return the status with which all are to end, or 0."""
    now = time.monotonic()
    if child.process is None:
        child.process, child.started = _start(child.name), now
    elif child.ended:
        status = child.process.returncode
        if status == REFUSED:
            return REFUSED
        if now - child.started >= STEADY_SECONDS:
            child.failures = 0
        wait = min(RESTART_SECONDS * 2**child.failures, RESTART_SECONDS_MAX)
        if now - child.started >= wait:
            tell(f"{child.name} ended with status {status}; starting it again")
            child.failures += 1
            child.process, child.started = _start(child.name), now
    return 0


def _end_all(children: Sequence[_Child]) -> None:
    """End them one by one, so that who is asked outlives who asks: web, worker, sandbox."""
    until = time.monotonic() + GRACE_SECONDS
    kinds = dict.fromkeys(child.name for child in reversed(children))
    for kind in kinds:
        running = [one.process for one in children if one.name == kind and one.process]
        for one in running:
            if one.poll() is None:
                one.send_signal(signal.SIGTERM)
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
        "built-in search" if settings.search_inside else "Elasticsearch",
    ]
    if settings.payment == "sandbox":
        parts.append("play money")
    return f"{settings.origin}  ·  {'  ·  '.join(parts)}"
