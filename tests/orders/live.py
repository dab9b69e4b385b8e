"""A site that is served on loopback, with the sandbox provider in a process of its own.

Both speak to each other over real HTTP, both ways. The worker's part, carrying events and doing
what is due, is done by the test, so that it can be done at the worst moment.
"""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.serving import make_server

from app.orders.api import PaymentProvider
from app.orders.models import TxnRow
from app.platform.adapters import adapter
from app.platform.outbox import DeliveryRow
from app.platform.uow import snapshot
from app.settings import Settings
from tests.orders.shopping import Town, submit
from tests.support.sandbox import Sandbox
from tests.support.town import place, post
from tests.support.waiting import wait_until

WAIT_SECONDS = 15


@dataclass
class Live:
    """The town, the sandbox, and a checkout of one thing."""

    town: Town
    sandbox: Sandbox
    drain: Callable[[], int]
    run_jobs: Callable[[], int]
    pass_time: Callable[..., None]
    checkout: dict[str, Any] = field(default_factory=dict)
    answers: list[int] = field(default_factory=list)

    @property
    def provider(self) -> Any:
        """The sandbox as the site sees it."""
        return adapter(PaymentProvider)

    @property
    def charge_no(self) -> str:
        """The number of the checkout's charge."""
        return str(self.checkout["payment"]["id"])

    @property
    def order_id(self) -> str:
        """The order of the checkout."""
        return str(self.checkout["orders"][0]["id"])

    def order(self) -> None:
        """Place the checkout, and ask the sandbox for its charge."""
        self.checkout = place(self.town.bob, {self.town.thing: 1})
        started = post(self.town.bob, f"/api/v1/checkouts/{self.checkout['id']}/payment")
        assert started.status_code == 200, started.text

    def pay(self, behaviour: str = "normal") -> None:
        """Pay from the wallet's page; what it answers is kept."""
        page = f"/wallet/{self.charge_no}"
        answer = submit(self.town.bob.client, page, page, {"behaviour": behaviour})
        self.answers.append(answer.status_code)

    def restart(self) -> None:
        """Start the sandbox again once it is dead."""
        self.sandbox.wait_for_death()
        self.sandbox.start()

    def hear(self) -> None:
        """Have every notice sent now, and wait until the site has taken all of them."""
        self.provider.tell(what="notices", value="now")
        assert wait_until(lambda: not self.sandbox.unsent, WAIT_SECONDS)

    def settle(self) -> None:
        """Carry every event until none waits, and then hear all notices."""
        assert wait_until(lambda: self.drain() + self.waiting == 0, WAIT_SECONDS)
        self.hear()

    @property
    def waiting(self) -> int:
        """How many deliveries wait for a better time."""
        with snapshot() as view:
            found = view.rows(select(DeliveryRow.id).where(DeliveryRow.state == "waiting"))
        return len(found)

    @property
    def outcomes(self) -> list[str]:
        """What the site noted of each transaction, in the order in which it heard of them."""
        with snapshot() as view:
            found = view.rows(select(TxnRow.outcome).order_by(TxnRow.at, TxnRow.txn_id))
        return [row.outcome for row in found]


@contextmanager
def serve(app: Flask, settings: Settings, secret: bytes) -> Generator[Sandbox]:
    """Serve ``app`` on a free port of loopback, with the sandbox running beside it."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    sandbox = Sandbox(
        settings.data_dir / "sandbox",
        settings.bank_port,
        secret,
        f"http://127.0.0.1:{server.server_port}/api/v1/payment-callbacks/sandbox",
    )
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.stop()
        server.shutdown()
        thread.join()
        server.server_close()
