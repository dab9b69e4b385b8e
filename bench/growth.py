"""What size costs: the same questions at a small and at a large town, each by its own p50.

A town is made large by copying its rows with new ids, by SQL in the database's file: what is asked
here depends on how many rows there are, not on how they came.
"""

import shutil
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from flask import Flask

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.discovery import api as discovery
from app.kernel.ids import AccountId
from app.orders import api as orders
from app.platform.uow import Snapshot, snapshot
from bench import reads, writes
from bench.place import Place, inside
from bench.report import Figure

SMALL, LARGE = (10_000, 1_000), (200_000, 100_000)
"""Notes and orders."""

MOST = 1.2
TIMES = 40
DIGITS = 6
"""So many first digits of an id, which are its time, tell the copies apart."""

_NUMBER = f"printf('%0{DIGITS}x', copy_no)"

NOTES = {
    "content_note": ("id",),
    "content_note_picture": ("note_id",),
    "content_note_tag": ("note_id",),
    "content_note_topic": ("note_id",),
    "discovery_card": ("note_id",),
    "discovery_card_topic": ("note_id",),
}
ORDERS = {
    "orders_checkout": ("id",),
    "orders_order": ("id", "checkout_id"),
    "orders_line": ("id", "order_id"),
    "orders_payment": ("id", "checkout_id", "txn_id"),
    "orders_allocation": ("payment_id", "order_id"),
    "orders_txn": ("txn_id", "charge_no"),
    "orders_refund": ("id", "order_id", "txn_id"),
    "orders_refund_part": ("refund_id", "line_id"),
    "orders_step": ("order_id",),
    "attribution_line": ("line_id", "order_id"),
    "attribution_receipt": ("line_id",),
    "attribution_share": ("line_id",),
    "attribution_verdict": ("line_id",),
    "insights_change": ("line_id", "order_id"),
}
"""Tables that are copied, and which of their columns name what is copied with them."""

NUMBERED = {"orders_step": "id"}
"""Columns that count by themselves."""

MOVED = {"content_note": "published_at", "discovery_card": "published_at"}
"""Columns by which copies are a minute older each."""

MINUTE_US = 60_000_000


@dataclass(frozen=True)
class Ask:
    """A question, and how it is asked of an open town."""

    name: str
    ask: Callable[[], object]


def figures(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return the p50 of each question in a large town beside a small one."""
    del seconds
    found: dict[str, list[float]] = {}
    for notes, bought in (SMALL, LARGE):
        with _grown(place, notes, bought) as grown, inside(grown) as app, _request(app):
            for one in _asks(grown):
                found.setdefault(one.name, []).append(_p50(one.ask, TIMES * rounds))
    told = f"{LARGE[0]:,} notes and {LARGE[1]:,} orders beside {SMALL[0]:,} and {SMALL[1]:,}"
    return [
        Figure(
            f"{name}, at size",
            f"{large * 1e3:.2f} ms",
            f"{small * 1e3:.2f} ms when small",
            large / small,
            at_most=MOST,
            note=told,
        )
        for name, (small, large) in found.items()
    ]


def _request(app: Flask) -> AbstractContextManager[object]:
    return app.test_request_context()


def _asks(place: Place) -> Iterator[Ask]:
    """Yield what is asked, with the ids of a town that is open."""
    with snapshot() as view:
        wen = accounts.find_by_handle(view, handle=reads.READER)
        assert wen is not None
        reader = wen.id
        items = discovery.feed(view, viewer_id=None, cursor=None, size=20).items
        note_id = items[0].note_id
        seen = content.notes(view, note_ids=[one.note_id for one in items])
        author = seen[note_id].author_id
        product_id = next(one.product_ids[0] for one in seen.values() if one.product_ids)
        owners = catalogue.owners_of(view, product_ids=[product_id])
        merchant_id = owners[product_id][1]
    yield Ask("feed of a stranger", _view(partial(_feed, None)))
    yield Ask("feed of a reader", _view(partial(_feed, reader)))
    yield Ask("topics", _view(lambda view: discovery.topics(view, limit=9)))
    yield Ask("note", _view(lambda view: content.note(view, note_id=note_id)))
    yield Ask(
        "similar notes", _view(lambda view: discovery.similar(view, note_id=note_id, limit=10))
    )
    yield Ask("product", _view(lambda view: catalogue.product(view, product_id=product_id)))
    yield Ask(
        "notes of a product",
        _view(
            lambda view: content.notes_tagging(view, product_id=product_id, cursor=None, size=20)
        ),
    )
    yield Ask(
        "notes of an author",
        _view(lambda view: content.notes_of(view, account_id=author, cursor=None, size=20)),
    )
    yield Ask(
        "orders of a buyer",
        _view(lambda view: orders.orders_of(view, buyer_id=reader, cursor=None, size=20)),
    )
    yield Ask(
        "orders of a shop",
        _view(
            lambda view: orders.orders_to_serve(
                view, merchant_id=merchant_id, state=None, cursor=None, size=20
            )
        ),
    )
    buy = writes.buyer(place)
    numbers = iter(range(10**9))
    yield Ask("an order placed, paid, credited", lambda: buy(next(numbers)))


def _feed(viewer_id: AccountId | None, view: Snapshot) -> object:
    items = discovery.feed(view, viewer_id=viewer_id, cursor=None, size=20).items
    return discovery.cards(view, items=items, viewer_id=viewer_id)


def _view(ask: Callable[[Snapshot], object]) -> Callable[[], object]:
    def run() -> object:
        with snapshot() as view:
            return ask(view)

    return run


def _p50(ask: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begun)
    return median(took)


@contextmanager
def _grown(place: Place, notes: int, bought: int) -> Generator[Place]:
    folder = place.folder / f"grown-{notes}"
    # Where a worker has run it left the socket on which it is called.
    shutil.copytree(place.settings.data_dir, folder, ignore=shutil.ignore_patterns("*.sock"))
    _grow(folder / "trove.sqlite", notes, bought)
    yield Place(folder, place.settings.model_copy(update={"data_dir": folder}))
    shutil.rmtree(folder)


def _grow(file: Path, notes: int, bought: int) -> None:
    with closing(sqlite3.connect(file)) as link:
        link.execute("PRAGMA foreign_keys = OFF")
        link.execute("PRAGMA synchronous = OFF")
        _copy(link, NOTES, "content_note", notes)
        _copy(link, ORDERS, "orders_order", bought)
        link.execute("ANALYZE")
        link.commit()


def _copy(
    link: sqlite3.Connection, tables: dict[str, tuple[str, ...]], head: str, upto: int
) -> None:
    (there,) = link.execute(f"SELECT count(*) FROM {head}").fetchone()
    copies = max(0, -(-upto // there) - 1)
    link.execute("CREATE TEMP TABLE IF NOT EXISTS copy (copy_no INTEGER PRIMARY KEY)")
    link.execute("DELETE FROM copy")
    link.executemany("INSERT INTO copy VALUES (?)", ((one + 1,) for one in range(copies)))
    for table, own in tables.items():
        columns = [row[1] for row in link.execute(f"PRAGMA table_info({table})")]
        names = [name for name in columns if name != NUMBERED.get(table)]
        given = [_value(table, name, own) for name in names]
        link.execute(f"CREATE TEMP TABLE source AS SELECT * FROM {table}")
        link.execute(
            f"INSERT INTO {table} ({', '.join(names)})"
            f" SELECT {', '.join(given)} FROM source CROSS JOIN copy"
        )
        link.execute("DROP TABLE source")


def _value(table: str, name: str, own: Sequence[str]) -> str:
    if name in own:
        kept = f"instr({name}, '_') + {1 + DIGITS}"
        return f"substr({name}, 1, instr({name}, '_')) || {_NUMBER} || substr({name}, {kept})"
    if MOVED.get(table) == name:
        return f"{name} - copy_no * {MINUTE_US}"
    return name
