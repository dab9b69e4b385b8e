"""Requests that somebody else has a browser send: every route that writes refuses them, and no
route that is only looked at writes.
"""

from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask

from app.catalogue import api as catalogue
from app.platform import clock
from app.platform.uow import unit_of_work
from tests.access.judging import READS_MOVE, changed, digests
from tests.access.people import Town, make_town
from tests.access.requests import SAFE, Ask, asks, outcome

BY_MACHINES = {"orders.take_notice"}
"""What no browser is meant to send: the provider's signature is asked for, and nobody's cookie."""

FORGERIES: dict[str, dict[str, Any]] = {
    "no token": {"csrf": ""},
    "a token of another session": {},
    "another site, by its origin": {"headers": {"Origin": "https://elsewhere.example"}},
    "another site, by a lookalike": {"headers": {"Origin": "http://localhost.elsewhere.example"}},
    "no site at all": {"headers": {"Origin": "null"}},
    "another port": {"headers": {"Origin": "http://localhost:8001"}},
    "another site, as the browser says": {"headers": {"Sec-Fetch-Site": "cross-site"}},
    "a neighbour, as the browser says": {"headers": {"Sec-Fetch-Site": "same-site"}},
}
"""Ways to be somebody else. The token is right where it is not told: either guard must do alone."""

TOKENS = {"no token", "a token of another session"}

_numbers = count()


@pytest.fixture(scope="module")
def town(site: Flask) -> Town:
    """A small town: nothing is used up in it."""
    return make_town(site, spare=3)


@pytest.fixture(scope="module")
def asked(town: Town) -> list[Ask]:
    """A request for each route."""
    return list(asks(town).values())


def forged(town: Town, asked: Iterable[Ask], actor: str) -> list[str]:
    """Send each request that writes in each forged way; return where one went through."""
    found, before = [], digests()
    others = town.visitors["reader"].csrf
    for ask in asked:
        for name, how in FORGERIES.items():
            if name in TOKENS and actor == "anonymous" and ask.is_api:
                # Who is nobody has nothing to abuse; they are told to sign in.
                continue
            given = {"csrf": others} if name == "a token of another session" else how
            answer = ask.attempt(town.visitors[actor], next(_numbers), **given)
            asked_who = actor == "anonymous" and outcome(answer) == "sign-in"
            refused = answer.status_code in {400, 403} or asked_who
            if not refused or signs_in(answer):
                found.append(f"{ask.name} with {name}: {answer.status_code}")
    return found + [f"{name} is not as it was" for name in changed(before, digests())]


def signs_in(answer: Any) -> bool:
    """Tell whether an answer gives a browser a session."""
    return any(one.startswith("session=") for one in answer.headers.getlist("Set-Cookie"))


def writes(asked: Iterable[Ask]) -> list[Ask]:
    """Return the requests that browsers send to write."""
    return [one for one in asked if one.method not in SAFE and one.endpoint not in BY_MACHINES]


@pytest.mark.parametrize("actor", ["owner", "anonymous"])
def test_a_forged_request_is_refused_everywhere(town: Town, asked: list[Ask], actor: str) -> None:
    assert len(writes(asked)) > 60

    assert forged(town, writes(asked), actor) == []


def test_a_route_without_its_guard_is_found(
    town: Town, asked: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = [one for one in asked if one.endpoint == "orders_pages.receive"]
    view = town.app.view_functions[one.endpoint]
    monkeypatch.setattr(view, "machine_only", True, raising=False)

    found = forged(town, [one], "owner")

    assert found[0] == f"{one.name} with no token: 303"
    assert "orders_order is not as it was" in found


def looked_at(town: Town, asked: Iterable[Ask], actor: str) -> list[str]:
    """Read each page and operation; return which of them wrote."""
    found = []
    before = digests()
    for ask in asked:
        for method in ("GET", "HEAD", "OPTIONS"):
            answer = ask.attempt(town.visitors[actor], next(_numbers), method=method)
            answer.close()
        after = digests()
        found += [f"{ask.name}: {name}" for name in changed(before, after)]
        before = after
    return found


@pytest.mark.parametrize("actor", ["owner", "anonymous", "colleague"])
def test_what_is_only_looked_at_stays_as_it_was(town: Town, asked: list[Ask], actor: str) -> None:
    reads = [one for one in asked if one.method in SAFE]
    assert len(reads) > 45

    assert looked_at(town, reads, actor) == []


def test_a_page_that_writes_is_found(
    town: Town, asked: list[Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    def counting() -> str:
        with unit_of_work() as uow:
            catalogue.ensure_category(uow, names=("Planted",))
        return ""

    monkeypatch.setitem(town.app.view_functions, "site_pages.developers", counting)
    reads = [one for one in asked if one.method in SAFE]

    assert looked_at(town, reads, "owner") == ["GET /developers: catalogue_category"]


def test_all_that_reading_moves_is_the_hour_in_which_a_session_was_seen(
    town: Town, asked: list[Ask]
) -> None:
    """Of no other column is that let pass above."""
    with unit_of_work() as uow:
        clock.move(uow.session.connection(), timedelta(hours=3))
    town.visitors["brand"].sign_in()
    before, but = digests(apart=()), digests()

    for ask in asked:
        if ask.method in SAFE:
            ask.attempt(town.visitors["owner"], next(_numbers)).close()

    assert set(changed(before, digests(apart=()))) <= {name.split(".")[0] for name in READS_MOVE}
    assert changed(but, digests()) == []
