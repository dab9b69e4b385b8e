"""Sealing beside transactions that are under way: none is overtaken by a seal."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.ledger.api import SEALED
from app.platform import seals
from app.platform.uow import unit_of_work
from tests.platform.test_seals import (
    post,
    test_what_was_done_to_the_rows_is_named_with_its_seal,
    verified,
)
from tests.support import engines

pytestmark = pytest.mark.service

__all__ = ["test_what_was_done_to_the_rows_is_named_with_its_seal"]
"""Asked once more, of this database."""


database_url = engines.on_postgresql


def test_nothing_is_sealed_while_an_older_transaction_is_under_way(
    app: Flask, pass_time: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    post(1)
    pass_time(minutes=11)
    monkeypatch.setattr(seals, "SETTLED", timedelta(0))
    written, go = threading.Event(), threading.Event()

    def write_and_wait() -> None:
        with app.app_context(), unit_of_work() as uow:
            assert uow.now
            written.set()
            assert go.wait(30)

    slow = threading.Thread(target=write_and_wait)
    slow.start()
    assert written.wait(30)
    beside = seals.seal_due(SEALED)
    go.set()
    slow.join()

    assert beside == 0
    assert seals.seal_due(SEALED) == 1
    assert verified().faults == ()


def test_two_leaders_at_once_make_one_chain(
    app: Flask, pass_time: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "BATCH", 3)
    post(*range(1, 31))
    pass_time(minutes=11)
    sealed: list[int] = []

    def seal() -> None:
        with app.app_context():
            sealed.append(seals.seal_due(SEALED))

    leaders = [threading.Thread(target=seal) for _ in range(2)]
    for one in leaders:
        one.start()
    for one in leaders:
        one.join()

    found = verified()
    assert sum(sealed) == found.rows == 30
    assert (found.unsealed, found.faults) == (0, ())
