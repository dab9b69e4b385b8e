"""The real shop that the model is held against: a small town in a folder, copied for each run."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import text

from app import factory
from app.accounts import api as accounts
from app.catalogue import api as catalogue
from app.content import api as content
from app.content.api import DraftPicture, NoteDraft, Tag
from app.kernel.ids import AccountId, AddressId, DeviceId, NoteId, ProductId, SkuId, mint
from app.orders.api import PaymentProvider
from app.pictures import api as pictures
from app.platform import relay
from app.platform.adapters import adapter
from app.platform.db import db
from app.platform.uow import UnitOfWork, raw, snapshot, transact
from app.programmes import api as programmes
from tests.conftest import plain_settings
from tests.model.plain import Shop
from tests.support.people import sign_up_person
from tests.support.town import add_address, open_shop, picture_bytes, stock_thing

T = TypeVar("T")

CREATORS = ("ann", "bob", "cat")
BUYERS = ("wen", "tang", "ann")
"""One of them creates too: what she buys of herself earns nothing."""

GOODS = {"tea": ("north", 9_999), "cup": ("north", 33), "pot": ("south", 12_345)}
"""Products: who sells them, and for how much."""

TERMS = {"north": 1_000, "south": None}
STOCK = 20
NOTES = (
    ("ann", ("tea", "cup")),
    ("bob", ("tea", "pot")),
    ("cat", ("pot", "cup")),
    ("ann", ("pot",)),
)


@dataclass
class Real:
    """The town by the model's names."""

    app: Flask
    people: dict[str, AccountId]
    devices: dict[str, DeviceId]
    addresses: dict[str, AddressId]
    products: dict[str, ProductId]
    skus: dict[str, SkuId]
    merchants: dict[str, str]
    notes: dict[str, NoteId]
    began: datetime

    @property
    def provider(self) -> Any:
        """The fake provider of this installation."""
        return adapter(PaymentProvider)

    def do(self, work: Callable[[UnitOfWork], T]) -> tuple[T, datetime]:
        """Do one action; return what it returns, and its instant."""
        return transact(lambda uow: (work(uow), uow.now))

    def now(self) -> datetime:
        """Return what the installation's clock says."""
        with snapshot() as view:
            return view.now

    def drain(self) -> None:
        """Carry every event that waits."""
        while relay.drain(factory.subscribers(), holder="model"):
            pass

    def run_jobs(self) -> None:
        """Do everything that is due, in the order in which the worker does it."""
        for job in factory.jobs():
            if job.name.partition(".")[0] in {"orders", "attribution"}:
                job.run()

    def rows(self, sql: str) -> list[Any]:
        """Return the rows of a statement, read beside the application's own queries."""
        with snapshot() as view:
            return list(raw(view).execute(text(sql)))

    def named(self, told: str) -> str:
        """Return an account's name with the model's names in place of ids."""
        for names in (self.people, self.merchants):
            for name, real in names.items():
                told = told.replace(str(real), name)
        return told


def build(folder: Path, empty_database: Path) -> Real:
    """Make the town in ``folder``."""
    with _opened(folder, empty_database) as app:
        people = {
            name: sign_up_person(app, name, creator=name in CREATORS)
            for name in dict.fromkeys((*CREATORS, *BUYERS, "keeper"))
        }
        shops = {
            name: open_shop(people["keeper"], name, rate_bp=rate) for name, rate in TERMS.items()
        }
        things = {
            name: stock_thing(shops[seller], name, price_fen=price, stock=STOCK)
            for name, (seller, price) in GOODS.items()
        }
        notes = {}
        for number, (author, told) in enumerate(NOTES):
            owner = people[author].id
            picture = pictures.upload(owner_id=owner, data=picture_bytes(width=64 + number))
            tags = tuple(Tag(things[one].product_id, 0, 0.5, 0.5) for one in told)
            draft = NoteDraft(f"Note {number}", "", (DraftPicture(picture),), tags)
            made = transact(
                lambda uow, o=owner, d=draft: content.publish(uow, author_id=o, draft=d)
            )
            notes[f"note{number}"] = made
        devices = {f"{name}{place}": people[name].device_id for name in BUYERS for place in "0"}
        devices["shared"] = DeviceId(mint("device"))
        real = Real(
            app,
            {name: one.id for name, one in people.items()},
            devices,
            {name: add_address(people[name].id) for name in BUYERS},
            {name: one.product_id for name, one in things.items()},
            {name: one.sku_id for name, one in things.items()},
            {name: one.merchant_id for name, one in shops.items()},
            notes,
            datetime.now(UTC),
        )
        real.drain()
        real.began = real.now()
        return real


def plain(real: Real) -> Shop:
    """Return the model of the town as `build` leaves it."""
    return Shop(
        prices={name: price for name, (_, price) in GOODS.items()},
        on_hand=dict.fromkeys(GOODS, STOCK),
        sellers={name: seller for name, (seller, _) in GOODS.items()},
        rates={name: [] if rate is None else [(real.began, rate)] for name, rate in TERMS.items()},
        switches={name: [(real.began, True)] for name in CREATORS},
        links={(f"{name}0", name): real.began for name in BUYERS},
    )


@contextmanager
def copied(real: Real, source: Path, folder: Path) -> Iterator[Real]:
    """Open a copy of the town of ``source`` in ``folder``."""
    shutil.copytree(source, folder, dirs_exist_ok=True)
    with _opened(folder, None) as app:
        real.app = app
        yield real


@contextmanager
def _opened(folder: Path, empty_database: Path | None) -> Iterator[Flask]:
    settings = plain_settings(folder, search_url="memory:", media_url="memory:")
    if empty_database is not None:
        settings.data_dir.mkdir(parents=True)
        shutil.copyfile(empty_database, settings.database_path)
    app = factory.create_app(settings, index_writes=True)
    try:
        with app.app_context():
            yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        factory.close(app)


def set_terms(real: Real, merchant: str, rate: int) -> datetime:
    """Have a merchant offer another rate."""

    def work(uow: UnitOfWork) -> object:
        keeper = real.people["keeper"]
        return programmes.set_terms(
            uow, merchant_id=real.merchants[merchant], rate_bp=rate, by=keeper
        )

    return real.do(work)[1]


def switch(real: Real, creator: str, *, on: bool) -> datetime:
    """Turn the creator switch."""
    account = real.people[creator]
    return real.do(lambda uow: accounts.switch_creator(uow, account_id=account, on=on))[1]


def reprice(real: Real, product: str, price: int | None, *, stock_change: int = 0) -> None:
    """Sell a product for another price from now on, or have more or fewer of it."""
    sku = catalogue.SkuChange(real.skus[product], price_fen=price, stock_change=stock_change)
    real.do(
        lambda uow: catalogue.change_product(
            uow,
            product_id=real.products[product],
            merchant_id=real.merchants[GOODS[product][0]],
            change=catalogue.ProductChange(skus=(sku,)),
        )
    )
