"""Where an order may go: every pair of states is either a move or none."""

from itertools import pairwise, product

import pytest

from app.orders.states import MOVES, REFUNDABLE, UNDER_WAY, OrderState, RefundState, before

pytestmark = pytest.mark.pure

ALLOWED = {
    ("placed", "paid"),
    ("placed", "lapsed"),
    ("placed", "cancelled"),
    ("paid", "shipped"),
    ("paid", "cancelled"),
    ("shipped", "received"),
    ("received", "completed"),
}


@pytest.mark.parametrize(("old", "new"), [*product(OrderState, OrderState)])
def test_an_order_moves_as_the_picture_says_and_never_otherwise(
    old: OrderState, new: OrderState
) -> None:
    allowed = (str(old), str(new)) in ALLOWED

    assert (new in MOVES[old]) is allowed
    assert (old in before(new)) is allowed


def test_every_state_is_reached_from_placed_and_none_is_reached_twice() -> None:
    reached, edge = {OrderState.PLACED}, {OrderState.PLACED}
    while edge:
        edge = {new for old in edge for new in MOVES[old]} - reached
        reached |= edge

    assert reached == set(OrderState)
    # No way leads back: a later state never has an earlier one after it.
    for old in OrderState:
        assert old not in _after(old)


def test_the_common_way_leads_from_placed_to_completed() -> None:
    way = ["placed", "paid", "shipped", "received", "completed"]

    assert all((old, new) in ALLOWED for old, new in pairwise(way))
    assert MOVES[OrderState(way[-1])] == frozenset()


def test_money_is_asked_back_where_money_came() -> None:
    assert {str(state) for state in REFUNDABLE} == {"paid", "shipped", "received", "completed"}
    assert {OrderState.PAID} | _after(OrderState.PAID) - {OrderState.CANCELLED} == REFUNDABLE


def test_only_what_is_asked_or_granted_is_under_way() -> None:
    assert {RefundState.ASKED, RefundState.GRANTED} == UNDER_WAY


def _after(state: OrderState) -> set[OrderState]:
    found: set[OrderState] = set()
    edge = {state}
    while edge:
        edge = {new for old in edge for new in MOVES[old]} - found
        found |= edge
    return found
