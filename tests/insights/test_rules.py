"""From moves and touches to the figures of days, in numbers that can be followed by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insights.rules import (
    NOTHING,
    Change,
    Credited,
    Posted,
    Sums,
    TouchCount,
    TouchKey,
    changes,
    count,
    uncovered,
)

pytestmark = pytest.mark.pure

NOON = datetime(2026, 3, 1, 4, tzinfo=UTC)
FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
SALE = Sums(net_fen=10_000, commission_fen=1_000)
BACK = Sums(net_fen=-4_000, refunded_fen=4_000, commission_fen=-400)


def test_sums_add_up_and_take_each_other_back() -> None:
    assert Sums(0, 6_000, 4_000, 600) == SALE + BACK
    assert SALE + -SALE == NOTHING


def test_a_line_counts_on_its_day_and_its_refund_on_its_own() -> None:
    found = changes(
        2,
        [Credited(NOON, "ann", "note")],
        [Posted(NOON, SALE), Posted(NOON + timedelta(days=1), BACK)],
    )

    assert found == (
        Change(FIRST, "ann", "note", Sums(2, 10_000, 0, 1_000)),
        Change(SECOND, "ann", "note", BACK),
    )


def test_a_line_that_is_credited_otherwise_leaves_one_for_the_other_on_that_day() -> None:
    later = NOON + timedelta(days=1)
    moved = Sums(commission_fen=-1_000)

    found = changes(
        2,
        [Credited(NOON, "ann", "note"), Credited(later, None, None)],
        [Posted(NOON, SALE), Posted(later, moved)],
    )

    assert found == (
        Change(FIRST, "ann", "note", Sums(2, 10_000, 0, 1_000)),
        Change(SECOND, "ann", "note", Sums(-2, -10_000, 0, -1_000)),
        Change(SECOND, None, None, Sums(2, 10_000, 0, 0)),
    )


def test_what_changes_nothing_is_left_out() -> None:
    again = [Credited(NOON + timedelta(hours=hours), "ann", "note") for hours in (0, 1)]

    assert changes(1, again, []) == (Change(FIRST, "ann", "note", Sums(1)),)
    assert changes(0, again, []) == ()


@given(
    st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["ann", "bob", None])), max_size=5),
    st.lists(st.tuples(st.integers(0, 90), st.integers(-99, 99)), max_size=8),
)
def test_in_the_end_all_is_with_whom_the_line_is_credited_to(
    credited: list[tuple[int, str | None]], posted: list[tuple[int, int]]
) -> None:
    whom = [Credited(NOON, "ann", "note of ann")]
    whom += [
        Credited(NOON + timedelta(hours=hours), who, who and f"note of {who}")
        for hours, who in sorted(credited, key=lambda one: one[0])
    ]
    what = [Posted(NOON + timedelta(hours=hours), Sums(net_fen=fen)) for hours, fen in posted]

    totals: dict[str | None, Sums] = {}
    for one in changes(3, whom, what):
        totals[one.creator_id] = totals.get(one.creator_id, NOTHING) + one.sums

    last = whom[-1].creator_id
    assert totals.pop(last) == Sums(3, sum(fen for _, fen in posted))
    assert set(totals.values()) <= {NOTHING}


def _key(product: str, *, kind: str = "open", brand: str = "b", shop: str = "m") -> TouchKey:
    return TouchKey("note", product, FIRST, kind, "ann", brand, shop)


def test_a_touch_of_several_products_is_one_touch_of_its_note() -> None:
    tea, pot, cup = _key("tea"), _key("pot", shop="n"), _key("cup", brand="c")

    found = count([("1", tea), ("1", pot), ("1", cup), ("2", tea)])

    assert found == {
        tea: TouchCount(2, 2, 2, 2),
        pot: TouchCount(1, 0, 0, 1),
        cup: TouchCount(1, 0, 1, 1),
    }


def test_another_kind_with_the_same_token_is_another_touch() -> None:
    found = count([("1", _key("tea")), ("1", _key("tea", kind="save"))])

    assert [one.of_note for one in found.values()] == [1, 1]
    assert count([]) == {}


@pytest.mark.parametrize(
    ("stretches", "gaps"),
    [
        ([], ((1, 10),)),
        ([(1, 10)], ()),
        ([(0, 99)], ()),
        ([(3, 4)], ((1, 2), (5, 10))),
        ([(6, 7), (1, 2)], ((3, 5), (8, 10))),
        ([(1, 5), (4, 6), (6, 6)], ((7, 10),)),
        ([(9, 12), (11, 20)], ((1, 8),)),
        ([(1, 3), (20, 30)], ((4, 10),)),
    ],
)
def test_what_is_not_covered_is_told(
    stretches: list[tuple[int, int]], gaps: tuple[tuple[int, int], ...]
) -> None:
    assert uncovered(1, 10, stretches) == gaps


@given(st.lists(st.tuples(st.integers(0, 25), st.integers(0, 6)), max_size=8))
def test_every_number_is_covered_or_in_a_gap_and_never_both(found: list[tuple[int, int]]) -> None:
    stretches = [(begin, begin + length) for begin, length in found]
    gaps = uncovered(1, 20, stretches)

    for number in range(1, 21):
        covered = any(begin <= number <= end for begin, end in stretches)
        missing = any(begin <= number <= end for begin, end in gaps)
        assert covered is not missing
