"""Carries committed events to their subscribers: at least once, never before the commit.

Fan-out makes one delivery row per (event, subscriber). Deliveries are found by their state, not
by a cursor: on PostgreSQL a lower position may commit after a higher one, and a cursor would step
over it.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, insert, select, update
from sqlalchemy.orm import aliased

from app.kernel.problems import Busy
from app.platform import leases, locks
from app.platform.clock import GONE_BACK, machine_now
from app.platform.outbox import DeliveryRow, OutboxRow
from app.platform.subscribers import Delivered, Feeder, Outage, Projector, Subscriber, Unacceptable
from app.platform.uow import Snapshot, UnitOfWork, snapshot, transact

BATCH = 200
"""Rows of one round: at most this long does the relay keep others waiting."""

TRIES_MAX = 8
"""With doubling waits from one second, the eighth try comes after about two minutes."""

BACK_OFF_MAX_SECONDS = 60
OUTAGE_MAX_SECONDS = 3
"""Asking a sink whether it is back costs one call, and everybody waits for what it is to get."""

OUTAGE = "outage: "
"""How the error of a delivery begins that waits for its sink, and not for itself."""

KEPT_DAYS = 7
"""Done deliveries and their events are kept this long, for whoever asks what happened."""

LEASE_SECONDS = 30

log = logging.getLogger("trove.relay")


@dataclass(frozen=True, slots=True)
class _Due:
    id: int
    tries: int
    key: str
    since: datetime
    event: Delivered


def drain(subscribers: Sequence[Subscriber], *, holder: str) -> int:
    """Deliver what waits, one round; return how much was done (0: nothing left to do now)."""
    done = fan_out(subscribers)
    waiting = _who_waits()
    for subscriber in subscribers:
        if subscriber.name not in waiting:
            continue
        if isinstance(subscriber, Projector):
            done += _project(subscriber)
        else:
            done += _feed(subscriber, holder)
    return done


def _who_waits() -> frozenset[str]:
    """Return the subscribers for whom something is due: one question, however many there are."""
    due = (
        select(DeliveryRow.subscriber)
        .where(DeliveryRow.state == "waiting", ~_put_off(DeliveryRow))
        .distinct()
    )
    with snapshot() as view:
        return frozenset(row.subscriber for row in view.rows(due))


def fan_out(subscribers: Sequence[Subscriber]) -> int:
    """Make the deliveries of events that have none yet; return how many events."""
    waiting = (
        select(OutboxRow.position, OutboxRow.topic, OutboxRow.key)
        .where(OutboxRow.fanned_at.is_(None))
        .order_by(OutboxRow.position)
        .limit(BATCH)
    )
    with snapshot() as view:
        if not view.rows(waiting.limit(1)):
            return 0

    def write(uow: UnitOfWork) -> int:
        # One at a time: the deliveries of one key are in the order of its events.
        if not locks.try_take(uow, "relay/fan-out"):
            return 0
        events = uow.rows(waiting)
        now = machine_now()
        deliveries = [
            {
                "position": event.position,
                "subscriber": subscriber.name,
                "key": event.key,
                "state": "waiting",
                "tries": 0,
                "due_at": now,
            }
            for event in events
            for subscriber in subscribers
            if event.topic in subscriber.topics
        ]
        if deliveries:
            uow.change(insert(DeliveryRow), deliveries)
        positions = [event.position for event in events]
        uow.change(update(OutboxRow).where(OutboxRow.position.in_(positions)).values(fanned_at=now))
        return len(events)

    return transact(write, serializable=False)


def retry_parked(uow: UnitOfWork, *, subscriber: str | None = None) -> int:
    """Let parked deliveries be tried again; return how many."""
    parked = update(DeliveryRow).where(DeliveryRow.state == "parked")
    if subscriber is not None:
        parked = parked.where(DeliveryRow.subscriber == subscriber)
    return uow.change(parked.values(state="waiting", tries=0, due_at=machine_now()))


def prune(uow: UnitOfWork) -> int:
    """Forget what was done more than `KEPT_DAYS` ago; return how many events."""
    old = machine_now() - timedelta(days=KEPT_DAYS)
    uow.change(delete(DeliveryRow).where(DeliveryRow.state == "done", DeliveryRow.done_at < old))
    kept = exists().where(DeliveryRow.position == OutboxRow.position)
    return uow.change(delete(OutboxRow).where(OutboxRow.fanned_at < old, ~kept))


def _project(projector: Projector) -> int:
    done = 0
    with snapshot() as view:
        due = _due(view, _waiting(projector.name).limit(BATCH))
    held: set[str] = set()
    for delivery in due:
        if delivery.key in held:
            continue
        try:
            done += transact(partial(_project_one, projector, delivery))
        except Exception as error:  # noqa: BLE001 - a projector's fault parks its own delivery only
            if not _failed([delivery], error):
                held.add(delivery.key)
    return done


def _project_one(projector: Projector, delivery: _Due, uow: UnitOfWork) -> bool:
    if not _claim(uow, delivery.id):
        return False
    projector.project(uow, delivery.event)
    return True


def _feed(feeder: Feeder, holder: str) -> int:
    with snapshot() as view:
        if _is_out(view, feeder):
            return 0
    if leases.lead(feeder.name, holder=holder, ttl_seconds=LEASE_SECONDS) is None:
        return 0
    with snapshot() as view:
        due = _due(view, _waiting(feeder.name).limit(feeder.batch))
    return _send(feeder, due)


def _send(feeder: Feeder, due: Sequence[_Due]) -> int:
    if not due:
        return 0
    try:
        feeder.feed([delivery.event for delivery in due])
    except Exception as error:  # noqa: BLE001 - whatever a sink raises is sorted out here
        if len(due) > 1 and not isinstance(error, Outage):
            return _send_singly(feeder, due)
        _failed(due, error)
        return 0
    transact(partial(_claim_all, due), serializable=False)
    return len(due)


def _claim_all(due: Sequence[_Due], uow: UnitOfWork) -> None:
    for delivery in due:
        _claim(uow, delivery.id)


def _send_singly(feeder: Feeder, due: Sequence[_Due]) -> int:
    """Find the one bad event that holds back the others; return how many were taken.

    What comes after it under the same key waits with it, unless it was parked.
    """
    done = 0
    held: set[str] = set()
    for place, delivery in enumerate(due):
        if delivery.key in held:
            continue
        try:
            feeder.feed([delivery.event])
        except Outage as error:
            _failed([one for one in due[place:] if one.key not in held], error)
            break
        except Exception as error:  # noqa: BLE001 - as in `_send`
            if not _failed([delivery], error):
                held.add(delivery.key)
        else:
            transact(partial(_claim_all, [delivery]))
            done += 1
    return done


def _put_off(row: type[DeliveryRow]) -> ColumnElement[bool]:
    """Return what is true of a delivery whose time has not come.

    None is put off for longer than `BACK_OFF_MAX_SECONDS`: what is was put off before the machine's
    clock went back, and does not wait until it has come there again.
    """
    now = machine_now()
    never = now + GONE_BACK * timedelta(seconds=BACK_OFF_MAX_SECONDS)
    return (row.due_at > now) & (row.due_at <= never)


def _is_out(view: Snapshot, feeder: Feeder) -> bool:
    """Tell whether the sink was out of reach just now: then nothing new is tried on it either."""
    waits = exists().where(
        DeliveryRow.subscriber == feeder.name,
        DeliveryRow.state == "waiting",
        _put_off(DeliveryRow),
        DeliveryRow.error.startswith(OUTAGE),
    )
    return bool(view.value(select(waits)))


def _waiting(subscriber: str) -> Select[Any]:
    earlier = aliased(DeliveryRow)
    held_back = exists().where(
        earlier.subscriber == DeliveryRow.subscriber,
        earlier.state == "waiting",
        earlier.key == DeliveryRow.key,
        earlier.id < DeliveryRow.id,
        _put_off(earlier),
    )
    return (
        select(
            DeliveryRow.id,
            DeliveryRow.tries,
            DeliveryRow.key,
            OutboxRow.fanned_at,
            OutboxRow.event_id,
            OutboxRow.topic,
            OutboxRow.body,
            OutboxRow.at,
            OutboxRow.position,
        )
        .join(OutboxRow, OutboxRow.position == DeliveryRow.position)
        .where(
            DeliveryRow.subscriber == subscriber,
            DeliveryRow.state == "waiting",
            ~_put_off(DeliveryRow),
            ~held_back,
        )
        .order_by(DeliveryRow.id)
    )


def _due(view: Snapshot, statement: Select[Any]) -> list[_Due]:
    return [
        _Due(
            row.id,
            row.tries,
            row.key,
            row.fanned_at,
            Delivered(row.event_id, row.topic, row.body, row.at, row.position),
        )
        for row in view.rows(statement)
    ]


def _claim(uow: UnitOfWork, delivery_id: int) -> bool:
    # Another worker may be at it: then it is stepped over, not waited for (PostgreSQL only;
    # SQLite's writers take turns).
    mine = select(DeliveryRow.id).where(
        DeliveryRow.id == delivery_id, DeliveryRow.state == "waiting"
    )
    if not uow.rows(mine.with_for_update(skip_locked=True)):
        return False
    done = update(DeliveryRow).where(DeliveryRow.id == delivery_id, DeliveryRow.state == "waiting")
    return uow.change(done.values(state="done", done_at=machine_now(), error=None)) == 1


def _failed(due: Sequence[_Due], error: Exception) -> bool:
    """Put off what could not be delivered, or park it; tell whether it was parked."""
    outage = isinstance(error, Outage | Busy)
    parked = transact(partial(_note_failure, due, error, outage), serializable=False)
    log.warning(
        "delivery failed",
        exc_info=None if outage else error,
        extra={"topics": sorted({delivery.event.topic for delivery in due}), "outage": outage},
    )
    return parked


def _note_failure(due: Sequence[_Due], error: Exception, outage: bool, uow: UnitOfWork) -> bool:  # noqa: FBT001 - made by partial
    now = machine_now()
    said = f"{OUTAGE if outage else ''}{type(error).__name__}: {error}"[:500]
    parked = False
    for delivery in due:
        tries = delivery.tries if outage else delivery.tries + 1
        parked = isinstance(error, Unacceptable) or tries >= TRIES_MAX
        # An outage is waited for as long again as it has lasted.
        lasted = (now - delivery.since).total_seconds()
        wait = min(lasted, OUTAGE_MAX_SECONDS) if outage else 2.0 ** min(tries, 6)
        uow.change(
            update(DeliveryRow)
            .where(DeliveryRow.id == delivery.id, DeliveryRow.state == "waiting")
            .values(
                state="parked" if parked else "waiting",
                tries=tries,
                due_at=now + timedelta(seconds=min(max(1.0, wait), BACK_OFF_MAX_SECONDS)),
                error=said,
            )
        )
    return parked
