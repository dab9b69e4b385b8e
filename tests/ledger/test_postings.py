"""What each fact posts: the worked example literally, and where a claw-back takes from."""

from dataclasses import replace

import pytest

from app.kernel.money import ZERO, Money
from app.ledger import chart, rules
from app.ledger.errors import BelowZero
from app.ledger.journal import Entry, Move
from app.ledger.rules import LineMoney
from tests.ledger.books import ANN, BOB, SELLER, WORLD, line_of, said, sold

pytestmark = pytest.mark.pure


# The worked example: net 100.00, fee 5 %, commission 10 %.


def test_a_paid_line_leaves_85_to_the_merchant_5_to_the_platform_10_to_the_creator() -> None:
    entry = rules.paid("order", "sandbox", [line_of()])

    assert (entry.fact, entry.step) == ("order-paid:order", "paid")
    assert said(entry) == [
        ("world:sandbox", "merchant:m:pending", 10_000, "sale"),
        ("merchant:m:pending", "platform:fees", 500, "fee"),
        ("merchant:m:pending", "creator:ann:pending", 1_000, "commission"),
    ]
    assert {move.line_id for move in entry.moves} == {"line"}
    assert sold(line_of()).left == {
        SELLER.pending: 8_500,
        chart.FEES: 500,
        ANN.pending: 1_000,
        WORLD: -10_000,
    }


def test_a_refund_of_40_before_the_release_leaves_51_3_6_and_60_paid() -> None:
    books = sold(line_of())

    books.refund(line_of(), 4_000)

    assert books.left == {
        SELLER.pending: 5_100,
        chart.FEES: 300,
        ANN.pending: 600,
        WORLD: -6_000,
    }


def test_a_refund_returns_the_parts_of_others_first_and_sends_money_out_last() -> None:
    entry = rules.refunded("ref_1", "sandbox", [(line_of(), Money(4_000))], {})

    assert (entry.fact, entry.step) == ("refund:ref_1", "refunded")
    assert said(entry) == [
        ("platform:fees", "merchant:m:pending", 200, "fee"),
        ("creator:ann:pending", "merchant:m:pending", 400, "commission"),
        ("merchant:m:pending", "world:sandbox", 4_000, "refund"),
    ]
    assert {move.line_id for move in entry.moves} == {"line"}


def test_a_release_makes_what_is_pending_payable() -> None:
    books = sold(line_of())

    entry = rules.released("order", [line_of()], books.stands)

    assert (entry.fact, entry.step) == ("order-released:order", "line")
    assert said(entry) == [
        ("merchant:m:pending", "merchant:m:payable", 8_500, "release"),
        ("creator:ann:pending", "creator:ann:payable", 1_000, "release"),
    ]


def test_a_refund_of_40_after_the_release_leaves_the_same_in_payable() -> None:
    books = sold(line_of())
    line = books.release(line_of())

    books.refund(line, 4_000)

    assert books.left == {
        SELLER.payable: 5_100,
        chart.FEES: 300,
        ANN.payable: 600,
        WORLD: -6_000,
    }


def test_a_refund_of_40_after_both_payouts_leaves_the_merchant_owing_34_the_creator_4() -> None:
    books = sold(line_of())
    line = books.release(line_of())
    books.pay_out(SELLER.payable)
    books.pay_out(ANN.payable)

    books.refund(line, 4_000)

    assert books.left == {
        SELLER.receivable: -3_400,
        chart.FEES: 300,
        ANN.receivable: -400,
        WORLD: 3_500,
    }


@pytest.mark.parametrize("released", [False, True])
def test_a_line_refunded_whole_leaves_nothing(released: bool) -> None:
    books = sold(line_of())
    line = books.release(line_of()) if released else line_of()

    books.refund(line, 10_000)

    assert books.left == {}


def test_a_line_refunded_whole_after_both_payouts_is_owed_by_those_who_were_paid() -> None:
    books = sold(line_of())
    line = books.release(line_of())
    books.pay_out(SELLER.payable)
    books.pay_out(ANN.payable)

    books.refund(line, 10_000)

    assert books.left == {SELLER.receivable: -8_500, ANN.receivable: -1_000, WORLD: 9_500}


def test_the_next_release_fills_what_is_owed_first() -> None:
    books = sold(line_of())
    line = books.release(line_of())
    books.pay_out(SELLER.payable)
    books.pay_out(ANN.payable)
    books.refund(line, 4_000)
    following = line_of(line_id="next")
    books.post(rules.paid("order2", "sandbox", [following]))

    entry = rules.released("order2", [following], books.stands)

    assert said(entry) == [
        ("merchant:m:pending", "merchant:m:receivable", 3_400, "debt"),
        ("merchant:m:pending", "merchant:m:payable", 5_100, "release"),
        ("creator:ann:pending", "creator:ann:receivable", 400, "debt"),
        ("creator:ann:pending", "creator:ann:payable", 600, "release"),
    ]


def test_a_debt_larger_than_what_comes_takes_all_of_it() -> None:
    before = {SELLER.receivable: Money(-9_000), ANN.receivable: Money(-1_000)}

    entry = rules.released("order", [line_of()], before)

    assert said(entry) == [
        ("merchant:m:pending", "merchant:m:receivable", 8_500, "debt"),
        ("creator:ann:pending", "creator:ann:receivable", 1_000, "debt"),
    ]


def test_lines_released_together_fill_one_debt_once() -> None:
    before = {SELLER.receivable: Money(-9_500)}
    lines = [line_of(shares=(), line_id="a"), line_of(shares=(), line_id="b")]

    entry = rules.released("order", lines, before)

    assert entry.step == "a"
    assert said(entry) == [
        ("merchant:m:pending", "merchant:m:receivable", 9_500, "debt"),
        ("merchant:m:pending", "merchant:m:payable", 9_500, "release"),
    ]


# Where a claw-back takes from.


def test_a_claw_back_after_release_takes_frozen_then_payable_then_what_is_owed() -> None:
    line = line_of(released=True)
    before = {
        SELLER.frozen: Money(1_000),
        SELLER.payable: Money(500),
        ANN.frozen: Money(150),
        ANN.payable: Money(200),
        chart.FEES: Money(500),
    }

    entry = rules.refunded("ref_1", "sandbox", [(line, Money(4_000))], before)

    assert said(entry) == [
        ("platform:fees", "merchant:m:payable", 200, "fee"),
        ("creator:ann:frozen", "merchant:m:payable", 150, "commission"),
        ("creator:ann:payable", "merchant:m:payable", 200, "commission"),
        ("creator:ann:receivable", "merchant:m:payable", 50, "commission"),
        ("merchant:m:frozen", "world:sandbox", 1_000, "refund"),
        ("merchant:m:payable", "world:sandbox", 1_100, "refund"),
        ("merchant:m:receivable", "world:sandbox", 1_900, "refund"),
    ]
    rules.check(entry, before)


def test_what_returns_to_a_merchant_in_debt_fills_the_debt_first() -> None:
    line = line_of(released=True)
    before = {
        SELLER.frozen: Money(5_000),
        SELLER.receivable: Money(-300),
        ANN.payable: Money(1_000),
    }

    entry = rules.refunded("ref_1", "sandbox", [(line, Money(4_000))], before)

    assert said(entry) == [
        ("platform:fees", "merchant:m:receivable", 200, "fee"),
        ("creator:ann:payable", "merchant:m:receivable", 100, "commission"),
        ("creator:ann:payable", "merchant:m:payable", 300, "commission"),
        ("merchant:m:frozen", "world:sandbox", 4_000, "refund"),
    ]


def test_before_the_release_a_claw_back_leaves_what_is_payable_alone() -> None:
    before = {SELLER.payable: Money(9_999), ANN.payable: Money(9_999), ANN.frozen: Money(1)}

    entry = rules.refunded("ref_1", "sandbox", [(line_of(), Money(10_000))], before)

    assert {move.source for move in entry.moves} == {chart.FEES, SELLER.pending, ANN.pending}


def test_one_creator_is_taken_from_once_for_two_lines_of_a_refund() -> None:
    lines = [line_of(line_id=name, released=True) for name in ("a", "b")]
    before = {ANN.payable: Money(500), SELLER.payable: Money(17_000), chart.FEES: Money(1_000)}

    entry = rules.refunded("r", "sandbox", [(line, Money(4_000)) for line in lines], before)

    taken = [said_ for said_ in said(entry) if said_[0].startswith("creator:")]
    assert taken == [
        ("creator:ann:payable", "merchant:m:payable", 400, "commission"),
        ("creator:ann:payable", "merchant:m:payable", 100, "commission"),
        ("creator:ann:receivable", "merchant:m:payable", 300, "commission"),
    ]
    rules.check(entry, before)


def test_the_money_of_all_lines_goes_out_after_every_return() -> None:
    lines = [line_of(line_id=name) for name in ("a", "b")]

    entry = rules.refunded("r", "sandbox", [(line, Money(4_000)) for line in lines], {})

    assert [(move.kind, move.line_id) for move in entry.moves] == [
        ("fee", "a"),
        ("commission", "a"),
        ("fee", "b"),
        ("commission", "b"),
        ("refund", "a"),
        ("refund", "b"),
    ]


# Other shapes of a line.


def test_freight_is_the_merchants_whole_and_stays_out_of_fee_and_commission() -> None:
    line = line_of(freight=1_200)
    books = sold(line)

    books.release(line)

    assert ("world:sandbox", "merchant:m:pending", 1_200, "freight") in said(
        rules.paid("order", "sandbox", [line])
    )
    assert books.left == {
        SELLER.payable: 9_700,
        chart.FEES: 500,
        ANN.payable: 1_000,
        WORLD: -11_200,
    }


def test_a_line_of_nothing_moves_nothing() -> None:
    entry = rules.paid("order", "sandbox", [line_of(net=0, shares=())])

    assert entry.moves == ()
    assert rules.released("order", [line_of(net=0, shares=())], {}).moves == ()


def test_each_of_several_creators_has_the_portion_of_what_is_credited_to_them() -> None:
    line = line_of(9_999, [("ann", 4_001, 1_000), ("bob", 3_999, 250)])

    assert sold(line).left == {
        SELLER.pending: 9_999 - 499 - 400 - 99,
        chart.FEES: 499,
        ANN.pending: 400,
        BOB.pending: 99,
        WORLD: -9_999,
    }


def test_a_refund_is_spread_over_the_credits_and_the_uncredited_part() -> None:
    line = line_of(1_000, [("ann", 500, 1_000), ("bob", 300, 1_000)])

    after = rules.refund_line(line, Money(101))

    assert after.net == Money(899)
    assert [share.credited.fen for share in after.shares] == [449, 270]
    assert after == replace(line, net=after.net, shares=after.shares)


def test_a_refund_of_nothing_changes_nothing() -> None:
    line = line_of()

    assert rules.refund_line(line, ZERO) == line
    assert rules.refunded("r", "sandbox", [(line, ZERO)], {}).moves == ()
    assert rules.refund_line(line_of(0, ()), ZERO) == line_of(0, ())


@pytest.mark.parametrize("fen", [-1, 10_001])
def test_less_than_nothing_or_more_than_is_left_cannot_be_refunded(fen: int) -> None:
    with pytest.raises(ValueError, match="cannot refund"):
        rules.refund_line(line_of(), Money(fen))


@pytest.mark.parametrize(
    "wrong",
    [
        {"net": -1, "shares": ()},
        {"freight": -1},
        {"shares": [("ann", -1, 0)]},
        {"shares": [("ann", 6_000, 0), ("bob", 4_001, 0)]},
        {"shares": [("ann", 0, 9_501)]},
        {"shares": [("ann", 0, 9_501), ("bob", 0, 0)]},
        {"shares": (), "fee_bp": 10_001},
    ],
)
def test_a_line_that_would_give_more_than_came_in_is_refused(wrong: dict) -> None:
    with pytest.raises(ValueError, match=r"more than the whole|more is credited"):
        line_of(**wrong)


def test_the_platform_may_take_the_whole() -> None:
    assert sold(line_of(shares=(), fee_bp=10_000)).left == {chart.FEES: 10_000, WORLD: -10_000}


def test_a_line_may_give_away_all_that_came_in() -> None:
    books = sold(line_of(shares=[("ann", 10_000, 9_500)]))

    assert books.left == {chart.FEES: 500, ANN.pending: 9_500, WORLD: -10_000}


@pytest.mark.parametrize(
    "lines", [[], [line_of(released=True)], [line_of(), line_of(released=True)]]
)
def test_nothing_and_what_is_released_already_cannot_be_released(lines: list[LineMoney]) -> None:
    with pytest.raises(ValueError, match="nothing to release"):
        rules.released("order", lines, {})


# The right side of zero.


def entry_of(source: str, target: str, fen: int) -> Entry:
    return Entry("fact", "step", (Move(source, target, Money(fen), "sale"),))


@pytest.mark.parametrize("account", [SELLER.pending, ANN.payable, ANN.frozen, chart.transit("t")])
def test_an_account_may_be_emptied_but_not_overdrawn(account: str) -> None:
    before = {account: Money(100)}

    rules.check(entry_of(account, WORLD, 100), before)

    with pytest.raises(BelowZero) as refused:
        rules.check(entry_of(account, WORLD, 101), before)
    assert (refused.value.account, refused.value.fen) == (account, -1)


@pytest.mark.parametrize(
    "account", [WORLD, "platform:adjustments", "platform:write-offs", SELLER.receivable]
)
def test_the_world_the_costs_and_what_is_owed_may_stand_below_zero(account: str) -> None:
    rules.check(entry_of(account, SELLER.pending, 100), {})


def test_an_account_without_a_balance_row_is_not_judged_by_what_is_unknown() -> None:
    rules.check(entry_of(chart.FEES, SELLER.pending, 100), {})


def test_nobody_can_owe_less_than_nothing() -> None:
    before = {SELLER.receivable: Money(-100)}

    rules.check(entry_of(WORLD, SELLER.receivable, 100), before)

    with pytest.raises(BelowZero, match="merchant:m:receivable would stand at 1"):
        rules.check(entry_of(WORLD, SELLER.receivable, 101), before)


def test_not_below_zero_is_judged_at_the_end_of_an_entry() -> None:
    out_first = Move(SELLER.pending, WORLD, Money(100), "refund")
    then_in = Move(WORLD, SELLER.pending, Money(100), "sale")

    rules.check(Entry("fact", "step", (out_first, then_in)), {})


def test_the_accounts_of_lines_are_all_of_their_merchant_and_creators() -> None:
    found = rules.accounts_of([line_of(shares=[("ann", 1, 0), ("bob", 1, 0)]), line_of()])

    assert found == {
        getattr(holder, state) for holder in (SELLER, ANN, BOB) for state in chart.STATES
    }
