"""What each fact posts, over the journey: the table of docs/adr/0003, and nothing beside it.

All stands are folded from the moves by SQL of this file, so that a balance row cannot hide a fault.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.accounts import api as accounts
from app.ledger import api as ledger
from app.platform.uow import snapshot, unit_of_work
from tests.orders.shopping import Town, act, bank, notify, order_of, pay, refund, small_town
from tests.support.people import Person
from tests.support.town import Shop, Thing, open_shop, place, post, publish, stock_thing, touch

Moves = list[tuple[str, str, int, str]]


@dataclass
class Trade:
    """The town with an earning creator, whose note tags the thing."""

    town: Town
    ann: Person
    note_id: Any
    drain: Callable[[], int]
    run_jobs: Callable[[], int]
    pass_time: Callable[..., None]

    def buy(self, *things: Thing, key: str = "place") -> dict[str, Any]:
        """Have bob buy one of each thing and pay; return the checkout."""
        checkout = place(self.town.bob, dict.fromkeys(things, 1), key=key)
        assert pay(self.town.app, self.town.bob, checkout) == "fits"
        return checkout

    def release(self, *order_ids: str) -> None:
        """Have orders delivered, and their money released."""
        for order_id in order_ids:
            assert act(self.town.staff, order_id, "shipment").status_code == 200
            assert act(self.town.bob, order_id, "receipt").status_code == 200
        self.pass_time(days=15)
        self.run_jobs()

    def refund(self, order_id: str, **part: int) -> str:
        """Send money of an order's first line back; return the refund's id."""
        order = order_of(self.town, order_id)
        refund_id = refund(self.town, order, key=f"{order_id}{part}", **part)
        self.drain()
        return refund_id


@pytest.fixture
def trade(app: Flask, sign_up, drain, run_jobs, pass_time) -> Trade:
    ann = sign_up("ann", creator=True)
    town = small_town(app, sign_up)
    return Trade(town, ann, publish(ann, town.thing), drain, run_jobs, pass_time)


def posted() -> dict[str, Moves]:
    """Return every entry there is, by fact and step."""
    statement = (
        "SELECT fact, step, source, target, amount_fen, kind FROM ledger_entry"
        " JOIN ledger_move ON entry_seq = seq ORDER BY seq, position"
    )
    found: dict[str, Moves] = {}
    with snapshot() as view:
        for row in view.rows(text(statement)):
            found.setdefault(f"{row.fact}/{row.step}", []).append(tuple(row[2:]))
        # The door says the same.
        for name, moves in found.items():
            fact = name.rpartition("/")[0]
            said = ledger.entries_of_facts(view, facts=[fact])[name]
            assert [(one.source, one.target, one.amount.fen, one.kind) for one in said] == moves
    return found


def stands() -> dict[str, int]:
    """Return every account that does not stand at zero."""
    found: dict[str, int] = {}
    for moves in posted().values():
        for source, target, fen, _ in moves:
            found[source] = found.get(source, 0) - fen
            found[target] = found.get(target, 0) + fen
    with snapshot() as view:
        audit = ledger.audit(view)
    assert (audit.clean, audit.stuck) == (True, ())
    assert sum(found.values()) == 0
    return {account: fen for account, fen in found.items() if fen}


def _of(shop: Shop, ann: Person) -> tuple[ledger.Holder, ledger.Holder]:
    return ledger.merchant(shop.merchant_id), ledger.creator(ann.id)


def test_two_orders_of_one_payment_are_posted_each_and_released_each(trade: Trade) -> None:
    town, ann = trade.town, trade.ann
    seller, earner = _of(town.shop, ann)
    other_shop = open_shop(town.staff, "potshop", rate_bp=None)
    other = ledger.merchant(other_shop.merchant_id)
    pot = stock_thing(other_shop, "Pot", price_fen=999)
    touch(town.bob, trade.note_id, ann, town.thing, kind="tag_click")

    first, second = (one["id"] for one in trade.buy(town.thing, pot)["orders"])

    assert posted() == {
        f"order-paid:{first}/paid": [
            ("world:none", seller.pending, 10_000, "sale"),
            (seller.pending, ledger.FEES, 500, "fee"),
            (seller.pending, earner.pending, 1_000, "commission"),
        ],
        f"order-paid:{second}/paid": [
            ("world:none", other.pending, 999, "sale"),
            (other.pending, ledger.FEES, 49, "fee"),
        ],
    }
    trade.release(first, second)
    lines = {one: order_of(town, one)["lines"][0]["id"] for one in (first, second)}
    said = posted()
    assert said[f"order-released:{first}/{lines[first]}"] == [
        (seller.pending, seller.payable, 8_500, "release"),
        (earner.pending, earner.payable, 1_000, "release"),
    ]
    assert said[f"order-released:{second}/{lines[second]}"] == [
        (other.pending, other.payable, 950, "release"),
    ]
    assert stands() == {
        seller.payable: 8_500,
        earner.payable: 1_000,
        other.payable: 950,
        ledger.FEES: 549,
        "world:none": -10_999,
    }


@pytest.mark.parametrize("released", [False, True])
def test_a_merchants_only_line_refunded_whole_leaves_every_account_at_zero(
    trade: Trade, released: bool
) -> None:
    town, ann = trade.town, trade.ann
    seller, earner = _of(town.shop, ann)
    touch(town.bob, trade.note_id, ann, town.thing, kind="tag_click")
    (order,) = trade.buy(town.thing)["orders"]
    if released:
        trade.release(order["id"])
    before = set(posted())

    refund_id = trade.refund(order["id"], quantity=1)

    state = "payable" if released else "pending"
    seller_, earner_ = getattr(seller, state), getattr(earner, state)
    said = posted()
    assert set(said) - before == {f"refund:{refund_id}/refunded"}
    assert said[f"refund:{refund_id}/refunded"] == [
        (ledger.FEES, seller_, 500, "fee"),
        (earner_, seller_, 1_000, "commission"),
        (seller_, "world:none", 10_000, "refund"),
    ]
    assert stands() == {}


@pytest.mark.parametrize("released", [False, True])
def test_a_refund_in_parts_ends_where_one_refund_would(trade: Trade, released: bool) -> None:
    town, ann = trade.town, trade.ann
    seller, earner = _of(town.shop, ann)
    touch(town.bob, trade.note_id, ann, town.thing, kind="tag_click")
    (order,) = trade.buy(town.thing)["orders"]
    if released:
        trade.release(order["id"])

    trade.refund(order["id"], amount_fen=3_333)
    trade.refund(order["id"], amount_fen=667)

    state = "payable" if released else "pending"
    assert stands() == {
        getattr(seller, state): 5_100,
        getattr(earner, state): 600,
        ledger.FEES: 300,
        "world:none": -6_000,
    }


def test_money_that_fits_nothing_passes_through_and_leaves_no_trace(trade: Trade) -> None:
    told = notify(trade.town.app, charge_no="none of ours", txn_id="txn_1", amount_fen=77)
    assert told.get_json()["outcome"] == "unknown"
    assert posted() == {
        "unmatched:none:txn_1/in": [("world:none", "transit:txn_1", 77, "unmatched")]
    }
    bank().charges["none of ours"] = 77
    bank().came["none of ours"] = [_paid("txn_1", 77)]

    trade.drain()

    assert posted()["unmatched:none:txn_1/out"] == [
        ("transit:txn_1", "world:none", 77, "unmatched"),
    ]
    assert stands() == {}


def test_a_refused_refund_and_a_lapsed_order_post_nothing(trade: Trade) -> None:
    town = trade.town
    place(town.bob, {town.thing: 1}, key="lapses")
    trade.pass_time(minutes=31)
    trade.run_jobs()
    trade.drain()
    assert posted() == {}
    (order,) = trade.buy(town.thing)["orders"]
    before = posted()
    bank().refund_says = "failed"

    trade.refund(order["id"], quantity=1)

    assert posted() == before


# Re-attribution before the release: the difference goes through what the merchant has pending.


def _regraded(trade: Trade, order_id: str) -> Moves:
    before = set(posted())
    trade.pass_time(days=1)
    trade.run_jobs()
    line_id = order_of(trade.town, order_id)["lines"][0]["id"]
    said = posted()
    (fresh,) = set(said) - before
    assert fresh.startswith(f"line-regraded:{line_id}/")
    return said[fresh]


def test_a_credit_goes_over_to_whom_was_touched_before(
    trade: Trade, sign_up: Callable[..., Person]
) -> None:
    town, dan = trade.town, sign_up("dan", creator=True)
    seller, earner = _of(town.shop, trade.ann)
    theirs = publish(dan, town.thing, title="Mine", color="red")
    touch(town.bob, theirs, dan, town.thing, kind="tag_click")
    touch(town.bob, trade.note_id, trade.ann, town.thing, kind="tag_click")
    (order,) = trade.buy(town.thing)["orders"]
    assert stands()[earner.pending] == 1_000
    with unit_of_work() as uow:
        accounts.ban(uow, account_id=trade.ann.id)

    other = ledger.creator(dan.id)
    assert _regraded(trade, order["id"]) == [
        (earner.pending, seller.pending, 1_000, "commission"),
        (seller.pending, other.pending, 1_000, "commission"),
    ]
    trade.release(order["id"])
    assert stands() == {
        seller.payable: 8_500,
        other.payable: 1_000,
        ledger.FEES: 500,
        "world:none": -10_000,
    }
    trade.refund(order["id"], quantity=1)
    assert stands() == {}


def test_a_look_a_day_later_that_finds_the_same_posts_nothing(trade: Trade) -> None:
    town = trade.town
    touch(town.bob, trade.note_id, trade.ann, town.thing, kind="tag_click")
    trade.buy(town.thing)
    before = posted()
    trade.pass_time(days=1)

    trade.run_jobs()

    assert posted() == before


def test_a_credit_that_falls_away_returns_to_the_merchant(trade: Trade) -> None:
    town = trade.town
    seller, earner = _of(town.shop, trade.ann)
    touch(town.bob, trade.note_id, trade.ann, town.thing, kind="tag_click")
    (order,) = trade.buy(town.thing)["orders"]
    with unit_of_work() as uow:
        accounts.ban(uow, account_id=trade.ann.id)

    assert _regraded(trade, order["id"]) == [
        (earner.pending, seller.pending, 1_000, "commission"),
    ]
    assert stands() == {seller.pending: 9_500, ledger.FEES: 500, "world:none": -10_000}


def test_what_one_has_is_shown_by_state_and_entry_by_entry(trade: Trade) -> None:
    town, ann = trade.town, trade.ann
    touch(town.bob, trade.note_id, ann, town.thing, kind="tag_click")
    (order,) = trade.buy(town.thing)["orders"]
    trade.refund(order["id"], amount_fen=4_000)

    def ask(path: str) -> Any:
        return post(ann, path, method="GET").get_json()

    assert ask("/api/v1/me/balance") == {
        "pending_fen": 600,
        "payable_fen": 0,
        "frozen_fen": 0,
        "receivable_fen": 0,
    }
    first = ask("/api/v1/me/entries?size=1")
    rest = ask(f"/api/v1/me/entries?size=1&cursor={first['next']}")
    assert [one["change_fen"] for one in first["items"] + rest["items"]] == [-400, 1_000]
    assert rest["next"] is None
    mine = ledger.creator(ann.id).pending
    for entry in first["items"] + rest["items"]:
        assert all(mine in {move["source"], move["target"]} for move in entry["moves"])


def _paid(txn_id: str, fen: int) -> Any:
    from app.orders.providers.port import Paid

    return Paid(txn_id, fen)
