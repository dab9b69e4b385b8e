"""What writing costs: an order placed, paid and credited, and a batch of touches.

The baseline runs the very statements that ours ran, recorded on a copy of the same database, with
the same parameters and the same commits, and nothing else: what is above it is our own work.
"""

import shutil
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine, create_engine, event

from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.kernel.ids import AccountId, DeviceId, NoteId, SkuId, mint
from app.orders import api as orders
from app.orders.api import MoneyIn, Wanted
from app.platform.db import db, engine_options, prepare
from app.platform.uow import snapshot, unit_of_work
from app.touches import api as touches
from app.touches.api import TaggedProduct, Toucher
from bench.place import Place, inside
from bench.report import Figure

READER = "reader_wen"
ORDERS = 40
FEW = 200
"""Among so many notes is one that tags what is sold."""

BATCH = 50
"""Touches in a batch: as many as one request may bring."""

Step = tuple[str, Any, Any]
"""`run` or `commit`; the statement; its parameters."""


@dataclass(frozen=True, slots=True)
class _Deal:
    """A buyer, and what they buy after having touched it in a note."""

    buyer_id: AccountId
    device_id: DeviceId
    address_id: Any
    sku_id: SkuId
    note_id: NoteId
    author_id: AccountId
    goods: tuple[TaggedProduct, ...]


def figures(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return the time of one order and of one batch of touches, beside their bare statements."""
    del seconds
    deal = _prepare(place)
    return [
        _figure(place, "order placed, paid, credited", rounds, _buy(deal), ORDERS, at_most=3.0),
        _figure(place, f"{BATCH} touches in a batch", rounds, _touch(deal), ORDERS),
    ]


def buyer(place: Place) -> Callable[[int], None]:
    """Return what places, pays and credits one order in ``place``, given a number."""
    return _buy(_prepare(place))


def _figure(
    place: Place,
    name: str,
    rounds: int,
    work: Callable[[int], None],
    count: int,
    at_most: float | None = None,
) -> Figure:
    ours, bare = [], []
    steps: list[Step] = []
    for _ in range(rounds):
        with _copy(place, "ours") as copied, inside(copied):
            for turn in range(3):
                work(turn)
            begun = time.perf_counter()
            for turn in range(count):
                work(3 + turn)
            ours.append((time.perf_counter() - begun) / count)
        with _copy(place, "recorded") as copied, inside(copied):
            steps = _recorded(work, count=count)
        with _copy(place, "bare") as copied:
            bare.append(_replay(copied, steps) / count)
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    note = f"bare {median(bare) * 1e3:.2f} ms; {len(steps) // count} steps each"
    measured = f"{median(ours) * 1e3:.2f} ms"
    return Figure(name, measured, "of its statements", ratio, at_most=at_most, note=note)


def _buy(deal: _Deal) -> Callable[[int], None]:
    def buy(number: int) -> None:
        with snapshot() as view:
            seen = orders.look(view, wanted=[Wanted(deal.sku_id, 1, deal.note_id)])
            token = orders.sign_preview(seen, buyer_id=deal.buyer_id)
        with unit_of_work() as uow:
            placed = orders.place(
                uow, buyer_id=deal.buyer_id, token=token, address_id=deal.address_id
            )
        money = MoneyIn("sandbox", placed.payment_id, mint("event") + str(number), seen.total_fen)
        with unit_of_work() as uow:
            if orders.take_money(uow, money=money) != "fits":
                raise RuntimeError("the payment was not taken")

    return buy


def _touch(deal: _Deal) -> Callable[[int], None]:
    def touch(_number: int) -> None:
        with unit_of_work() as uow:
            presented = [
                (
                    touches.mint(
                        device_id=deal.device_id,
                        note_id=deal.note_id,
                        author_id=deal.author_id,
                        goods=deal.goods[:1],
                        now=uow.now,
                    ),
                    "tag_click",
                )
                for _ in range(BATCH)
            ]
            by = Toucher(deal.device_id, deal.buyer_id)
            if touches.record(uow, presented=presented, by=by).accepted != BATCH:
                raise RuntimeError("a touch was refused")

    return touch


def _prepare(place: Place) -> _Deal:
    """Stock a product that an earning creator tagged, and let the reader touch it."""
    with inside(place) as app, app.test_request_context():
        with snapshot() as view:
            reader = accounts.find_by_handle(view, handle=READER)
            assert reader is not None
            notes = content.notes(view, note_ids=content.all_note_ids(view)[-FEW:])
            note = next(one for one in notes.values() if one.disclosure)
            product_ids = [tag.product_id for picture in note.pictures for tag in picture.tags]
            owners = catalogue.owners_of(view, product_ids=product_ids)
            product = catalogue.products(view, product_ids=product_ids[:1])[product_ids[0]]
            address_id = accounts.addresses(view, account_id=reader.id)[0].id
        device = DeviceId(mint("device"))
        goods = tuple(TaggedProduct(one, *owners[one]) for one in product_ids)
        sku_id = product.skus[0].id
        deal = _Deal(reader.id, device, address_id, sku_id, note.id, note.author_id, goods)
        with unit_of_work() as uow:
            touches.link(uow, device_id=device, account_id=reader.id)
            catalogue.restock(uow, sku_id=sku_id, quantity=100_000, ref="bench")
        _touch(deal)(0)
    return deal


def _recorded(work: Callable[[int], None], *, count: int) -> list[Step]:
    """Return what the engines were asked for while ``work`` was done."""
    steps: list[Step] = []

    def commit(_connection: Any) -> None:
        steps.append(("commit", None, None))

    def run(_c: Any, element: Any, many: Any, one: Any, _options: Any) -> None:
        steps.append(("run", element, many or one or None))

    for engine in db.engines.values():
        event.listen(engine, "commit", commit)
        event.listen(engine, "rollback", commit)
        event.listen(engine, "before_execute", run)
    for turn in range(count):
        work(turn)
    return steps


def _replay(place: Place, steps: list[Step]) -> float:
    """Run the steps by SQLAlchemy Core; return the seconds it took."""
    engine = _bare_engine(place)
    with engine.connect() as connection:
        for _ in range(2):
            connection.execute(steps[0][1], steps[0][2])
        connection.rollback()
        begun = time.perf_counter()
        for kind, element, values in steps:
            if kind == "run":
                found = connection.execute(element, values)
                if found.returns_rows:
                    found.all()
            elif kind == "commit":
                connection.commit()
        took = time.perf_counter() - begun
    engine.dispose()
    return took


def _bare_engine(place: Place) -> Engine:
    engine = create_engine(
        place.settings.database, **engine_options(place.settings.database, write=True)
    )
    prepare(engine, write=True)
    return engine


@contextmanager
def _copy(place: Place, name: str) -> Generator[Place]:
    folder = place.folder / name
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(place.settings.data_dir, folder)
    yield Place(folder, place.settings.model_copy(update={"data_dir": Path(folder)}))
    shutil.rmtree(folder)
