"""Many write at once and commit out of order: the relays of a large installation miss nothing."""

import threading
from collections.abc import Callable, Iterable

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.events.content import NotePublished
from app.platform import relay
from app.platform.outbox import DeliveryRow, OutboxRow
from app.platform.queue import JobRow
from app.platform.subscribers import Delivered, Projector
from app.platform.uow import UnitOfWork, snapshot, transact, unit_of_work
from tests.platform.sinks import Sink, deliver, projector, publish_in, states
from tests.support import engines

pytestmark = pytest.mark.service

WRITERS, EACH = 6, 20


database_url = engines.on_postgresql


def test_what_commits_late_under_an_earlier_number_is_not_stepped_over(app: Flask) -> None:
    sink = Sink()
    written, go = threading.Event(), threading.Event()

    def write_and_wait() -> None:
        with app.app_context(), unit_of_work() as uow:
            publish_in(uow, "late")
            uow.session.flush()
            written.set()
            assert go.wait(30)

    slow = threading.Thread(target=write_and_wait)
    slow.start()
    assert written.wait(30)
    transact(lambda uow: publish_in(uow, "early"))
    deliver(sink.feeder())
    first = list(sink.got)
    go.set()
    slow.join()
    deliver(sink.feeder())

    with snapshot() as view:
        rows = view.rows(OutboxRow.__table__.select().order_by(OutboxRow.position))
    assert [row.key for row in rows] == ["late", "early"]
    assert first == ["early"]
    assert sink.got == ["early", "late"]


def test_each_event_of_many_writers_is_projected_once_by_two_relays(app: Flask) -> None:
    done = threading.Event()
    keep = text("INSERT INTO platform_job (name, due_at) VALUES (:note, 1)")

    def project(uow: UnitOfWork, event: Delivered) -> None:
        uow.change(keep, {"note": event.body["note_id"]})

    subscribers = [projector(project)]

    def write(number: int) -> None:
        with app.app_context():
            for each in range(EACH):
                transact(lambda uow, each=each: publish_in(uow, f"{number}-{each}"))

    def carry(holder: str) -> None:
        with app.app_context():
            while not done.is_set():
                relay.drain(subscribers, holder=holder)
            while relay.drain(subscribers, holder=holder):
                pass

    relays = _begun(carry, ["one", "other"])
    _ended(_begun(write, range(WRITERS)))
    done.set()
    _ended(relays)

    with snapshot() as view:
        kept = {row.name for row in view.rows(select(JobRow.name))}
    assert kept == {f"{n}-{each}" for n in range(WRITERS) for each in range(EACH)}
    assert states("rows") == [("done", 0)] * (WRITERS * EACH)


class _Topics(frozenset[str]):
    """Topics that call when they are asked: in the middle of a fan-out."""

    asked: Callable[[], None]

    def __contains__(self, topic: object) -> bool:
        self.asked()
        return super().__contains__(topic)


def test_who_announces_in_the_middle_of_a_fan_out_does_not_make_it_void(app: Flask) -> None:
    told: list[str] = []
    reading, go = threading.Event(), threading.Event()

    def read_deliveries_and_write() -> None:
        with app.app_context(), unit_of_work() as uow:
            uow.rows(select(DeliveryRow.__table__))
            publish_in(uow, "slow")
            uow.session.flush()
            reading.set()
            assert go.wait(30)

    def announce() -> None:
        told.append(f"meanwhile {len(told)}")

        def write() -> None:
            with app.app_context():
                transact(lambda uow: publish_in(uow, told[-1]))

        _ended(_begun(lambda _one: write(), [1]))

    topics = _Topics({NotePublished.topic})
    topics.asked = announce
    transact(lambda uow: publish_in(uow, "first"))
    slow = _begun(lambda _one: read_deliveries_and_write(), [1])
    assert reading.wait(30)
    try:
        done = relay.fan_out([Projector("rows", topics, lambda _uow, _event: None)])
    finally:
        go.set()
        _ended(slow)

    assert (done, told) == (1, ["meanwhile 0"])
    assert states("rows") == [("waiting", 0)]


def _begun(work: Callable[..., None], each: Iterable[object]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work, args=(one,)) for one in each]
    for thread in threads:
        thread.start()
    return threads


def _ended(threads: Iterable[threading.Thread]) -> None:
    for thread in threads:
        thread.join()
