"""Every order of up to four callbacks ends in the one state that docs/notices.md tells."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice, permutations
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.orders.providers.port import Paid
from app.platform.uow import snapshot
from tests.orders.shopping import Town, bank, get, notify, small_town
from tests.support import engines
from tests.support.town import place, post

PAGE = Path(__file__).parents[2] / "docs" / "notices.md"
CALLBACKS = ("paid", "copy", "second", "wrong-sum", "forged", "unknown", "refund", "cancel")
SUM = 10_000
EVERY = 7 if engines.SCALE else 1
"""On the services one order of so many: each rule has been asked by then, and each race elsewhere."""

Table = dict[tuple[str, str], tuple[str, str, str]]


def table() -> Table:
    """Return what is answered, the order then, and what goes back, by order and callback."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")][2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {(before, callback): (told, then, back) for before, callback, told, then, back in rows}


@dataclass
class Told:
    """An order, and what was told of it."""

    town: Town
    callbacks: tuple[str, ...]
    number: int
    checkout: dict[str, Any] = field(default_factory=dict)
    answers: list[str] = field(default_factory=list)

    def live(self) -> None:
        self.checkout = place(self.town.bob, {self.town.thing: 1}, key=f"place-{self.number}")
        started = post(self.town.bob, f"/api/v1/checkouts/{self.checkout['id']}/payment")
        assert started.status_code == 200
        self.answers = [self._tell(one) for one in self.callbacks]

    @property
    def charge_no(self) -> str:
        return str(self.checkout["payment"]["id"])

    def _tell(self, callback: str) -> str:
        app, charge = self.town.app, self.charge_no
        match callback:
            case "cancel":
                path = f"/api/v1/checkouts/{self.checkout['id']}/cancellation"
                return _said(post(self.town.bob, path, method="PUT"))
            case "refund":
                said = {"refund_no": f"ref_{self.number}", "amount_fen": SUM}
                return _said(notify(app, "refund.succeeded", **said))
            case "forged":
                _, body = bank().notice("charge.paid", **self._paid("forged", SUM))
                headers, _ = bank().notice("charge.paid")
                path = "/api/v1/payment-callbacks/none"
                return _said(app.test_client().post(path, data=body, headers=headers))
            case "unknown":
                charge = f"of-another-{self.number}"
            case "copy":
                callback = "paid"
        fen = SUM - 100 if callback == "wrong-sum" else SUM
        came = bank().came.setdefault(charge, [])
        said = self._paid(callback, fen) | {"charge_no": charge}
        if said["txn_id"] not in {one.txn_id for one in came}:
            came.append(Paid(said["txn_id"], fen))
        return _said(notify(app, **said))

    def _paid(self, callback: str, fen: int) -> dict[str, Any]:
        txn = f"txn_{self.number}_{callback}"
        return {"charge_no": self.charge_no, "txn_id": txn, "amount_fen": fen}

    def ended(self) -> tuple[list[str], str, int]:
        """Return the answers, the order's state, and what went back."""
        order = get(self.town.bob, f"/api/v1/orders/{self.checkout['orders'][0]['id']}").get_json()
        mine = f"txn_{self.number}_"
        back = sum(fen for txn, fen, _ in bank().refunds.values() if txn.startswith(mine))
        return self.answers, str(order["state"]), back


def _said(answer: Any) -> str:
    if answer.status_code >= 400:
        return f"{answer.status_code} {answer.get_json()['code']}"
    return str(answer.get_json().get("outcome", answer.status_code))


def foretold(callbacks: tuple[str, ...], told: Table) -> tuple[list[str], str, int]:
    """Return the same of what the table says."""
    state, answers, back, known = "placed", [], 0, ""
    for callback in callbacks:
        of_paid = callback in {"paid", "copy"}
        if of_paid and known:
            answers.append(known)
            continue
        said, state, goes = told[state, callback]
        known = said if of_paid else known
        answers.append(said)
        back += 0 if goes == "–" else int(goes.replace(".", ""))
    return answers, state, back


def orders(longest: int, shortest: int = 1) -> Iterator[tuple[str, ...]]:
    for length in range(shortest, longest + 1):
        yield from permutations(CALLBACKS, length)


def hold(town: Town, drain: Callable[[], int], asked: Iterator[tuple[str, ...]]) -> int:
    """Live every one of ``asked``, each with an order of its own; return how many there were."""
    lived = [Told(town, callbacks, number) for number, callbacks in enumerate(asked)]
    for one in lived:
        one.live()
    while drain():
        pass
    told = table()
    wrong = {
        " ".join(one.callbacks): (one.ended(), expected)
        for one in lived
        if one.ended() != (expected := foretold(one.callbacks, told))
    }
    assert wrong == {}
    with snapshot() as view:
        waiting = text("SELECT count(*) FROM orders_refund WHERE state <> 'confirmed'")
        assert view.value(waiting) == 0
    return len(lived)


@pytest.fixture
def town(app, sign_up) -> Town:
    return small_town(app, sign_up, stock=5_000)


def test_the_table_has_every_callback_in_every_state_once() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")][2:]
    states = ("placed", "paid", "cancelled")

    assert set(table()) == {(state, callback) for state in states for callback in CALLBACKS}
    assert len(lines) == len(table())


def test_one_callback_or_two_end_as_the_table_says(town: Town, drain: Callable[[], int]) -> None:
    assert hold(town, drain, orders(2)) == 8 + 56


@pytest.mark.slow
@pytest.mark.parametrize("first", CALLBACKS)
def test_three_or_four_callbacks_end_as_the_table_says(
    town: Town, drain: Callable[[], int], first: str
) -> None:
    asked = (callbacks for callbacks in orders(4, 3) if callbacks[0] == first)
    of_all = (336 + 1680) // len(CALLBACKS)
    assert hold(town, drain, islice(asked, 0, None, EVERY)) == of_all // EVERY
