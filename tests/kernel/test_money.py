"""Money is whole fen, and only `portion` and `split` round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.money import BP, ZERO, Money

pytestmark = pytest.mark.pure

amounts = st.integers(0, 10**12)
weight_lists = st.lists(st.integers(0, 2**33), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize("fen", [1.0, 0.5, True, False, "1", None])
def test_only_a_whole_number_is_an_amount(fen: object) -> None:
    with pytest.raises(ValueError, match="whole number of fen"):
        Money(fen)  # type: ignore[arg-type] # the misuse that is refused


def test_amounts_add_subtract_turn_and_compare() -> None:
    assert Money(30) + Money(12) == Money(42)
    assert Money(30) - Money(42) == Money(-12)
    assert -Money(5) == Money(-5)
    assert sorted([Money(2), Money(-1), ZERO]) == [Money(-1), Money(0), Money(2)]
    assert (bool(ZERO), bool(Money(1)), bool(Money(-1))) == (False, True, True)


def test_amounts_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Money(1).fen = 2  # type: ignore[misc] # the misuse that is refused


def test_the_total_of_amounts_is_their_sum_and_of_nothing_zero() -> None:
    assert Money.total(Money(fen) for fen in (1, 20, -300)) == Money(-279)
    assert Money.total([]) == ZERO


@pytest.mark.parametrize(
    ("fen", "rate_bp", "part"),
    [
        (10_000, 500, 500),
        (10_000, 1_000, 1_000),
        (10_000, 0, 0),
        (10_000, 10_000, 10_000),
        (0, 10_000, 0),
        (999_999_999, 1, 99_999),
        (1, 9_999, 0),
        (19, 500, 0),
        (20, 500, 1),
        (39, 500, 1),
    ],
)
def test_a_portion_is_rounded_down(fen: int, rate_bp: int, part: int) -> None:
    assert Money(fen).portion(rate_bp) == Money(part)


@pytest.mark.parametrize(
    ("fen", "rate_bp"), [(-1, 500), (100, -1), (100, 10_001), (100, True), (100, 5.0)]
)
def test_a_portion_of_less_than_nothing_or_more_than_all_is_refused(fen, rate_bp) -> None:
    with pytest.raises(ValueError, match="cannot take"):
        Money(fen).portion(rate_bp)


@given(amounts, amounts, st.integers(0, BP))
def test_a_portion_never_grows_when_the_amount_shrinks(one: int, other: int, rate_bp: int) -> None:
    small, large = sorted([Money(one), Money(other)])

    assert ZERO <= small.portion(rate_bp) <= large.portion(rate_bp) <= large


@given(amounts, st.integers(0, BP))
def test_portions_that_make_up_the_whole_never_exceed_it(fen: int, rate_bp: int) -> None:
    whole = Money(fen)

    left = whole - whole.portion(rate_bp) - whole.portion(BP - rate_bp)

    assert ZERO <= left <= Money(1)


@pytest.mark.parametrize(
    ("fen", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (101, [1, 1, 1], [34, 34, 33]),
        (199, [1, 1], [100, 99]),
        (100, [2, 1, 2], [40, 20, 40]),
        (10, [6, 6, 2], [4, 4, 2]),
        (11, [6, 6, 2], [5, 5, 1]),
        (1, [0, 0, 1], [0, 0, 1]),
        (5, [0, 7, 0], [0, 5, 0]),
        (0, [3, 4], [0, 0]),
        (7, [1], [7]),
        (100, [352_453_366, 3_552_507_320, 4_294_967_296], [4, 43, 53]),
        (10**9 + 1, [1, 3], [250_000_000, 750_000_001]),
    ],
)
def test_a_split_gives_what_is_left_to_the_largest_remainder_then_the_earlier(
    fen: int, weights: list[int], parts: list[int]
) -> None:
    assert [part.fen for part in Money(fen).split(weights)] == parts


@pytest.mark.parametrize(
    ("fen", "weights"),
    [(100, []), (100, [0, 0]), (100, [2, -1]), (-1, [1]), (100, [1.5, 2.5]), (100, [True, True])],
)
def test_a_split_by_nothing_or_by_less_is_refused(fen: int, weights: list) -> None:
    with pytest.raises(ValueError, match="cannot split"):
        Money(fen).split(weights)


@given(amounts, weight_lists)
def test_the_parts_of_a_split_sum_to_the_whole_each_within_one_fen_of_its_due(
    fen: int, weights: list[int]
) -> None:
    parts = Money(fen).split(weights)

    assert Money.total(parts) == Money(fen)
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part.fen * sum(weights) - fen * weight + sum(weights) < 2 * sum(weights)
        assert weight or not part


@given(amounts, weight_lists, st.integers(1, 1_000))
def test_a_split_knows_only_the_proportion_of_its_weights(
    fen: int, weights: list[int], factor: int
) -> None:
    assert Money(fen).split(weights) == Money(fen).split([weight * factor for weight in weights])
