"""Whether this process answers, whether it can serve, and what there is to count: for machines."""

import hmac
from collections.abc import Iterator, Mapping
from datetime import timedelta

import orjson
from flask import Blueprint, Response, current_app, request
from sqlalchemy import func, select

from app.attribution import api as attribution
from app.kernel.problems import Busy, NotFound
from app.ledger import api as ledger
from app.platform import seals
from app.platform.adapters import adapter
from app.platform.leases import LeaseRow
from app.platform.metrics import CONTENT_TYPE, Counts, exposition
from app.platform.outbox import DeliveryRow, OutboxRow
from app.platform.queue import CLOCK, JobRow
from app.platform.uow import Snapshot, snapshot
from app.settings import Settings
from app.web.caller import bearer
from app.web.security import is_from_here
from media.port import MediaStore, StoreDown
from search.port import SearchDown, SearchIndex

health = Blueprint("health", __name__)

LATE = timedelta(minutes=1)
"""A job that is due for longer was not done by anybody."""

INDEXING = "discovery."
"""Subscribers are named by their room; these bring what happened into the index."""

Gauge = tuple[str, str, Mapping[str, str], float]


@health.get("/healthz")
def alive() -> Response:
    """Say that this process answers; nothing else is asked."""
    return _text("ok")


@health.get("/readyz")
def ready() -> Response:
    """Say whether requests may come here: not while the database is away.

    Without search or pictures the site still serves, and says so; here too.
    """
    found = {"database": _database(), "search": _search(), "pictures": _pictures()}
    ready = found["database"] == "ok"
    body = orjson.dumps({"ready": ready, **found})
    answer = Response(body, 200 if ready else 503, content_type="application/json")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@health.get("/metrics")
def metrics() -> Response:
    """Tell what was counted, to this machine or to whoever has the token."""
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    token = settings.metrics_token.get_secret_value()
    shown = bearer(request) or ""
    if not ((token and hmac.compare_digest(shown.encode(), token.encode())) or is_from_here()):
        raise NotFound
    counts: Counts = current_app.extensions["trove_counts"]
    return _text(exposition(counts, _all_gauges()), CONTENT_TYPE)


def _text(said: str, kind: str = "text/plain; charset=utf-8") -> Response:
    answer = Response(said, content_type=kind)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _database() -> str:
    try:
        with snapshot() as view:
            view.value(select(func.count()).select_from(JobRow))
    except Busy:
        return "away"
    return "ok"


def _search() -> str:
    try:
        adapter(SearchIndex).check()
    except SearchDown:
        return "away"
    return "ok"


def _pictures() -> str:
    try:
        adapter(MediaStore).check()
    except StoreDown:
        return "away"
    return "ok"


def _all_gauges() -> list[Gauge]:
    """Return what the database knows; where it is away, that."""
    name, about = "trove_database_up", "Whether the database answers."
    try:
        with snapshot() as view:
            return [(name, about, {}, 1.0), *_gauges(view)]
    except Busy:
        return [(name, about, {}, 0.0)]


def _gauges(view: Snapshot) -> Iterator[Gauge]:
    lags, oldest = _lags(view)
    yield "trove_relay_lag_seconds", "Age of the oldest event that waits.", {}, oldest
    indexing = [lag for name, lag in lags.items() if not name or name.startswith(INDEXING)]
    about = "Age of the oldest event that searches do not show yet."
    yield "trove_index_lag_seconds", about, {}, max(indexing, default=0.0)
    for name, lag in sorted(lags.items()):
        if name:
            about = "Age of the oldest event that waits for a subscriber."
            yield "trove_delivery_lag_seconds", about, {"subscriber": name}, lag
    yield from _queue(view)
    about = "Jobs that nobody did in time."
    late = select(func.count()).where(JobRow.due_at < view.now - LATE)
    yield "trove_jobs_late", about, {}, float(view.value(late) or 0)
    fence = view.value(select(LeaseRow.fence).where(LeaseRow.name == CLOCK))
    yield "trove_clock_fence", "How often the jobs changed hands.", {}, float(fence or 0)
    yield from _seals(view)


def _seals(view: Snapshot) -> Iterator[Gauge]:
    streams = (ledger.SEALED, attribution.SEALED)
    stands = {one.name: seals.standing_of(view, one) for one in streams}
    about = "Age of the newest seal of a stream."
    for name, stand in stands.items():
        if stand.newest_at is not None:
            age = max(0.0, (view.now - stand.newest_at).total_seconds())
            yield "trove_seal_age_seconds", about, {"stream": name}, age
    about = "Rows of a stream that are not sealed yet."
    for name, stand in stands.items():
        yield "trove_seal_rows_waiting", about, {"stream": name}, float(stand.unsealed)


def _lags(view: Snapshot) -> tuple[dict[str, float], float]:
    """Return the lag by subscriber, "" for events that nobody looked at yet; and the largest."""
    fresh = view.value(select(func.min(OutboxRow.at)).where(OutboxRow.fanned_at.is_(None)))
    waiting = view.rows(
        select(DeliveryRow.subscriber, func.min(OutboxRow.at).label("at"))
        .join(OutboxRow, OutboxRow.position == DeliveryRow.position)
        .where(DeliveryRow.state == "waiting")
        .group_by(DeliveryRow.subscriber)
    )
    since = {row.subscriber: row.at for row in waiting}
    if fresh is not None:
        since[""] = fresh
    lags = {name: max(0.0, (view.now - at).total_seconds()) for name, at in since.items()}
    return lags, max(lags.values(), default=0.0)


def _queue(view: Snapshot) -> Iterator[Gauge]:
    fresh = view.value(select(func.count()).where(OutboxRow.fanned_at.is_(None)))
    yield "trove_events_unseen", "Events that nobody looked at yet.", {}, float(fresh or 0)
    counted = view.rows(
        select(DeliveryRow.subscriber, DeliveryRow.state, func.count().label("count"))
        .where(DeliveryRow.state != "done")
        .group_by(DeliveryRow.subscriber, DeliveryRow.state)
        .order_by(DeliveryRow.subscriber, DeliveryRow.state)
    )
    for row in counted:
        labels = {"subscriber": row.subscriber, "state": row.state}
        yield "trove_deliveries", "Deliveries that wait or are parked.", labels, float(row.count)
