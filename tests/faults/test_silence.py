"""The database falls silent amid a piece of work: whoever has read is answered, the others are told."""

import threading
from collections.abc import Generator
from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import text

from app.kernel.problems import Busy
from app.platform.db import db, start_pulse
from app.platform.pulse import PULSE
from app.platform.uow import snapshot, unit_of_work
from tests.faults import services
from tests.support.engines import fresh_database
from tests.support.waiting import wait_until

pytestmark = pytest.mark.service

ONE = text("SELECT 1")
PATIENCE_SECONDS = 60


@pytest.fixture
def database_url() -> Generator[str]:
    """A PostgreSQL database, whatever the mode; who connects to it has much patience."""
    services.require("postgres")
    with fresh_database() as url:
        yield f"{url}?connect_timeout={PATIENCE_SECONDS}"


@pytest.fixture(autouse=True)
def _pulse(app: Flask, database_url: str) -> Generator[None]:
    end = start_pulse(database_url)
    assert wait_until(lambda: not PULSE.silent, 5)
    yield
    end()


@pytest.fixture
def silence() -> Generator[ExitStack]:
    """What the database's silence is entered into; it ends before the pulse does."""
    with ExitStack() as stack:
        yield stack


@pytest.mark.parametrize("noticed", [False, True])
def test_who_has_read_all_is_answered(app: Flask, silence: ExitStack, *, noticed: bool) -> None:
    with snapshot() as view:
        read = view.value(ONE)
        _begin(silence, noticed=noticed)
    silence.close()

    assert read == 1
    _is_well()


@pytest.mark.parametrize("noticed", [False, True])
def test_who_has_yet_to_read_is_told(app: Flask, silence: ExitStack, *, noticed: bool) -> None:
    def read() -> None:
        with snapshot() as view:
            view.value(ONE)
            _begin(silence, noticed=noticed)
            view.value(ONE)

    with pytest.raises(Busy):
        read()
    silence.close()

    _is_well()


@pytest.mark.parametrize("noticed", [False, True])
def test_who_writes_is_told(app: Flask, silence: ExitStack, *, noticed: bool) -> None:
    def write() -> None:
        with unit_of_work() as uow:
            uow.value(ONE)
            _begin(silence, noticed=noticed)

    with pytest.raises(Busy):
        write()
    silence.close()

    _is_well()


def test_who_only_connects_is_told_as_soon(app: Flask, silence: ExitStack) -> None:
    told: list[type[Exception]] = []

    def read() -> None:
        try:
            with app.app_context(), snapshot() as view:
                view.value(ONE)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
            told.append(type(error))

    for engine in db.engines.values():
        engine.dispose()
    silence.enter_context(services.stopped("postgres"))
    reading = threading.Thread(target=read, daemon=True)
    reading.start()

    reading.join(PATIENCE_SECONDS / 4)
    assert told == [Busy]
    silence.close()

    _is_well()


def _begin(silence: ExitStack, *, noticed: bool) -> None:
    silence.enter_context(services.stopped("postgres"))
    if noticed:
        assert wait_until(lambda: PULSE.silent, 5)


def _is_well() -> None:
    """Read and write, so often that every connection of the pool was had."""
    assert wait_until(lambda: not PULSE.silent, 5)
    with ExitStack() as stack:
        views = [stack.enter_context(snapshot()) for _ in range(8)]
        assert [view.value(ONE) for view in views] == [1] * 8
    with unit_of_work() as uow:
        assert uow.value(ONE) == 1
