"""Subscribers of the tests' own, events for them, and time that has passed for deliveries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import select, text

from app.events.content import NoteDeleted, NotePublished
from app.kernel.ids import AccountId, NoteId
from app.platform import relay
from app.platform.outbox import DeliveryRow
from app.platform.subscribers import Delivered, Feeder, Projector, Subscriber
from app.platform.uow import UnitOfWork, snapshot, unit_of_work

HOLDER = "here"


@dataclass
class Sink:
    """Something outside the database; ``fault`` says what it does about an event."""

    fault: Callable[[str], Exception | None] = lambda _said: None
    got: list[str] = field(default_factory=list)
    calls: list[list[str]] = field(default_factory=list)

    def feed(self, events: Sequence[Delivered]) -> None:
        """Take all of ``events``, or none."""
        said = [_said(event) for event in events]
        self.calls.append(said)
        for one in said:
            if fault := self.fault(one):
                raise fault
        self.got += said

    def feeder(self, name: str = "sink", *, batch: int = 200) -> Feeder:
        """Return the feeder that feeds this sink."""
        topics = frozenset({NotePublished.topic, NoteDeleted.topic})
        return Feeder(name, topics, self.feed, batch)


def _said(event: Delivered) -> str:
    gone = event.topic == NoteDeleted.topic
    return f"{'no ' if gone else ''}{event.body['note_id']}"


def projector(
    project: Callable[[UnitOfWork, Delivered], None],
    name: str = "rows",
    topic: str = NotePublished.topic,
) -> Projector:
    """Return a projector of one topic."""
    return Projector(name, frozenset({topic}), project)


def publish_in(uow: UnitOfWork, note: str) -> None:
    """Announce in an open unit of work that a note was published."""
    uow.announce(NotePublished(NoteId(note), AccountId("ann")))


def publish(*notes: str) -> None:
    """Announce that notes were published, in one unit of work."""
    with unit_of_work() as uow:
        for note in notes:
            publish_in(uow, note)


def forget(note: str) -> None:
    """Announce that a note was deleted."""
    with unit_of_work() as uow:
        uow.announce(NoteDeleted(NoteId(note), AccountId("ann")))


def deliver(*subscribers: Subscriber, holder: str = HOLDER) -> int:
    """Deliver until nothing is left to do now."""
    total = 0
    while done := relay.drain(subscribers, holder=holder):
        total += done
    return total


def later(**parts: float) -> None:
    """Make it as if all about deliveries, leases and jobs had happened so long before."""
    by = int(timedelta(**parts) / timedelta(microseconds=1))
    with unit_of_work() as uow:
        for table, columns in (
            ("platform_delivery", ("due_at", "done_at")),
            ("platform_outbox", ("fanned_at",)),
            ("platform_lease", ("until",)),
            ("platform_job", ("due_at",)),
        ):
            moved = ", ".join(f"{name} = {name} - :by" for name in columns)
            uow.change(text(f"UPDATE {table} SET {moved}"), {"by": by})


def states(subscriber: str = "sink") -> list[tuple[str, int]]:
    """Return state and tries of each delivery of ``subscriber``, in order."""
    with snapshot() as view:
        rows = view.rows(
            select(DeliveryRow.state, DeliveryRow.tries)
            .where(DeliveryRow.subscriber == subscriber)
            .order_by(DeliveryRow.id)
        )
        return [tuple(row) for row in rows]


def waits(subscriber: str = "sink") -> list[float]:
    """Return in how many seconds each waiting delivery is due."""
    from app.platform.clock import machine_now

    with snapshot() as view:
        rows = view.rows(
            select(DeliveryRow.due_at)
            .where(DeliveryRow.subscriber == subscriber, DeliveryRow.state == "waiting")
            .order_by(DeliveryRow.id)
        )
        return [(row.due_at - machine_now()).total_seconds() for row in rows]
