"""Processes that race beside the server, started by the tests: `python -m tests.races.beside WORD`.

`release` does the clock's work of releasing money when it is told to; `relay` carries events, as a
worker does, with a subscriber more that notes in the database what it was given. Several relays run
at once, also where a lock lets one worker run: what is raced is what stands behind that lock.
"""

import os
import signal
import sys
import threading

from tests.races import twins

if __name__ == "__main__":
    twins.plant(os.environ.get("TROVE_TEST_TWIN", ""))

from app import factory
from app.events import base
from app.orders import jobs
from app.platform import relay
from app.platform.process import quick_switches
from app.platform.subscribers import Delivered, Projector, Subscriber
from app.platform.uow import UnitOfWork
from app.settings import read_settings

LOOK_SECONDS = 0.05
"""A relay with nothing to do looks this often."""

SEEN = "CREATE TABLE IF NOT EXISTS races_seen (event_id TEXT, holder TEXT)"


def _note(uow: UnitOfWork, event: Delivered) -> None:
    uow.session.connection().exec_driver_sql(
        f"INSERT INTO races_seen VALUES ('{event.event_id}', '{os.getpid()}')"
    )


def subscribers() -> list[Subscriber]:
    """Return all projectors, and the one that notes; what feeds a sink needs no relay's race."""
    topics = frozenset(base.TOPICS)
    ours = [one for one in factory.subscribers() if isinstance(one, Projector)]
    return [*ours, Projector("races.seen", topics, _note)]


def _release() -> None:
    for _line in sys.stdin:
        try:
            said = str(jobs.release_due())
        except Exception as fault:  # noqa: BLE001 - the race answers for it, not this process
            said = f"{type(fault).__name__}: {fault}".splitlines()[0]
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


def _relay() -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    wanted = subscribers()
    while not stop.is_set():
        if not relay.drain(wanted, holder=f"races:{os.getpid()}"):
            stop.wait(LOOK_SECONDS)


def main() -> None:
    """Do what the word says until told to stop."""
    quick_switches()
    app = factory.create_app(read_settings(), patient=True)
    with app.app_context():
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        {"release": _release, "relay": _relay}[sys.argv[1]]()


if __name__ == "__main__":
    main()
