"""The folder that each kill is done in a copy of, and the judge of what is left of it."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from flask import Flask
from sqlalchemy import text

from app import factory
from app.cli import deep
from app.cli.terminal import wired
from app.ledger import api as ledger
from app.orders import api as orders
from app.orders.api import MoneyIn
from app.platform import relay
from app.platform.uow import raw, snapshot, unit_of_work
from app.settings import Settings
from tests.conftest import Browser
from tests.kills.flows import Flow, Said, Sends, Town, over_http, to_client
from tests.kills.killing import (
    attach,
    most_calls,
    send_and_close,
    serving,
    start_traced,
    writing_thread,
)
from tests.support.people import sign_up_person
from tests.support.processes import Installation, Started, family
from tests.support.town import open_shop, picture_bytes, place, publish, stock_thing, touch
from tests.support.waiting import wait_until

WORK_SECONDS = 60

SETTINGS = {
    "TROVE_PAYMENT": "sandbox",
    "TROVE_LIMITS": "false",
    "TROVE_TESTING": "true",
    "TROVE_THREADS": "1",
}
"""One thread serves, so that its calls can be counted."""


@contextmanager
def opened(folder: Path, *, index_writes: bool = True) -> Iterator[Flask]:
    """Open an installation in this process, as its next process would, or one beside a worker."""
    settings = Settings(
        _env_file=None, data_dir=folder, payment="sandbox", limits=False, testing=True
    )
    app = wired(settings, index_writes=index_writes)
    app.test_client_class = Browser
    try:
        with app.app_context():
            yield app
    finally:
        factory.close(app)


def prepare(folder: Path) -> Town:
    """Make the town: one order is paid, one checkout waits for its money, events wait."""
    Installation(folder).migrate()
    with opened(folder) as app:
        buyer = sign_up_person(app, "buyer")
        keeper = sign_up_person(app, "keeper")
        author = sign_up_person(app, "author", creator=True)
        shop = open_shop(keeper, "shop")
        thing = stock_thing(shop, price_fen=1_000, stock=100)
        note_id = publish(author, thing)
        drain()
        touch(buyer, note_id, author, thing, kind="tag_click")
        paid = place(buyer, {thing: 2}, key="one")
        waiting = place(buyer, {thing: 1}, key="two")
        money = MoneyIn("sandbox", paid["payment"]["id"], "txn-one", paid["total_fen"])
        with unit_of_work() as uow:
            assert orders.take_money(uow, money=money) == "fits"
        with snapshot() as view:
            order_id = paid["orders"][0]["id"]
            line_id = orders.order(view, order_id=order_id).lines[0].id
            address_id = view.value(text("SELECT id FROM accounts_address"))
        secret = app.extensions["trove_keys"].derive("sandbox")
    return Town(
        buyer.bearer,
        keeper.bearer,
        author.bearer,
        address_id,
        thing.sku_id,
        waiting["payment"]["id"],
        waiting["total_fen"],
        order_id,
        line_id,
        picture_bytes("navy", 120, 160),
        secret,
    )


def drain() -> None:
    """Deliver every event."""
    while relay.drain(factory.subscribers(), holder="kills"):
        pass


@dataclass
class Log:
    """The client's own: what was acknowledged, in which words."""

    heard: dict[str, Any] = field(default_factory=dict)
    ready: Any = None
    """What was prepared: whoever sends again sends the same."""

    def told(self, step: str, said: Said) -> Any:
        """Note an answer, which must be a good one."""
        assert said.status in (200, 201, 204), (step, said)
        self.heard[step] = said.body
        return said.body


@dataclass
class Attempt:
    """One flow in a copy of the folder, in a real web process."""

    flow: Flow
    town: Town
    place: Installation

    def run(self, kill_at: int = 0) -> tuple[Log, int]:
        """Do the flow, killed at that call; return what was heard, and how many calls it was."""
        log = Log()
        started = self.place.serve("web")
        try:
            return log, self._run(started, log, kill_at)
        finally:
            self.place.end()

    def run_into(self, error: str) -> tuple[Said, Log]:
        """Do the flow on a disk that answers ``error``; return what was said, and the log."""
        log = Log()
        refused: list[Said] = []

        def told(step: str, said: Said) -> Any:
            refused.append(said)
            raise InterruptedError(step)

        started = self.place.serve("web")
        try:
            send, thread = self._ready(started, log)
            traced = attach(thread, self.place.folder.with_name("calls.log"), error=error)
            with contextlib.suppress(InterruptedError):
                self.flow.run(self.town, send, told, log.ready)
            traced.calls()
            assert send("GET", "/readyz").status == 200, started.told
        finally:
            self.place.end()
        return refused[0], log

    def leave(self) -> tuple[Log, int]:
        """Do the flow without waiting for answers; return how many requests were left alone."""
        log, left = Log(), 0
        self.place.serve("web")
        try:
            url = f"http://127.0.0.1:{self.place.port}"
            send = over_http(url)
            log.ready = self.flow.ready(self.town, send)

            def hang_up(method: str, path: str, **more: Any) -> Said:
                nonlocal left
                left += 1
                send_and_close(self.place.port, method, path, **more)
                # The same once more, and this time the answer is heard.
                return send(method, path, **more)

            self.flow.run(self.town, hang_up, log.told, log.ready)
        finally:
            self.place.end()
        return log, left

    def deliver(self, kill_at: int = 0) -> int:
        """Have a real worker deliver what waits, killed at that call; return how many it made."""
        file = self.place.folder.with_name("calls.log")
        worker = start_traced(["worker"], self.place, file, kill_at=kill_at)
        try:
            assert wait_until(
                lambda: worker.poll() is not None or waiting(self.place.folder) == 0, WORK_SECONDS
            )
        finally:
            for one in family(worker.pid)[1:]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(one.pid, signal.SIGKILL)
            worker.wait(WORK_SECONDS)
        return most_calls(file)

    def _run(self, started: Started, log: Log, kill_at: int) -> int:
        send, thread = self._ready(started, log)
        traced = attach(thread, self.place.folder.with_name("calls.log"), kill_at=kill_at)
        try:
            self.flow.run(self.town, send, log.told, log.ready)
        except httpx.HTTPError:
            assert kill_at, started.told
        return len(traced.calls())

    def _ready(self, started: Started, log: Log) -> tuple[Sends, int]:
        """Return what sends to the server, and the thread of it that will serve."""
        send = over_http(f"http://127.0.0.1:{self.place.port}")
        pid = serving(self.place, started.process.pid)

        def warm_up() -> None:
            line = {"sku_id": self.town.sku_id, "quantity": 1}
            send("POST", "/api/v1/cart/lines", json=line, headers=self.town.keeper)

        thread = writing_thread(self.place, pid, warm_up)
        log.ready = self.flow.ready(self.town, send)
        return send, thread


def judge(folder: Path, flow: Flow, town: Town, heard: Log) -> list[str]:
    """Send everything again, to the next process; return what is not as it must be."""
    found: list[str] = []
    with opened(folder) as app:
        send: Sends = to_client(app.test_client())
        again = Log()
        flow.run(town, send, again.told, heard.ready)
        found += [
            f"{step}: {_short(body)} was told, then {_short(again.heard[step])}"
            for step, body in heard.heard.items()
            if _identity(body) != _identity(again.heard[step])
        ]
        drain()
        found += broken()
        with snapshot() as view:
            for asked, expected in flow.stands.items():
                rows = [tuple(row) for row in raw(view).execute(text(asked))]
                if rows != expected:
                    found.append(f"{asked}: {rows}")
    return found


def broken() -> list[str]:
    """Return what breaks a rule."""
    with snapshot() as view:
        found = [f"{one.invariant.number}: {one.broken}" for one in deep.judge(view) if one.broken]
        if not ledger.audit(view).clean:
            found.append("the ledger's audit")
    return found


def waiting(folder: Path, *, provider: bool = True) -> int:
    """Return how many events and deliveries wait, read beside the process.

    Without ``provider``: leave out what waits for a sink that is not there.
    """
    left_out = "" if provider else " AND coalesce(error, '') NOT LIKE 'outage: %'"
    asked = (
        "SELECT (SELECT count(*) FROM platform_outbox WHERE fanned_at IS NULL)"
        f" + (SELECT count(*) FROM platform_delivery WHERE state <> 'done'{left_out})"
    )
    with closing(sqlite3.connect(f"file:{folder}/trove.sqlite?mode=ro", uri=True)) as connection:
        return int(connection.execute(asked).fetchone()[0])


def copied(source: Path, folder: Path) -> Path:
    """Copy a data folder; return the copy."""
    shutil.copytree(source, folder)
    return folder


def _identity(body: Any) -> Any:
    return body.get("id") if isinstance(body, dict) else None


def _short(body: Any) -> str:
    return json.dumps(body)[:80]
