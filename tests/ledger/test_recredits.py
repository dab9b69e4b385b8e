"""Money that fits no order, and credits that change before the release."""

from dataclasses import replace

import pytest

from app.kernel.ids import LineId
from app.kernel.money import Money
from app.ledger import rules
from app.ledger.errors import BelowZero
from app.ledger.rules import LineMoney
from tests.ledger.books import ANN, BOB, SELLER, WORLD, Books, line_of, said, sold

pytestmark = pytest.mark.pure


def test_money_that_fits_no_order_passes_through_and_goes_back() -> None:
    books = Books()
    into = rules.unmatched("sandbox", "txn_1", Money(4_200))
    out = rules.unmatched_returned("sandbox", "txn_1", Money(4_200))

    books.post(into)
    assert books.left == {WORLD: -4_200, "transit:txn_1": 4_200}
    books.post(out)

    assert books.left == {}
    assert (into.fact, into.step) == ("unmatched:sandbox:txn_1", "in")
    assert (out.fact, out.step) == ("unmatched:sandbox:txn_1", "out")
    assert {move.kind for move in books.moves} == {"unmatched"}


def test_more_than_came_cannot_go_back() -> None:
    books = Books()
    books.post(rules.unmatched("sandbox", "txn_1", Money(4_200)))

    with pytest.raises(BelowZero, match="transit:txn_1 would stand at -1"):
        books.post(rules.unmatched_returned("sandbox", "txn_1", Money(4_201)))


# Credits that change before the release.

TO_ANN = line_of()
TO_BOB = line_of(shares=[("bob", 10_000, 2_000)])
TO_NOBODY = line_of(shares=())


@pytest.mark.parametrize(
    ("old", "new", "moved"),
    [
        (TO_NOBODY, TO_ANN, [(SELLER.pending, ANN.pending, 1_000, "commission")]),
        (TO_ANN, TO_NOBODY, [(ANN.pending, SELLER.pending, 1_000, "commission")]),
        (
            TO_ANN,
            TO_BOB,
            [
                (ANN.pending, SELLER.pending, 1_000, "commission"),
                (SELLER.pending, BOB.pending, 2_000, "commission"),
            ],
        ),
        (
            TO_BOB,
            TO_ANN,
            [
                (BOB.pending, SELLER.pending, 2_000, "commission"),
                (SELLER.pending, ANN.pending, 1_000, "commission"),
            ],
        ),
        (
            line_of(shares=[("ann", 5_000, 1_000), ("ann", 5_000, 1_000)]),
            line_of(shares=[("ann", 9_000, 1_000), ("bob", 1_000, 1_000)]),
            [
                (ANN.pending, SELLER.pending, 100, "commission"),
                (SELLER.pending, BOB.pending, 100, "commission"),
            ],
        ),
    ],
)
def test_a_change_of_credit_goes_through_the_merchant_returns_first(old, new, moved) -> None:
    entry = rules.reattributed("line-regraded:line", "2", old, new)

    assert entry is not None
    assert (entry.fact, entry.step) == ("line-regraded:line", "2")
    assert said(entry) == moved
    assert {move.line_id for move in entry.moves} == {"line"}


def test_the_same_commission_by_other_shares_moves_nothing() -> None:
    split = line_of(shares=[("ann", 5_000, 1_000), ("ann", 5_000, 1_000)])

    assert rules.reattributed("line-regraded:line", "2", TO_ANN, split) is None


def test_what_stood_between_two_credits_is_as_if_the_last_had_been_the_first() -> None:
    books = sold(TO_ANN)

    books.post(rules.reattributed("line-regraded:line", "2", TO_ANN, TO_BOB))
    books.post(rules.reattributed("line-regraded:line", "3", TO_BOB, TO_NOBODY))

    assert books.left == sold(TO_NOBODY).left


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (replace(TO_ANN, released=True), replace(TO_BOB, released=True)),
        (TO_ANN, replace(TO_BOB, net=Money(10_001))),
        (TO_ANN, replace(TO_BOB, line_id=LineId("other"))),
    ],
)
def test_only_the_shares_of_an_unreleased_line_can_change(old: LineMoney, new: LineMoney) -> None:
    with pytest.raises(ValueError, match="cannot turn"):
        rules.reattributed("line-regraded:line", "2", old, new)
