"""Moves balance by construction; the chart alone spells accounts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.ids import AccountId, LineId, MerchantId
from app.kernel.money import ZERO, Money
from app.ledger import chart
from app.ledger.chart import Account
from app.ledger.journal import Entry, Move, balances

pytestmark = pytest.mark.pure

SELLER = chart.merchant(MerchantId("mer_1"))
ANN = chart.creator(AccountId("acc_1"))

names = st.sampled_from([SELLER.pending, ANN.pending, chart.FEES, chart.world("none")])
any_moves = st.lists(
    st.tuples(names, names, st.integers(1, 10**9))
    .filter(lambda drawn: drawn[0] != drawn[1])
    .map(lambda drawn: Move(drawn[0], drawn[1], Money(drawn[2]), "sale", LineId("line_1"))),
    max_size=8,
).map(tuple)


@pytest.mark.parametrize("fen", [0, -1])
def test_a_move_of_nothing_or_less_is_refused(fen: int) -> None:
    with pytest.raises(ValueError, match="no move"):
        Move(SELLER.pending, ANN.pending, Money(fen), "sale")


def test_a_move_of_one_fen_is_a_move() -> None:
    assert Move(SELLER.pending, ANN.pending, Money(1), "sale").line_id is None


def test_a_move_that_leads_nowhere_is_refused() -> None:
    with pytest.raises(ValueError, match="no move"):
        Move(SELLER.pending, SELLER.pending, Money(1), "sale")


def test_a_balance_is_what_came_in_less_what_went_out() -> None:
    sale = Move(chart.world("none"), SELLER.pending, Money(100), "sale")
    fee = Move(SELLER.pending, chart.FEES, Money(5), "fee")
    back = Move(SELLER.pending, chart.world("none"), Money(40), "refund")

    assert balances([sale, fee, back]) == {
        "world:none": Money(-60),
        "merchant:mer_1:pending": Money(55),
        "platform:fees": Money(5),
    }
    assert balances([]) == {}


@given(any_moves)
def test_balances_of_any_moves_sum_to_zero(moves: tuple[Move, ...]) -> None:
    assert Money.total(balances(moves).values()) == ZERO


@given(any_moves)
def test_an_entry_and_its_reverse_are_nothing(moves: tuple[Move, ...]) -> None:
    entry = Entry("order-paid:order_1", "paid", moves)

    undone = entry.reversed("undone")

    assert not any(balances((*entry.moves, *undone.moves)).values())
    assert undone.reversed("paid") == entry


def test_the_reverse_of_an_entry_is_another_step_of_its_fact_last_move_first() -> None:
    sale = Move(chart.world("none"), SELLER.pending, Money(100), "sale", LineId("line_1"))
    fee = Move(SELLER.pending, chart.FEES, Money(5), "fee", LineId("line_2"))

    undone = Entry("order-paid:order_1", "paid", (sale, fee)).reversed("undone")

    assert undone == Entry(
        "order-paid:order_1",
        "undone",
        (
            Move(chart.FEES, SELLER.pending, Money(5), "fee", LineId("line_2")),
            Move(SELLER.pending, chart.world("none"), Money(100), "sale", LineId("line_1")),
        ),
    )


# account, its parts, has a balance row, may be negative, may be positive
CHART = [
    ("world:sandbox", Account("world", "sandbox"), False, True, True),
    ("platform:fees", Account("platform", "fees"), False, False, True),
    ("platform:adjustments", Account("platform", "adjustments"), False, True, True),
    ("platform:write-offs", Account("platform", "write-offs"), False, True, True),
    ("platform:provider-costs", Account("platform", "provider-costs"), False, True, True),
    ("merchant:mer_1:pending", Account("merchant", "mer_1", "pending"), True, False, True),
    ("merchant:mer_1:payable", Account("merchant", "mer_1", "payable"), True, False, True),
    ("merchant:mer_1:frozen", Account("merchant", "mer_1", "frozen"), True, False, True),
    ("merchant:mer_1:receivable", Account("merchant", "mer_1", "receivable"), True, True, False),
    ("creator:acc_1:pending", Account("creator", "acc_1", "pending"), True, False, True),
    ("creator:acc_1:payable", Account("creator", "acc_1", "payable"), True, False, True),
    ("creator:acc_1:frozen", Account("creator", "acc_1", "frozen"), True, False, True),
    ("creator:acc_1:receivable", Account("creator", "acc_1", "receivable"), True, True, False),
    ("transit:pay_1", Account("transit", "pay_1"), True, False, True),
    ("transit:x:receivable", Account("transit", "x:receivable"), True, False, True),
]


@pytest.mark.parametrize(("account", "parts", "kept", "negative", "positive"), CHART)
def test_the_chart_knows_what_each_account_may_be(
    account: str, parts: Account, kept: bool, negative: bool, positive: bool
) -> None:
    assert chart.parse(account) == parts
    assert chart.keeps_balance(account) is kept
    assert chart.may_be_negative(account) is negative
    assert chart.may_be_positive(account) is positive


def test_every_account_is_spelled_by_the_chart() -> None:
    spelled = [
        chart.world("sandbox"),
        chart.FEES,
        *sorted(chart.COSTS),
        *(getattr(SELLER, state) for state in chart.STATES),
        *(getattr(ANN, state) for state in chart.STATES),
        chart.transit("pay_1"),
    ]

    assert sorted(spelled) == sorted(account for account, *_ in CHART[:-1])


@pytest.mark.parametrize(
    "account",
    [
        "",
        "world",
        "world:",
        "transit:",
        "platform:",
        "platform:gifts",
        "merchant:mer_1",
        "merchant:mer_1:",
        "merchant::pending",
        "merchant:mer_1:spent",
        "merchant:mer:1:pending",
        "creator:pending",
        "person:acc_1:payable",
    ],
)
def test_what_is_not_on_the_chart_is_no_account(account: str) -> None:
    with pytest.raises(ValueError, match="there is no account"):
        chart.parse(account)
