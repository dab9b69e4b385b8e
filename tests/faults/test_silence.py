"""The database falls silent amid a piece of work: whoever has read is answered, the others are told."""

from collections.abc import Generator
from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import text

from app.kernel.problems import Busy
from app.platform.db import start_pulse
from app.platform.pulse import PULSE
from app.platform.uow import snapshot, unit_of_work
from tests.faults import services
from tests.support.engines import fresh_database
from tests.support.waiting import wait_until

pytestmark = pytest.mark.service

ONE = text("SELECT 1")


@pytest.fixture
def database_url() -> Generator[str]:
    """A PostgreSQL database, whatever the mode."""
    services.require("postgres")
    with fresh_database() as url:
        yield url


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
