"""Who hears of events: projectors keep rows in step, feeders feed what is outside the database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.platform.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Delivered:
    """An event as a subscriber gets it."""

    event_id: str
    topic: str
    body: Mapping[str, Any]
    at: datetime
    position: int


@dataclass(frozen=True, slots=True)
class Projector:
    """Keeps rows in step with what happened elsewhere; the database only, a unit of work each.

    It re-reads what the event names, so that handling an event twice, or late, is the same as once.
    """

    name: str
    topics: frozenset[str]
    project: Callable[[UnitOfWork, Delivered], None]


@dataclass(frozen=True, slots=True)
class Feeder:
    """Feeds a sink outside the database, outside any transaction, in order per key.

    ``feed`` gets up to ``batch`` events of different keys or of one key in order; every send of
    its own carries a version or an idempotency key.
    """

    name: str
    topics: frozenset[str]
    feed: Callable[[Sequence[Delivered]], None]
    batch: int = 200


Subscriber = Projector | Feeder


class Outage(Exception):
    """The sink cannot be reached just now: backs off, and is no try."""


class Unacceptable(Exception):
    """The sink's answer will never change: the delivery is parked at once."""
