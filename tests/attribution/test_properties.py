"""What holds of credits whatever the touches are."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.attribution.rules import (
    DEFAULT_RULE,
    HOUR_MS,
    Rule,
    Touch,
    credit,
    judge,
    share,
)
from app.kernel.money import ZERO, Money
from tests.attribution.touching import DAY_MS, LINE, MODELS, touched

pytestmark = pytest.mark.pure


def path(touches: Sequence[Touch], rule: Rule) -> set[str]:
    return {touch.id for touch in judge(LINE, touches, rule).path}


touch_lists = st.lists(
    st.builds(
        lambda number, age_ms, kind, creator, post, bar, actor: touched(
            f"t{number:03}", age_ms, kind, creator, post=post, bar=bar, actor=actor
        ),
        st.integers(0, 999),
        st.integers(-HOUR_MS, 40 * DAY_MS) | st.sampled_from([0, 1, 7 * DAY_MS, 30 * DAY_MS]),
        st.sampled_from(["tag_click", "open", "impression", "save", "other"]),
        st.sampled_from(["ann", "bob", "cat", "dan"]),
        st.sampled_from(["n1", "n2", "n3"]),
        st.sampled_from([None, None, None, "bad_token"]),
        st.sampled_from(["buyer", "buyer", "buyer", "another"]),
    ),
    max_size=12,
    unique_by=lambda touch: touch.id,
)
models = st.sampled_from(MODELS)
nets = st.integers(0, 10**9).map(Money)


@given(touch_lists, models, nets)
def test_credits_and_what_is_unattributed_sum_to_the_net(touches, model, net) -> None:
    receipt = credit(replace(LINE, net=net), touches, DEFAULT_RULE, model)

    given_ = Money.total(one.credited for one in receipt.credits)
    assert given_ + receipt.unattributed == net
    assert given_ == (net if receipt.credits else ZERO)


@given(touch_lists, models, st.randoms(use_true_random=False))
def test_neither_order_nor_repetition_of_the_input_matters(touches, model, chance) -> None:
    shuffled = touches + touches[: len(touches) // 2]
    chance.shuffle(shuffled)

    assert (
        credit(LINE, shuffled, DEFAULT_RULE, model).record
        == credit(LINE, touches, DEFAULT_RULE, model).record
    )


@given(touch_lists)
def test_every_touch_has_exactly_one_verdict(touches) -> None:
    judgement = judge(LINE, touches, DEFAULT_RULE)

    assert sorted(touch.id for touch, _ in judgement.verdicts) == sorted(one.id for one in touches)
    accepted = [touch for touch, why in judgement.verdicts if why == "accepted"]
    assert accepted == list(judgement.path)


@given(touch_lists, models)
def test_touches_that_do_not_count_change_no_credit(touches, model) -> None:
    whole = credit(LINE, touches, DEFAULT_RULE, model)

    alone = credit(LINE, [one.touch for one in whole.credits], DEFAULT_RULE, model)

    assert alone.credits == whole.credits


@given(touch_lists)
def test_a_line_is_judged_once_for_all_models(touches) -> None:
    judgement = judge(LINE, touches, DEFAULT_RULE)

    for model in MODELS:
        assert share(LINE, judgement, DEFAULT_RULE, model) == credit(
            LINE, touches, DEFAULT_RULE, model
        )


@given(touch_lists, nets)
def test_creators_share_equally_to_the_fen(touches, net) -> None:
    by_creator: dict[str, int] = {}
    for one in credit(replace(LINE, net=net), touches, DEFAULT_RULE, "creator_equal").credits:
        who = one.touch.creator
        by_creator[who] = by_creator.get(who, 0) + one.credited.fen

    if by_creator:
        assert max(by_creator.values()) - min(by_creator.values()) <= 1


@given(touch_lists)
def test_a_later_touch_never_weighs_less_by_time_decay(touches) -> None:
    receipt = credit(LINE, touches, DEFAULT_RULE, "time_decay")

    assert all(one.weight <= other.weight for one, other in pairwise(receipt.credits))


@given(touch_lists)
def test_a_wider_window_holds_what_a_narrower_one_held(touches) -> None:
    wide = replace(DEFAULT_RULE, dedup_ms=0)
    narrow = replace(
        wide, classes=tuple(replace(one, window_ms=5 * DAY_MS) for one in wide.classes)
    )

    assert path(touches, narrow) <= path(touches, wide)


@given(touch_lists)
def test_nobody_without_a_touch_that_counts_is_credited(touches) -> None:
    receipt = credit(LINE, touches, DEFAULT_RULE)

    accepted = {one for one, why in receipt.verdicts if why == "accepted"}
    assert {one.touch.id for one in receipt.credits} == accepted
