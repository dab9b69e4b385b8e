"""A storm: readers and buyers who come whatever happens, and processes killed under them.

Arrivals are open: so many a second, however slow the answers. Afterwards the clients' own log is the
judge: everything that was acknowledged is there, once, and every rule holds.
"""

import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from app.cli import deep
from app.ledger import api as ledger
from app.platform.uow import snapshot
from tests.kills.ground import opened
from tests.storm.buyers import Buyer, Line, Log
from tests.support.people import sign_up_person
from tests.support.processes import Installation, Started, family
from tests.support.town import add_address, open_shop, publish, stock_thing
from tests.support.waiting import wait_until

SETTINGS = {"TROVE_PAYMENT": "sandbox", "TROVE_LIMITS": "false", "TROVE_TESTING": "true"}
BUYERS = 12
GOODS = 8
READERS, SHOPPERS = 24, 48
"""So many at a time; who waits for an order to go through keeps no reader from coming."""

QUEUE_MOST = 240
"""Readers who come while so many are waited for leave again: a machine that answers fewer than come
would have them wait without end. They are told in the report."""

TWICE = "checkouts more than were asked for"
RECOVERY_SECONDS = 10
AWAY_SECONDS = 60
DRAIN_SECONDS = 120
SAMPLE_SECONDS = 2.0


@dataclass(frozen=True)
class Plan:
    """How long, how much, how rough."""

    seconds: float
    reads: float = 200
    orders: float = 10
    kill_every: float = 20
    recovery: float = RECOVERY_SECONDS
    """So many seconds after a kill, reads must be answered again."""


@dataclass
class Outcome:
    """What a storm brought."""

    log: Log
    left: int = 0
    """Readers who left because too many waited before them."""

    kills: int = 0
    recoveries: list[float] = field(default_factory=list)
    memory_mib: list[float] = field(default_factory=list)
    wal_mib: list[float] = field(default_factory=list)
    awaiting: bool = False
    """Whether something was killed and no read has been answered since."""

    wrong: list[str] = field(default_factory=list)

    def told(self) -> str:
        """Return the figures, for people."""
        took = sorted(self.log.read_seconds)
        half, last = took[len(took) // 2] * 1e3, took[len(took) * 99 // 100] * 1e3
        return "\n".join(
            [
                f"acknowledged orders {len(self.log.paid)}, given up {len(self.log.given_up)}",
                f"reads {len(took)}, left {self.left}, p50 {half:.1f} ms, p99 {last:.1f} ms",
                f"answers by status {dict(sorted(self.log.statuses.items()))}",
                f"kills {self.kills}, longest recovery {max(self.recoveries, default=0):.1f} s",
                f"longest silence {self.log.silence_seconds:.1f} s",
                f"memory {self.memory_mib[0]:.0f} → {self.memory_mib[-1]:.0f} MiB",
                f"WAL at most {max(self.wal_mib):.1f} MiB",
                f"wrong: {self.wrong or 'nothing'}",
            ]
        )


@dataclass
class Town:
    """Who buys what."""

    buyers: list[Buyer]
    skus: list[str]
    paths: list[str]
    secret: bytes


def prepare(place: Installation) -> Town:
    """Make the town that the storm comes over."""
    place.migrate()
    with opened(place.folder, index_writes=False) as app:
        keeper = sign_up_person(app, "keeper", creator=True)
        shop = open_shop(keeper, "shop")
        things = [stock_thing(shop, f"Thing {n}", stock=1_000_000) for n in range(GOODS)]
        notes = [publish(keeper, one, title=f"Note {n}") for n, one in enumerate(things)]
        buyers = []
        for number in range(BUYERS):
            one = sign_up_person(app, f"buyer_{number}")
            buyers.append(Buyer(one.bearer, add_address(one.id)))
        secret = app.extensions["trove_keys"].derive("sandbox")
    paths = ["/api/v1/feed", "/", *(f"/api/v1/notes/{one}" for one in notes)]
    paths += [f"/p/{one.product_id}" for one in things]
    return Town(buyers, [one.sku_id for one in things], paths, secret)


def rage(place: Installation, town: Town, plan: Plan, *, seed: int = 7) -> Outcome:
    """Let the storm rage, then judge what is left."""
    dice = random.Random(seed)
    outcome = Outcome(Log())
    line = Line(f"http://127.0.0.1:{place.port}", outcome.log)
    started = [place.serve()]
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(place, started, outcome, over))
    watcher.start()
    killer = threading.Thread(target=_kill, args=(place, started, outcome, over, plan, dice))
    killer.start()
    queue = threading.BoundedSemaphore(QUEUE_MOST)
    with ThreadPoolExecutor(READERS) as readers, ThreadPoolExecutor(SHOPPERS) as shoppers:
        for kind in _arrivals(plan, outcome):
            if kind == "order":
                buyer, sku = dice.choice(town.buyers), dice.choice(town.skus)
                shoppers.submit(line.buy, buyer, sku, town.secret)
            elif queue.acquire(blocking=False):
                read = readers.submit(line.read, dice.choice(town.paths))
                read.add_done_callback(lambda _: queue.release())
            else:
                outcome.left += 1
        over.set()
        killer.join()
        if started[-1].process.poll() is not None:
            started.append(place.serve())
    watcher.join()
    line.close()
    _judge(place, outcome, plan)
    place.end()
    return outcome


def _arrivals(plan: Plan, outcome: Outcome) -> Iterator[str]:
    """Yield who comes, at the moment when they come.

    Some come for as long as a recovery is awaited: nobody else would see it.
    """
    begun = time.monotonic()
    each = {"read": 1 / plan.reads, "order": 1 / plan.orders}
    due = dict.fromkeys(each, begun)
    while (now := time.monotonic()) < begun + plan.seconds or outcome.awaiting:
        kind = min(due, key=lambda one: due[one])
        if due[kind] > now:
            time.sleep(due[kind] - now)
        due[kind] += each[kind]
        yield kind


def _kill(
    place: Installation,
    started: list[Started],
    outcome: Outcome,
    over: threading.Event,
    plan: Plan,
    dice: random.Random,
) -> None:
    """Kill something every so often: what serves, what works, or all of it."""
    while not over.wait(plan.kill_every):
        whom = dice.choice(("web", "worker", "all"))
        outcome.awaiting = True
        try:
            _strike(place, started, whom)
            took = _recovery(outcome.log)
        finally:
            outcome.awaiting = False
        outcome.kills += 1
        outcome.recoveries.append(took)
        if took > AWAY_SECONDS:
            outcome.wrong.append(f"not back a minute after {whom} was killed")
            return


def _strike(place: Installation, started: list[Started], whom: str) -> None:
    root = started[-1].process.pid
    below = [one for one in family(root) if one.pid != root]
    named = [one for one in below if f"{place.module} {whom}" in one.command]
    for one in named[:1] or below[:1]:
        os.kill(one.pid, signal.SIGKILL)
    if whom == "all":
        started[-1].kill()
        started.append(place.start("run"))


def _recovery(log: Log) -> float:
    """Return how long it takes from now until somebody's read is answered."""
    begun = time.monotonic()
    wait_until(lambda: log.answered_at > begun, AWAY_SECONDS)
    return time.monotonic() - begun


def _watch(
    place: Installation, started: list[Started], outcome: Outcome, over: threading.Event
) -> None:
    """Note memory and the log's size."""
    wal = Path(f"{place.settings.database_path}-wal")
    while True:
        pss = sum(_pss(one.pid) for one in family(started[-1].process.pid))
        outcome.memory_mib.append(pss / 1024)
        outcome.wal_mib.append(wal.stat().st_size / 2**20 if wal.exists() else 0.0)
        if over.wait(SAMPLE_SECONDS):
            return


def _judge(place: Installation, outcome: Outcome, plan: Plan) -> None:
    """Ask whether what was acknowledged is there, and whether every rule holds."""
    with opened(place.folder, index_writes=False):

        def waiting() -> int:
            with snapshot() as view:
                return int(view.value(text(deep.WAITING)))

        if not wait_until(lambda: waiting() == 0, DRAIN_SECONDS, every=0.5):
            outcome.wrong.append(f"{waiting()} deliveries wait two minutes later")
        with snapshot() as view:
            rows = view.rows(text("SELECT checkout_id, amount_fen, state FROM orders_payment"))
            found = {row.checkout_id: row for row in rows}
            outcome.wrong += [f"{len(outcome.log.given_up)} orders given up"] * bool(
                outcome.log.given_up
            )
            outcome.wrong += [
                f"acknowledged and lost: {one.checkout_id}"
                for one in outcome.log.paid
                if one.checkout_id not in found or found[one.checkout_id].state != "paid"
            ]
            misfits = view.value(
                text("SELECT count(*) FROM orders_txn WHERE outcome NOT IN ('fits')")
            )
            outcome.wrong += [f"{misfits} payments fitted nothing"] * bool(misfits)
            placed = view.value(text("SELECT count(*) FROM orders_checkout"))
            more = placed - len(outcome.log.paid) - len(outcome.log.given_up)
            outcome.wrong += [f"{more} {TWICE}"] * (more > 0)
            outcome.wrong += [
                f"{one.invariant.number}: {one.broken[:3]}"
                for one in deep.judge(view)
                if one.broken
            ]
            if not ledger.audit(view).clean:
                outcome.wrong.append("the ledger's audit")
    outcome.wrong += [f"answered {one}" for one in outcome.log.refused[:3]]
    gaps = [*outcome.recoveries, outcome.log.silence_seconds]
    slow = [one for one in gaps if one > plan.recovery]
    outcome.wrong += [f"back after {one:.1f} s" for one in slow]


def _pss(pid: int) -> int:
    try:
        told = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(one.split()[1]) for one in told.splitlines() if one.startswith("Pss:")), 0)
