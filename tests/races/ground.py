"""Where races are run: a real site in processes of its own, a town, and a crowd before it.

What a race needs is made from beside the server, through the doors, as a command would; what is
raced goes over HTTP.
"""

import contextlib
import itertools
import json
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import text

from app import factory
from app.cli import deep
from app.cli.terminal import wired
from app.kernel.ids import PictureId
from app.orders.api import PaymentProvider
from app.orders.providers.signing import HEADER, sign
from app.pictures import api as pictures
from app.platform.adapters import adapter
from app.platform.uow import snapshot
from app.settings import Settings
from tests.races.crowd import CLIENTS, Call, Crowd
from tests.support import engines
from tests.support.people import Person, sign_up_person
from tests.support.processes import END_SECONDS, Installation, installation
from tests.support.search_engines import elastic_url
from tests.support.town import Shop, add_address, open_shop, picture_bytes
from tests.support.waiting import wait_until

THREADS = 12
"""Of the web process: more than a small site has, so that more is done at one moment."""

SETTLE_SECONDS = 30

CALLBACK = "/api/v1/payment-callbacks/sandbox"


@dataclass
class Ground:
    """A site, its people, and what helps to race them."""

    place: Installation
    app: Flask
    crowd: Crowd
    people: list[Person] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    beside: "list[subprocess.Popen[str]]" = field(default_factory=list)
    told: list[dict[str, str]] = field(default_factory=list)
    """What clients were told that there is: ids, and whose."""

    known: set[str] = field(default_factory=set)
    """What was found already; a round answers for its own faults only."""

    unjudged: frozenset[str] = frozenset({"I30", "I34"} if engines.SCALE else {"I30"})
    """Rules that are not asked after each round: nothing is stuck once all of it has settled, and a
    search server shows what it was sent a second later."""

    keeper: Person = field(init=False)
    shop: Shop = field(init=False)
    picture_id: PictureId = field(init=False)
    releasing: "subprocess.Popen[str]" = field(init=False)

    def settle_in(self) -> None:
        """Make the town."""
        for number in range(CLIENTS):
            one = sign_up_person(self.app, f"racer_{number}", creator=number == 0)
            self.people.append(one)
            self.addresses[one.id] = add_address(one.id)
        self.keeper = sign_up_person(self.app, "keeper")
        self.shop = open_shop(self.keeper, "raceshop")
        self.picture_id = pictures.upload(owner_id=self.people[0].id, data=picture_bytes())

    @property
    def bank(self) -> Any:
        """The sandbox provider."""
        return adapter(PaymentProvider)

    def name(self, kind: str) -> str:
        """Return a name that nothing else has."""
        return f"{kind}-{next(self.numbers)}-{secrets.token_hex(2)}"

    def notice(self, type_: str, **said: object) -> Call:
        """Return what the provider would send, from one side more; the signature is its own."""
        event = {"event_id": f"evt_{secrets.token_hex(12)}", "type": type_, **said}
        body = json.dumps(event).encode()
        secret = self.app.extensions["trove_keys"].derive("sandbox")
        headers = {
            HEADER: sign(secret, body, at_s=int(time.time())),
            "Content-Type": "application/json",
        }
        return Call("POST", CALLBACK, headers=headers, raw=body)

    def rows(self, statement: str, **values: object) -> list[Any]:
        """Ask the database, as it stands now."""
        with snapshot() as view:
            return list(view.rows(text(statement), values))

    def value(self, statement: str, **values: object) -> Any:
        """Ask the database for one value."""
        return self.rows(statement, **values)[0][0]

    def broken(self) -> set[tuple[str, str]]:
        """Return all rows that break a rule (`trove doctor --deep`), and which."""
        with snapshot() as view:
            return {
                (one.invariant.number, what)
                for one in deep.judge(view)
                for what in one.broken
                if one.invariant.number not in self.unjudged
            }

    def settled(self) -> bool:
        """Wait until every event is delivered; tell whether that is so."""
        return wait_until(lambda: not self.value(deep.WAITING), SETTLE_SECONDS, every=0.05)

    def start_beside(self, word: str, **more: str) -> "subprocess.Popen[str]":
        """Start a process of `tests.races.beside`; it is ended with the site."""
        with (self.place.folder.parent / f"beside-{word}.log").open("ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "tests.races.beside", word],
                env={**self.place.environment, **more},
                cwd=self.place.folder.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self.beside.append(started)
        assert started.stdout is not None
        assert started.stdout.readline() == "ready\n"
        return started

    def ask_beside(self, process: "subprocess.Popen[str]") -> str:
        """Have a process beside do its work once; return what it says."""
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("go\n")
        process.stdin.flush()
        return process.stdout.readline().strip()


@contextmanager
def racing_ground(
    folder: Path, *, words: Sequence[str] = ("run",), twin: str = "", **more: str
) -> Generator[Ground]:
    """Yield a site with its town, served by ``trove`` with each of ``words``.

    With ``twin`` its processes run that twin of the code (`tests.races.twins`).
    """
    with ExitStack() as held:
        asked = {
            "TROVE_TESTING": "true",
            "TROVE_LIMITS": "false",
            "TROVE_LOCALE": "en",
            "TROVE_THREADS": str(THREADS),
            **_services(held),
            **({"TROVE_TEST_TWIN": twin} if twin else {}),
            **more,
        }
        place = held.enter_context(installation(folder, **asked))
        if twin:
            place.module = "tests.races.planted"
        if "run" not in words:
            place.start("migrate").status()
        for word in words[:-1]:
            place.start(word)
        place.serve(words[-1])
        # The same settings, by the names that the processes know them under.
        kept = {name: text for name, text in place.environment.items() if "TROVE_TEST_" not in name}
        app = wired(_settings(kept))
        held.callback(factory.close, app)
        held.enter_context(app.app_context())
        crowd = Crowd(f"http://127.0.0.1:{place.port}")
        held.callback(crowd.close)
        ground = Ground(place, app, crowd)
        held.callback(_end, ground)
        ground.settle_in()
        yield ground


@contextmanager
def commands_beside(ground: Ground) -> Generator[list[int]]:
    """Have commands write beside the server for the block; yield their exit statuses."""
    stop = threading.Event()
    statuses: list[int] = []
    file = ground.place.folder.parent / "beside.csv"

    def go_on() -> None:
        for number in itertools.count():
            goods = "".join(
                f"b{n},Beside {n},beside,{number + n + 1}.00,{number + n}\n" for n in range(30)
            )
            file.write_text(f"sku,name,brand,price,stock\n{goods}")
            for words in (
                ("import", "products", str(file), "--merchant", "raceshop"),
                ("merchant", "add", f"beside_{number}", f"Beside {number}"),
                ("demo", "pass", "1m"),
            ):
                statuses.append(ground.place.start(*words).status())
                if stop.wait(PAUSE_SECONDS):
                    return

    writer = threading.Thread(target=go_on)
    writer.start()
    try:
        yield statuses
    finally:
        stop.set()
        writer.join()


PAUSE_SECONDS = 1.0
"""Between two commands: each takes a second of a processor to start."""


def _services(held: ExitStack) -> dict[str, str]:
    if not engines.SCALE:
        return {}
    return {
        "TROVE_DATABASE_URL": held.enter_context(engines.fresh_database(bare=True)),
        "TROVE_SEARCH_URL": held.enter_context(elastic_url()),
        "TROVE_MEDIA_URL": engines.fresh_bucket(),
        "TROVE_REDIS_URL": engines.emptied_redis(),
        "TROVE_WEB_PROCESSES": "2",
        "TROVE_WORKER_PROCESSES": "2",
    }


def _settings(environment: dict[str, str]) -> Settings:
    names = {f"TROVE_{name.upper()}": name for name in Settings.model_fields}
    given: dict[str, Any] = {names[one]: environment[one] for one in environment if one in names}
    return Settings(_env_file=None, **given)


def _end(ground: Ground) -> None:
    for process in ground.beside:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            # In the middle of a round; what it has not committed is the next one's.
            process.kill()
            process.wait(END_SECONDS)
        for end in (process.stdout, process.stdin):
            with contextlib.suppress(BrokenPipeError):
                if end is not None:
                    end.close()
