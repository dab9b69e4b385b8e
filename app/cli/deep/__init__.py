"""Whether what must hold of the rows does hold: `trove doctor --deep`, and after every storm."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.cli.deep import beyond
from app.platform.uow import Snapshot

SETTLED = timedelta(minutes=1)
"""What waits for longer is stuck."""

RECENT = timedelta(days=1)
"""Events of so long ago are kept for certain."""

AFTER_EVENTS = frozenset({"I34"})
"""Rules of what is made of events; while some wait, they cannot be judged."""

WAITING = """
    SELECT (SELECT count(*) FROM platform_outbox WHERE fanned_at IS NULL)
        + (SELECT count(*) FROM platform_delivery WHERE state = 'waiting')
"""

_RULE = re.compile(r"^-- (I\d\d) (.+)\n((?:-- .*\n)*)((?:.*\n)*?.*;)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule, by its number; ``find`` returns what breaks it, nothing where it holds."""

    number: str
    rule: str
    find: Callable[[Snapshot], list[str]]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found of a rule; ``broken`` names what breaks it."""

    invariant: Invariant
    broken: tuple[str, ...]
    waits: bool = False
    """Whether it could not be judged, because events wait to be delivered."""


def invariants() -> list[Invariant]:
    """Return every rule, in order; one number may have a query and a look beyond the rows."""
    asked = (Path(__file__).parent / "invariants.sql").read_text(encoding="utf-8")
    queries = [
        Invariant(number, rule, _query(statement))
        for number, rule, _otherwise, statement in _RULE.findall(asked)
    ]
    looks = [Invariant(*one) for one in beyond.LOOKS]
    return sorted([*queries, *looks], key=lambda one: one.number)


def judge(view: Snapshot) -> Iterator[Judged]:
    """Yield what is found of each rule."""
    waiting = bool(view.value(text(WAITING)))
    for one in invariants():
        if waiting and one.number in AFTER_EVENTS:
            yield Judged(one, (), waits=True)
        else:
            yield Judged(one, tuple(one.find(view)))


def _query(statement: str) -> Callable[[Snapshot], list[str]]:
    asked = text(statement.rstrip(";"))
    wanted = set(asked._bindparams)  # noqa: SLF001 - the names that the text has; no public way

    def find(view: Snapshot) -> list[str]:
        known: dict[str, Any] = {
            "settled_us": _us(view, SETTLED),
            "recent_us": _us(view, RECENT),
        }
        rows = view.rows(asked, {name: known[name] for name in wanted})
        return sorted({str(row[0]) for row in rows})

    return find


def _us(view: Snapshot, ago: timedelta) -> int:
    return int((view.now - ago).timestamp()) * 1_000_000
