"""Who is overtaken again and again has the database for itself in the end (PostgreSQL)."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.kernel.problems import Busy
from app.platform import uow as units
from app.platform.queue import JobRow
from app.platform.uow import UnitOfWork, transact, unit_of_work
from tests.support import engines

pytestmark = pytest.mark.service

HELD_BACK_SECONDS = 0.5
"""A rival that has not committed after this long is waiting; one that may commits in a hundredth."""

PATIENCE_SECONDS = 30


database_url = engines.on_postgresql


def count_and_add(uow: UnitOfWork, name: str) -> int:
    """Add a job called after how many there are: two who do it beside each other cannot both hold."""
    number: int = uow.value(select(func.count()).select_from(JobRow))
    uow.add(JobRow(name=f"{name}-{number}", due_at=uow.now))
    return number


@contextmanager
def another_writing(app: Flask) -> Generator[threading.Event]:
    """Have another write all through the block, or until what is yielded is set."""
    writing, end = threading.Event(), threading.Event()

    def write() -> None:
        with app.app_context(), unit_of_work() as uow:
            count_and_add(uow, "another")
            writing.set()
            assert end.wait(PATIENCE_SECONDS)

    another = threading.Thread(target=write)
    another.start()
    assert writing.wait(PATIENCE_SECONDS)
    try:
        yield end
    finally:
        end.set()
        another.join()


def test_who_is_overtaken_every_time_comes_through_in_the_end(app: Flask) -> None:
    rivals: list[threading.Thread] = []
    seen: list[int] = []

    def overtake() -> None:
        with app.app_context():
            transact(lambda uow: count_and_add(uow, "rival"))

    def work(uow: UnitOfWork) -> None:
        seen.append(count_and_add(uow, "long"))
        rivals.append(threading.Thread(target=overtake))
        rivals[-1].start()
        alone = len(seen) > units.BESIDE_TRIES
        rivals[-1].join(HELD_BACK_SECONDS if alone else PATIENCE_SECONDS)

    transact(work)
    held_back = rivals[-1].is_alive()
    rivals[-1].join()

    assert held_back
    # Each time anew it saw the rival of the time before; the last one came after it.
    assert seen == list(range(units.BESIDE_TRIES + 1))
    with unit_of_work() as uow:
        assert uow.value(select(func.count()).select_from(JobRow)) == len(rivals) + 1


def test_who_would_be_alone_gives_up_where_another_writes_for_long(app: Flask) -> None:
    with another_writing(app):
        with pytest.raises(units.Overtaken) as told, unit_of_work(alone=True):
            pass
        # Nobody is held up by who gave up.
        with unit_of_work() as uow:
            uow.add(JobRow(name="short", due_at=uow.now))

    assert isinstance(told.value, Busy)


def test_who_is_alone_sees_what_those_wrote_whom_it_waited_for(app: Flask) -> None:
    with another_writing(app) as end:
        # While this one waits for it.
        ending = threading.Timer(HELD_BACK_SECONDS / 2, end.set)
        ending.start()
        with unit_of_work(alone=True) as uow:
            number = count_and_add(uow, "second")
        ending.join()

    assert number == 1
