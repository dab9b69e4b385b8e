"""The processes of an installation: `trove run` supervises web, workers and sandbox.

What supervises loads the site once, and the others are forked from it: they begin at once, and
share what was loaded. It opens nothing itself, and never has a second thread.
"""

import contextlib
import multiprocessing
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path

from setproctitle import setproctitle

from app.cli import preflight
from app.cli.refusals import tell, told
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

STOPS = (signal.SIGTERM, signal.SIGINT)
LOOPBACK = "127.0.0.1"
PROGRAM = "app.cli.main"
"""The module that is run as `trove`."""


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
        _become(kind, settings)
    elif status := run(settings, tell=tell):
        raise SystemExit(status)


@dataclass
class _Child:
    """A process that the supervisor keeps running."""

    name: str
    start: Callable[[], BaseProcess]
    process: BaseProcess | None = None
    started: float = field(default=0.0)
    failures: int = field(default=0)

    def begin(self) -> None:
        """Start it."""
        self.process, self.started = self.start(), time.monotonic()


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
    names = ["worker"] * settings.worker_processes + ["web"]
    if settings.payment == "sandbox":
        names.insert(0, "sandbox")
    children = [_Child(name, partial(_fork, name, settings, holding)) for name in names]
    status = 0
    try:
        if settings.payment == "sandbox":
            # A program of its own, which needs nothing of what is loaded now.
            children[0].begin()
        migrating = None if preflight.is_newest(settings) else _migrating()
        _load()
        status = _wait(migrating, stop) if migrating else 0
        if not stop and not status:
            tell(_address_line(settings))
        while not stop and not status:
            for child in children:
                status = status or _keep(child, tell)
            time.sleep(LOOK_SECONDS)
    finally:
        _end_all(children)
        holding.give_up()
    return 0 if stop else status


def web(settings: Settings) -> None:
    """Serve the site in this process and its worker processes until told to stop."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    # On several machines, or ports, any number of processes may serve one PostgreSQL.
    holding = hold_duty(settings.folders, "web") if settings.on_sqlite else Duty([])
    check_port(settings.host, settings.port)
    # Its processes are forked from this one, and share it.
    _load()
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
    for number in STOPS:
        signal.signal(number, lambda got, _frame: stop.append(got))
    return stop


def _load() -> None:
    with process.loading():
        from app import factory

        factory.load_edges()


def _migrating() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own program, and no word of a stranger's
        [sys.executable, "-m", PROGRAM, "migrate"],
        # A group of its own: Ctrl-C at the terminal comes to the supervisor, which passes it on.
        start_new_session=True,
        preexec_fn=process.ending_with_this(),  # noqa: PLW1509 - this process has one thread
    )


def _wait(migrating: "subprocess.Popen[bytes]", stop: Sequence[int]) -> int:
    """Wait until the database is migrated; return the status with which all are to end, or 0."""
    while migrating.poll() is None:
        time.sleep(LOOK_SECONDS)
        if stop:
            migrating.terminate()
    return migrating.returncode


def _fork(kind: str, settings: Settings, holding: Duty) -> BaseProcess:
    """Fork what becomes ``kind``; it lets go of ``holding``, which is the supervisor's alone."""
    arm = process.ending_with_this()

    def begin() -> None:
        arm()
        os.setsid()
        holding.give_up()
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
        setproctitle(f"trove {kind}")
        with told():
            _become(kind, settings)

    made = multiprocessing.get_context("fork").Process(target=begin, name=kind)
    # What came before the child has handlers of its own would be told to those of this one, and
    # be lost.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    try:
        made.start()
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)
    return made


def _become(kind: str, settings: Settings) -> None:
    {"web": web, "worker": worker, "sandbox": sandbox}[kind](settings)


def _keep(child: _Child, tell: Callable[[str], None]) -> int:
    """Start ``child`` where it does not run; return the status with which all are to end, or 0."""
    if child.process is None:
        child.begin()
        return 0
    status = child.process.exitcode
    if status is None:
        return 0
    if status == REFUSED:
        return REFUSED
    ran = time.monotonic() - child.started
    if ran >= STEADY_SECONDS:
        child.failures = 0
    if ran >= min(RESTART_SECONDS * 2**child.failures, RESTART_SECONDS_MAX):
        tell(f"{child.name} ended with status {status}; starting it again")
        child.failures += 1
        child.begin()
    return 0


def _end_all(children: Sequence[_Child]) -> None:
    """End them one by one, so that who is asked outlives who asks: web, worker, sandbox."""
    until = time.monotonic() + GRACE_SECONDS
    kinds = dict.fromkeys(child.name for child in reversed(children))
    for kind in kinds:
        running = [one.process for one in children if one.name == kind and one.process]
        for one in running:
            one.terminate()
        for one in running:
            one.join(max(0.1, until - time.monotonic()))
            if one.is_alive():
                one.kill()
                one.join()


def _address_line(settings: Settings) -> str:
    parts = [
        "SQLite" if settings.on_sqlite else "PostgreSQL",
        "an S3 bucket" if settings.media_url.startswith("s3:") else "local files",
        "built-in search" if settings.search_inside else "Elasticsearch",
    ]
    if settings.payment == "sandbox":
        parts.append("play money")
    return f"{settings.origin}  ·  {'  ·  '.join(parts)}"
