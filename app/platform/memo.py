"""Answers that are kept for as long as nobody writes; what is recalled is never out of date."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import TypeVar

from flask import current_app

from app.platform import postgres
from app.platform.uow import Snapshot, raw
from app.platform.writelock import OpenLock, WriteLock

V = TypeVar("V")

KEPT_SECONDS = 5.0
"""Some answers depend on the clock as well (what is recent, when a list was begun)."""

KEPT_MAX = 500
"""So many answers, 20 kB each, are 10 MB."""


class Memo:
    """A bounded map from what was asked to what was answered, with the database's generation.

    A generation is anything that is another one as soon as somebody has committed.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._kept: dict[Hashable, tuple[Hashable, float, object]] = {}

    def find(self, key: Hashable, generation: Hashable) -> object | None:
        """Return what was kept for ``key`` in this generation, or None."""
        kept = self._kept.get(key)
        if kept is None or kept[0] != generation or kept[1] < time.monotonic():
            return None
        return kept[2]

    def keep(self, key: Hashable, generation: Hashable, value: object) -> None:
        """Keep ``value``; the one that was kept first makes room."""
        with self._lock:
            self._kept.pop(key, None)
            self._kept[key] = (generation, time.monotonic() + KEPT_SECONDS, value)
            while len(self._kept) > KEPT_MAX:
                del self._kept[next(iter(self._kept))]


def recall(view: Snapshot, key: Hashable, make: Callable[[], V]) -> V:
    """Return what ``make`` reads through ``view``, or what it returned for ``key`` before.

    Only an answer of the database as it is now is returned: one commit, of any process, makes
    every kept answer void. A view that has begun to read is older than this call, and nothing is
    kept of it.
    """
    generation = None if view.begun else _generation(view)
    if generation is None:
        return make()
    memo: Memo = current_app.extensions["trove_memo"]
    found = memo.find(key, generation)
    if found is not None:
        return found  # type: ignore[return-value] # the key says what it is
    value = make()
    memo.keep(key, generation, value)
    return value


def _generation(view: Snapshot) -> Hashable | None:
    """Return the generation of the database; where no lock counts writers, as ``view`` sees it."""
    lock: WriteLock | OpenLock = current_app.extensions["trove_write_lock"]
    if isinstance(lock, WriteLock):
        return lock.generation
    return postgres.seen_by(raw(view))
