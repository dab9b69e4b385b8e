"""Each row of the table in docs/payments.md, lived with the sandbox in a process of its own."""

import re
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.catalogue import api as catalogue
from app.cli.demo.bank import free_port
from app.ledger import api as ledger
from app.orders import api as orders
from app.orders.providers.port import ProviderRefused
from app.platform.keys import Keys
from app.platform.uow import snapshot
from app.settings import Settings
from tests.orders.live import Live, serve
from tests.orders.shopping import SignUp, ask, decide, get, small_town
from tests.orders.shopping import refund as ask_and_grant
from tests.support.town import post

pytestmark = [pytest.mark.slow, pytest.mark.allow_hosts(["127.0.0.1"])]

PAGE = Path(__file__).parents[2] / "docs" / "payments.md"
COLUMNS = [
    "story", "told", "wallet", "came", "noted", "order", "payment", "stock", "goes back", "ledger",
]  # fmt: skip
Row = dict[str, str]
Story = Callable[[Live, str], None]


def table() -> list[Row]:
    """Return the rows of the table as they are written down."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]
    head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert head == COLUMNS
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"payment": "sandbox", "sandbox_port": free_port()})


@pytest.fixture
def live(
    app: Flask,
    settings: Settings,
    sign_up: SignUp,
    drain: Callable[[], int],
    run_jobs: Callable[[], int],
    pass_time: Callable[..., None],
) -> Generator[Live]:
    keys: Keys = app.extensions["trove_keys"]
    town = small_town(app, sign_up)
    with serve(app, settings, keys.derive("sandbox")) as sandbox:
        live = Live(town, sandbox, drain, run_jobs, pass_time)
        live.order()
        yield live


# The stories. `told` is the behaviour for the payment; what is told of the refund is told already.


def _pay(live: Live, told: str) -> None:
    live.pay(told)
    live.settle()


def _silent(live: Live, told: str) -> None:
    live.pay(told)
    live.settle()
    assert _state(live) == "placed"
    live.run_jobs()


def _late(live: Live, told: str) -> None:
    live.pay(told)
    assert _state(live) == "placed"
    live.settle()


def _killed(live: Live, told: str) -> None:
    live.pay(told)
    live.restart()
    live.settle()


def _killed_before_the_notice(live: Live, told: str) -> None:
    live.pay(told)
    live.sandbox.kill()
    assert _state(live) == "placed"
    live.sandbox.start()
    assert live.sandbox.unsent == 1
    live.settle()


def _killed_and_paid_again(live: Live, told: str) -> None:
    live.pay(told)
    live.restart()
    live.pay("normal")
    live.hear()
    live.settle()


def _unknown(live: Live, told: str) -> None:
    live.provider.open_charge(charge_no="of-another", amount_fen=10_000, description="")
    live.provider.pay(charge_no="of-another", behaviour=told)
    live.hear()
    live.settle()


def _lapsed(live: Live, told: str) -> None:
    live.pay(told)
    _let_lapse(live)
    live.hear()
    live.settle()


def _lapsed_silent(live: Live, told: str) -> None:
    live.pay(told)
    _let_lapse(live)
    live.hear()
    assert live.outcomes == []
    live.settle()


def _cancelled(live: Live, told: str) -> None:
    live.pay(told)
    path = f"/api/v1/checkouts/{live.checkout['id']}/cancellation"
    assert post(live.town.bob, path, method="PUT").status_code == 200
    live.hear()
    live.settle()


def _after_the_end(live: Live, told: str) -> None:
    _let_lapse(live)
    live.settle()
    live.pay(told)
    with pytest.raises(ProviderRefused, match="charge-closed"):
        live.provider.pay(charge_no=live.charge_no, behaviour=told)


def _refund_first(live: Live, told: str) -> None:
    live.pay(told)
    live.run_jobs()
    assert live.sandbox.unsent == 1
    _grant(live)
    while live.drain():
        pass
    assert (_state(live), live.sandbox.went != []) == ("cancelled", True)
    live.settle()


def _refunded(live: Live, told: str) -> None:
    _pay(live, told)
    _grant(live)
    live.settle()


def _refund_late(live: Live, told: str) -> None:
    _pay(live, told)
    _grant(live)
    while live.drain():
        pass
    assert _refund_states(live) == ["granted"]
    live.settle()


def _refund_down(live: Live, told: str) -> None:
    _pay(live, told)
    live.sandbox.kill()
    _grant(live)
    while live.drain():
        pass
    assert (_refund_states(live), live.waiting) == (["granted"], 1)
    live.sandbox.start()
    assert live.sandbox.went == []
    live.settle()


def _refund_killed(live: Live, told: str) -> None:
    _pay(live, told)
    _grant(live)
    while live.drain():
        pass
    assert (_refund_states(live), live.waiting) == (["granted"], 1)
    live.restart()
    assert len(live.sandbox.went) == 1
    live.settle()


def _refund_refused(live: Live, told: str) -> None:
    _refunded(live, told)
    assert _refund_states(live) == ["failed"]
    line = _order(live)["lines"][0]
    assert (line["refunding_fen"], line["refunding_quantity"]) == (0, 0)
    asked = ask(live.town, _order(live), key="again", quantity=1)
    assert asked.status_code == 201
    assert decide(live.town, asked.get_json()["id"], granted=False).status_code == 200


def _refund_refused_and_asked_again(live: Live, told: str) -> None:
    _refunded(live, told)
    ask_and_grant(live.town, _order(live), key="again", quantity=1)
    live.settle()
    assert _refund_states(live) == ["failed", "confirmed"]


def _return_killed(live: Live, told: str) -> None:
    live.pay(told)
    live.hear()
    while live.drain():
        pass
    live.restart()
    live.settle()


STORIES: dict[str, Story] = {
    "as-it-should": _pay,
    "late": _late,
    "silent": _silent,
    "declined": _pay,
    "lost-reply": _pay,
    "killed": _killed,
    "killed-before-the-notice": _killed_before_the_notice,
    "killed-and-paid-again": _killed_and_paid_again,
    "twice": _pay,
    "repeated": _pay,
    "too-little": _pay,
    "too-much": _pay,
    "unknown": _unknown,
    "lapsed": _lapsed,
    "lapsed-silent": _lapsed_silent,
    "cancelled": _cancelled,
    "after-the-end": _after_the_end,
    "refund-first": _refund_first,
    "refunded": _refunded,
    "refund-late": _refund_late,
    "refund-lost-reply": _refunded,
    "refund-down": _refund_down,
    "refund-killed": _refund_killed,
    "refund-refused": _refund_refused,
    "refund-refused-and-asked-again": _refund_refused_and_asked_again,
    "return-killed": _return_killed,
    "return-refused": _pay,
}


@pytest.mark.parametrize("row", table(), ids=lambda row: row["story"])
def test_the_table_tells_what_happens(live: Live, row: Row) -> None:
    payment, refund = _told(row)
    if refund:
        live.provider.tell(what="refund", value=refund)

    STORIES[row["story"]](live, payment)
    live.settle()

    assert _lived(live, row) == row
    _nothing_is_left(live, row)
    if row["order"] == "placed":
        live.pay("normal")
        live.settle()
        assert _state(live) == "paid"


def test_every_story_is_in_the_table_and_told_in_words() -> None:
    rows = [row["story"] for row in table()]
    words = re.findall(r"\*\*([a-z-]+)\*\*", PAGE.read_text().partition("## What happens")[2])

    assert rows == list(STORIES)
    assert sorted(words) == sorted(rows)


def _told(row: Row) -> tuple[str, str]:
    parts = row["told"].split(", ")
    refund = "".join(part.removeprefix("refund: ") for part in parts if ": " in part)
    payment = "".join(part for part in parts if ": " not in part)
    return payment or "normal", refund


def _lived(live: Live, row: Row) -> Row:
    checkout = get(live.town.bob, f"/api/v1/checkouts/{live.checkout['id']}").get_json()
    with snapshot() as view:
        seen = catalogue.product(view, product_id=live.town.thing.product_id)
        stock = view.row(text("SELECT on_hand, reserved FROM catalogue_sku"))
    assert seen.skus[0].available == stock.on_hand - stock.reserved
    return {
        "story": row["story"],
        "told": row["told"],
        "wallet": _list(live.answers),
        "came": _list(_yuan(fen) for _, fen in live.sandbox.came),
        "noted": _list(live.outcomes),
        "order": checkout["orders"][0]["state"],
        "payment": checkout["payment"]["state"],
        "stock": f"{stock.on_hand} / {stock.reserved}",
        "goes back": _list(_yuan(fen) for _, fen in live.sandbox.went),
        "ledger": _entries(),
    }


def _nothing_is_left(live: Live, row: Row) -> None:
    """What came and did not go back is the order's, and nothing is under way any more."""
    came = sum(fen for _, fen in live.sandbox.came)
    went = sum(fen for _, fen in live.sandbox.went)
    stuck = came if row["story"] == "return-refused" else 0
    with snapshot() as view:
        audit = ledger.audit(view)
        world = ledger.balance(view, account=ledger.world("sandbox")).fen
    assert audit.clean
    assert world == went - came
    assert sum(fen for _, fen in audit.stuck) == stuck
    assert came - went - stuck == (10_000 if row["order"] == "paid" else 0)
    assert "granted" not in _refund_states(live)
    assert live.waiting == 0
    with snapshot() as view:
        parked = text("SELECT count(*) FROM platform_delivery WHERE state = 'parked'")
        assert view.value(parked) == 0


def _entries() -> str:
    with snapshot() as view:
        rows = view.rows(
            text(
                "SELECT entry.seq, entry.step, move.kind, move.amount_fen FROM ledger_entry entry"
                " JOIN ledger_move move ON move.entry_seq = entry.seq"
                " ORDER BY entry.seq, move.position"
            )
        )
    entries: dict[int, list[str]] = {}
    steps: dict[int, str] = {}
    for row in rows:
        steps[row.seq] = row.step
        entries.setdefault(row.seq, []).append(f"{row.kind} {_yuan(row.amount_fen)}")
    return "; ".join(f"{steps[seq]}: {', '.join(found)}" for seq, found in entries.items()) or "–"


def _list(found: Iterable[object]) -> str:
    return ", ".join(str(one) for one in found) or "–"


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _order(live: Live) -> dict:
    return dict(get(live.town.bob, f"/api/v1/orders/{live.order_id}").get_json())


def _state(live: Live) -> str:
    return str(_order(live)["state"])


def _refund_states(live: Live) -> list[str]:
    return [one["state"] for one in _order(live)["refunds"] if one["state"] != "refused"]


def _grant(live: Live) -> None:
    ask_and_grant(live.town, _order(live), key="back", quantity=1)


def _let_lapse(live: Live) -> None:
    live.pass_time(minutes=31)
    with snapshot() as view:
        assert orders.checkout(view, checkout_id=live.checkout["id"]).state == "placed"
    live.run_jobs()
    assert _state(live) == "lapsed"
