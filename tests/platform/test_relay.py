"""From the outbox to whoever hears: once, in order, through outages, past what cannot be."""

import pytest
from flask import Flask
from sqlalchemy import text

from app.platform import clock, relay
from app.platform.outbox import DeliveryRow
from app.platform.subscribers import Delivered, Outage, Unacceptable
from app.platform.uow import UnitOfWork, snapshot, unit_of_work
from tests.platform.sinks import (
    Sink,
    deliver,
    forget,
    later,
    projector,
    publish,
    publish_in,
    states,
    waits,
)

pytestmark = pytest.mark.usefixtures("app")


def fails_on(said: str, error: Exception | None = None):
    """Return a fault of one event."""
    return lambda one: (error or ValueError("no")) if one == said else None


def test_every_subscriber_of_a_topic_gets_each_event_once() -> None:
    seen: list[str] = []
    one, other = Sink(), Sink()
    rows = projector(lambda _uow, event: seen.append(event.body["note_id"]))
    publish("a", "b")

    deliver(one.feeder(), other.feeder("other"), rows)
    deliver(one.feeder(), other.feeder("other"), rows)

    assert one.got == other.got == seen == ["a", "b"]


def test_nobody_gets_a_topic_that_they_do_not_hear() -> None:
    seen: list[str] = []
    publish("a")
    forget("a")

    deliver(projector(lambda _uow, event: seen.append(event.topic)))

    assert seen == ["content.note-published.v1"]


def test_what_is_rolled_back_is_delivered_to_nobody() -> None:
    sink = Sink()

    def fail() -> None:
        with unit_of_work() as uow:
            clock.move(uow.session.connection(), clock.timedelta(days=1))
            publish_in(uow, "a")
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    deliver(sink.feeder())

    assert sink.got == []
    with snapshot() as view:
        assert view.value(text("SELECT count(*) FROM platform_outbox")) == 0
        assert clock.offset(view.session.connection()) == clock.timedelta(0)


def test_a_new_subscriber_does_not_get_old_events() -> None:
    publish("old")
    deliver(Sink().feeder())
    late = Sink()
    publish("new")

    deliver(Sink().feeder(), late.feeder("late"))

    assert late.got == ["new"]


def test_a_projector_whose_work_fails_leaves_nothing_of_it() -> None:
    def half(uow: UnitOfWork, event: Delivered) -> None:
        clock.move(uow.session.connection(), clock.timedelta(days=1))
        publish_in(uow, "made")
        raise ValueError(event.topic)

    publish("a")

    deliver(projector(half))

    with snapshot() as view:
        assert clock.offset(view.session.connection()) == clock.timedelta(0)
        assert view.value(text("SELECT count(*) FROM platform_outbox")) == 1
    assert states("rows") == [("waiting", 1)]


def test_events_of_one_thing_keep_their_order_behind_one_that_fails() -> None:
    sink = Sink(fault=fails_on("a"))
    publish("a", "b")
    forget("a")

    deliver(sink.feeder())
    sink.fault = lambda _said: None
    deliver(sink.feeder())
    assert sink.got == ["b"]
    later(minutes=1)
    deliver(sink.feeder())

    assert sink.got == ["b", "a", "no a"]


def test_a_projector_keeps_the_order_of_one_thing_too() -> None:
    seen: list[str] = []
    broken = [1]

    def keep(_uow: UnitOfWork, event: Delivered) -> None:
        note = event.body["note_id"]
        if event.position in broken:
            raise ValueError
        seen.append(f"{note}{event.position}")

    publish("a", "b", "a")

    deliver(projector(keep))
    assert seen == ["b2"]
    broken.clear()
    later(minutes=1)
    deliver(projector(keep))

    assert seen == ["b2", "a1", "a3"]


def test_an_outage_backs_off_and_is_no_try() -> None:
    sink = Sink(fault=lambda _said: Outage("nobody there"))
    publish("a")
    deliver(sink.feeder())
    assert states() == [("waiting", 0)]
    assert 0 < waits()[0] <= 1
    longest = []
    for seconds in (2, 8, 40):
        later(seconds=seconds)
        deliver(sink.feeder())
        longest += waits()

    assert states() == [("waiting", 0)]
    assert longest == pytest.approx([2, *[relay.OUTAGE_MAX_SECONDS] * 2], abs=0.9)
    sink.fault = lambda _said: None
    later(minutes=2)
    deliver(sink.feeder())
    assert sink.got == ["a"]


def test_during_an_outage_new_events_do_not_hammer_at_the_sink() -> None:
    sink = Sink(fault=lambda _said: Outage("nobody there"))
    publish("a")
    deliver(sink.feeder())
    for note in "bcd":
        publish(note)
        deliver(sink.feeder())

    assert sink.calls == [["a"]]
    sink.fault = lambda _said: None
    later(seconds=2)
    deliver(sink.feeder())
    assert sink.got == ["a", "b", "c", "d"]


def test_nobody_waits_until_a_clock_that_went_back_has_come_there_again() -> None:
    down, well = Sink(fault=lambda _said: Outage("nobody there")), Sink()
    publish("a")
    relay.drain([down.feeder("down"), well.feeder("well")], holder="first")
    later(hours=-1)
    publish("b")
    down.fault = lambda _said: None

    relay.drain([down.feeder("down"), well.feeder("well")], holder="second")

    assert (down.got, well.got) == (["a", "b"], ["a", "b"])


def test_an_outage_of_one_sink_holds_up_no_other() -> None:
    down, well = Sink(fault=lambda _said: Outage("nobody there")), Sink()
    publish("a")

    deliver(down.feeder(), well.feeder("well"))

    assert (down.got, well.got) == ([], ["a"])


def test_an_answer_that_will_never_change_parks_at_once_and_is_stepped_over() -> None:
    sink = Sink(fault=fails_on("a", Unacceptable("unknown field")))
    publish("a", "b")
    forget("a")

    deliver(sink.feeder())

    assert sink.got == ["b", "no a"]
    assert states() == [("parked", 1), ("done", 0), ("done", 0)]


def test_what_fails_eight_times_is_parked_with_its_reason() -> None:
    sink = Sink(fault=fails_on("a"))
    publish("a")
    for tries in range(1, relay.TRIES_MAX):
        deliver(sink.feeder())
        assert states() == [("waiting", tries)]
        later(minutes=2)

    deliver(sink.feeder())

    assert states() == [("parked", relay.TRIES_MAX)]
    later(days=1)
    assert deliver(sink.feeder()) == 0
    with snapshot() as view:
        assert view.value(text("SELECT error FROM platform_delivery")) == "ValueError: no"


def test_a_parked_delivery_is_retried_by_command() -> None:
    sink = Sink(fault=fails_on("a", Unacceptable("not now")))
    publish("a", "b")
    deliver(sink.feeder())
    sink.fault = lambda _said: None
    with unit_of_work() as uow:
        assert relay.retry_parked(uow, subscriber="other") == 0
        assert relay.retry_parked(uow, subscriber="sink") == 1

    deliver(sink.feeder())

    assert sink.got == ["b", "a"]
    assert states() == [("done", 0), ("done", 0)]


def test_one_bad_event_is_found_in_a_batch_and_holds_back_nobody() -> None:
    sink = Sink(fault=fails_on("c"))
    publish("a", "b", "c", "d")

    deliver(sink.feeder())

    assert sink.calls[0] == ["a", "b", "c", "d"]
    assert sorted(sink.got) == ["a", "b", "d"]
    assert [state for state, _ in states()] == ["done", "done", "waiting", "done"]


def test_an_outage_while_a_bad_event_is_looked_for_is_no_try_of_the_rest() -> None:
    answers = iter([ValueError("batch"), None, Outage("gone"), AssertionError("asked again")])
    sink = Sink(fault=lambda _said: next(answers))
    publish("a", "b", "c")

    deliver(sink.feeder())

    assert sink.got == ["a"]
    assert states() == [("done", 0), ("waiting", 0), ("waiting", 0)]


def test_only_the_holder_of_the_lease_feeds_until_it_expires() -> None:
    sink = Sink()
    publish("a")
    deliver(sink.feeder(), holder="first")
    publish("b")

    deliver(sink.feeder(), holder="second")
    assert sink.got == ["a"]
    later(seconds=relay.LEASE_SECONDS + 1)
    deliver(sink.feeder(), holder="second")
    publish("c")
    deliver(sink.feeder(), holder="first")

    assert sink.got == ["a", "b"]
    with snapshot() as view:
        assert view.value(text("SELECT fence FROM platform_lease WHERE name = 'sink'")) == 2


def test_a_feeder_gets_no_more_than_its_batch_at_a_time() -> None:
    sink = Sink()
    publish(*"abcde")

    deliver(sink.feeder(batch=2))

    assert sink.calls == [["a", "b"], ["c", "d"], ["e"]]


def test_what_is_done_is_forgotten_after_a_week_and_what_is_parked_is_not() -> None:
    sink = Sink(fault=fails_on("a", Unacceptable("never")))
    publish("a", "b")
    deliver(sink.feeder())
    later(days=relay.KEPT_DAYS + 1)

    with unit_of_work() as uow:
        assert relay.prune(uow) == 1

    assert states() == [("parked", 1)]


def test_an_error_keeps_no_row_of_a_person() -> None:
    def spill(uow: UnitOfWork, _event: Delivered) -> None:
        uow.change(text("INSERT INTO nowhere VALUES (:mail)"), {"mail": "li.lei@example.org"})

    publish("a")

    deliver(projector(spill))

    with snapshot() as view:
        told = view.row(text("SELECT error, tries FROM platform_delivery"))
    assert "nowhere" in told.error
    assert "example.org" not in told.error


def test_what_a_constraint_says_of_a_row_is_not_kept() -> None:
    def clash(uow: UnitOfWork, _event: Delivered) -> None:
        for _ in range(2):
            uow.change(
                text("INSERT INTO platform_job (name, due_at) VALUES (:mail, 1)"),
                {"mail": "li.lei@example.org"},
            )

    publish("a")

    deliver(projector(clash))

    with snapshot() as view:
        told = view.value(text("SELECT error FROM platform_delivery"))
    assert "platform_job" in told
    assert "example.org" not in told


def test_a_worker_finds_every_subscriber_by_another_name(app: Flask) -> None:
    from app import factory

    names = [one.name for one in factory.subscribers()]

    assert len(names) == len(set(names)) >= 6
    assert all(len(name) <= DeliveryRow.subscriber.type.length for name in names)
