"""The policy, and the judge who holds the application to it."""

import csv
import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import count
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from app.platform.db import Base
from app.platform.uow import snapshot
from tests.access.people import ACTORS, Town
from tests.access.requests import Ask, outcome, said, served

POLICY = Path(__file__).with_name("policy.csv")
WORDS = {"yes", "sign-in", "absent", "refused", "rejected"}
"""Served; asked to sign in (401, or led there); not there (404); forbidden (403); taken for what it
is, and refused for what its body names, which is not the caller's (400, 409, 422)."""

DENIED = {"sign-in", "absent", "refused", "rejected"}

READS_MOVE = {"accounts_session.seen_at"}
"""What a read may write: the hour in which a session was seen last."""

MAY_BE_TOLD = {
    ("POST /orders/<order_id>/receipt", "colleague"),
    ("POST /orders/<order_id>/refunds", "colleague"),
}
"""What is the buyer's to do, and is refused to the seller on the order's page, which is theirs too:
they may know of the order. All others must not learn whether there is one."""

_numbers = count()

Policy = Mapping[str, Mapping[str, str]]


def read_policy() -> Policy:
    """Return what each actor gets, by route and actor."""
    with POLICY.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [name for name in rows[0] if name not in {"method", "rule"}] == list(ACTORS)
    named = [f"{row.pop('method')} {row.pop('rule')}" for row in rows]
    assert not [name for name, times in Counter(named).items() if times > 1]
    assert {word for row in rows for word in row.values()} <= WORDS
    return dict(zip(named, rows, strict=True))


def untold(app: Flask, policy: Policy) -> dict[str, str]:
    """Return routes that the policy does not tell of, and what it tells of and is no route."""
    known = {f"{method} {rule.rule}" for method, rule in served(app)}
    found = dict.fromkeys(known - set(policy), "not in the policy")
    return found | dict.fromkeys(set(policy) - known, "no such route")


def judged(town: Town, asked: Iterable[Ask], actor: str, policy: Policy) -> list[str]:
    """Send each request as ``actor``; return where another got something else than they should.

    Before all that is served, what is denied: it must leave the database as it was, and an id of
    somebody else's must answer as one that stands for nothing does.
    """
    found = []
    visitor = town.visitors[actor]
    asked = list(asked)
    for denied in (True, False):
        before = digests() if denied else {}
        for ask in asked:
            right = policy[ask.name][actor]
            if (right in DENIED) is not denied:
                continue
            answer = ask.send(visitor, next(_numbers))
            if outcome(answer) != right:
                found.append(f"{ask.name} for {actor}: {outcome(answer)}, not {right}")
            elif right == "absent" and ask.nothing and (ask.name, actor) not in MAY_BE_TOLD:
                none = ask.send(visitor, next(_numbers), nothing=True)
                if said(none, ask) != said(answer, ask):
                    found.append(f"{ask.name} for {actor}: another's and none are told apart")
        if denied:
            after = digests()
            found += [f"{name}: changed for {actor}" for name in changed(before, after)]
    return found


def digests(*, apart: Collection[str] = READS_MOVE) -> dict[str, str]:
    """Return a digest of each table; ``apart``: columns that do not count."""
    found = {}
    with snapshot() as view:
        for table in Base.metadata.sorted_tables:
            kept = [one for one in table.columns if f"{table.name}.{one.name}" not in apart]
            rows = sorted(repr(tuple(row)) for row in view.rows(select(*kept)))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return the tables that are not as they were."""
    return [name for name in before if before[name] != after[name]]
