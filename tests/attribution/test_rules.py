"""Which touches count for a line, how they share it, and what the receipt says."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.attribution.rules import (
    DEFAULT_RULE,
    HOUR_MS,
    LIVE_VERDICTS,
    SETTLING_MODEL,
    Rule,
    Touch,
    TouchClass,
    credit,
    judge,
    weights,
)
from app.kernel.money import ZERO
from tests.attribution.touching import DAY_MS, LINE, NOW, touched

pytestmark = pytest.mark.pure


def verdicts(*touches: Touch, rule: Rule = DEFAULT_RULE) -> dict[str, str]:
    return {touch.id: why for touch, why in judge(LINE, touches, rule).verdicts}


def path(*touches: Touch, rule: Rule = DEFAULT_RULE) -> list[str]:
    return [touch.id for touch in judge(LINE, touches, rule).path]


def parts(touches: Sequence[Touch], model: str, rule: Rule = DEFAULT_RULE) -> list[int]:
    return [one.credited.fen for one in credit(LINE, touches, rule, model).credits]


# Verdicts.


@pytest.mark.parametrize(
    ("touch", "why"),
    [
        (touched(), "accepted"),
        (touched(actor="another"), "other_actor"),
        (touched(kind="impression"), "kind_not_eligible"),
        (touched(age_ms=-1), "after_order"),
        (touched(age_ms=0), "accepted"),
        (touched(age_ms=30 * DAY_MS - 1), "accepted"),
        (touched(age_ms=30 * DAY_MS), "outside_window"),
        (touched(kind="open", age_ms=7 * DAY_MS - 1), "accepted"),
        (touched(kind="open", age_ms=7 * DAY_MS), "outside_window"),
        (touched(kind="save", age_ms=7 * DAY_MS), "accepted"),
        (touched(kind="share_open", age_ms=7 * DAY_MS), "accepted"),
        (touched(product="pot"), "product_mismatch"),
        (touched(bar="self_purchase"), "self_purchase"),
        (touched(bar="author_not_earning"), "author_not_earning"),
        (touched(bar="bad_token"), "bad_token"),
        (touched(bar="author_banned"), "author_banned"),
    ],
)
def test_a_touch_has_the_verdict_of_the_first_check_it_fails(touch: Touch, why: str) -> None:
    assert verdicts(touch) == {"t1": why}


def test_the_checks_come_in_their_order() -> None:
    touch = touched(
        actor="another", kind="impression", age_ms=-1, bar="bad_token", product="another"
    )
    seen = []
    for cure in (
        {"actor": "buyer"},
        {"kind": "tag_click"},
        {"ts_ms": NOW - 31 * DAY_MS},
        {"ts_ms": NOW},
        {"bar": None},
        {"product": "tea"},
    ):
        seen += verdicts(touch).values()
        touch = replace(touch, **cure)

    assert [*seen, *verdicts(touch).values()] == [
        "other_actor",
        "kind_not_eligible",
        "after_order",
        "outside_window",
        "bad_token",
        "product_mismatch",
        "accepted",
    ]


def test_what_only_live_data_know_is_named_in_its_order() -> None:
    assert LIVE_VERDICTS == ("self_purchase", "author_not_earning", "bad_token", "author_banned")


def test_a_rule_may_match_by_brand() -> None:
    rule = replace(DEFAULT_RULE, match="brand")

    found = verdicts(touched("t1", product="pot"), touched("t2", brand="another"), rule=rule)

    assert found == {"t1": "accepted", "t2": "brand_mismatch"}


def repeat(touch_id: str, age_ms: int, **more: str) -> Touch:
    return touched(touch_id, age_ms, **{"post": "note", **more})


def test_a_repeat_within_half_an_hour_of_the_last_accepted_one_does_not_count() -> None:
    half = 30 * 60 * 1000

    found = verdicts(
        repeat("t1", 3 * half),
        repeat("t2", 2 * half + 1),
        repeat("t3", 2 * half),
        repeat("t4", 2 * half, kind="save"),
        repeat("t5", 2 * half, post="another note"),
    )

    assert found == {
        "t1": "accepted",
        "t2": "duplicate_within_1800000ms",
        "t3": "accepted",
        "t4": "accepted",
        "t5": "accepted",
    }


def test_a_touch_that_did_not_count_is_repeated_by_none() -> None:
    found = verdicts(repeat("t1", 2_000, product="pot"), repeat("t2", 1_000))

    assert found == {"t1": "product_mismatch", "t2": "accepted"}


def test_without_a_span_no_touch_is_a_repeat() -> None:
    rule = replace(DEFAULT_RULE, dedup_ms=0)

    assert path(repeat("t1", 5), repeat("t2", 5), rule=rule) == ["t1", "t2"]


def test_only_the_newest_of_a_long_path_are_kept() -> None:
    rule = replace(DEFAULT_RULE, path_cap=2)
    touches = [touched(f"t{number}", (9 - number) * 1_000) for number in range(4)]

    judgement = judge(LINE, touches, rule)

    assert [touch.id for touch in judgement.path] == ["t2", "t3"]
    assert [(touch.id, why) for touch, why in judgement.verdicts] == [
        ("t0", "path_cap"),
        ("t1", "path_cap"),
        ("t2", "accepted"),
        ("t3", "accepted"),
    ]


def test_a_path_as_long_as_the_cap_is_kept_whole() -> None:
    rule = replace(DEFAULT_RULE, path_cap=2)

    assert path(touched("t1", 2), touched("t2", 1), rule=rule) == ["t1", "t2"]


def test_touches_at_one_instant_come_in_the_order_of_their_ids() -> None:
    assert path(touched("b"), touched("a"), touched("c", 2 * HOUR_MS)) == ["c", "a", "b"]


def test_a_touch_given_twice_is_one_touch() -> None:
    judgement = judge(LINE, [touched(), touched()], DEFAULT_RULE)

    assert judgement.path == (touched(),)
    assert judgement.verdicts == ((touched(), "accepted"),)


# Weights.


def classed(*kinds: str) -> list[Touch]:
    """Return touches of these kinds, an hour apart, the last an hour old."""
    return [
        touched(f"t{number}", (len(kinds) - number) * HOUR_MS, kind)
        for number, kind in enumerate(kinds)
    ]


@pytest.mark.parametrize(
    ("kinds", "model", "given_"),
    [
        (["tag_click"], "last", [1]),
        (["tag_click", "save", "open"], "last", [0, 1, 0]),
        (["open", "tag_click", "save"], "first", [0, 1, 0]),
        (["open", "open"], "last", [0, 1]),
        (["open", "open"], "first", [1, 0]),
        (["open", "save", "tag_click"], "linear", [1, 1, 1]),
        (["save"], "position", [1]),
        (["save", "save"], "position", [1, 1]),
        (["save", "save", "save"], "position", [2, 1, 2]),
        (["save", "save", "save", "save", "save"], "position", [6, 1, 1, 1, 6]),
    ],
)
def test_models_weigh_a_path(kinds: list[str], model: str, given_: list[int]) -> None:
    assert weights(model, classed(*kinds), LINE, DEFAULT_RULE) == given_


@pytest.mark.parametrize(("model", "given_"), [("last", [0, 1]), ("first", [0, 1])])
def test_without_a_class_of_the_waterfall_the_last_touch_wins(model, given_) -> None:
    rule = replace(DEFAULT_RULE, waterfall=("click", "no such class"))

    assert weights(model, classed("open", "open"), LINE, rule) == given_


def test_a_kind_that_left_the_rule_wins_nothing_in_the_waterfall() -> None:
    assert weights("last", classed("open", "impression"), LINE, DEFAULT_RULE) == [1, 0]


def test_a_creator_equal_share_sits_on_the_last_touch_of_each_creator() -> None:
    touches = [touched(f"t{number}", 9 - number, creator=who) for number, who in enumerate("abacb")]

    assert weights("creator_equal", touches, LINE, DEFAULT_RULE) == [0, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("hours", "weight"),
    [
        (0, 2**32),
        (1, 4_277_283_299),
        (168, 2**31),
        (336, 2**30),
        (719, 221_117_519),
        (32 * 168, 1),
        (32 * 168 + 1, 0),
    ],
)
def test_a_weight_halves_in_a_week_by_whole_hours(hours: int, weight: int) -> None:
    rule = replace(DEFAULT_RULE, models={"time_decay": {"half_life_h": 168, "bits": 32}})
    ages = (hours * HOUR_MS, hours * HOUR_MS + HOUR_MS - 1)

    found = weights("time_decay", [touched("t", age) for age in ages], LINE, rule)

    assert found == [weight, weight]
    if weight:
        assert weight**168 <= 2 ** (32 * 168 - hours) < (weight + 1) ** 168


def test_parameters_of_a_model_have_defaults_and_can_be_chosen() -> None:
    plain = replace(DEFAULT_RULE, models={"position": {}, "time_decay": {}})
    chosen = replace(
        DEFAULT_RULE,
        models={"position": {"ends": [1, 3]}, "time_decay": {"half_life_h": 1, "bits": 4}},
    )
    touches = classed("save", "save", "save", "save")

    for model in ("position", "time_decay"):
        assert weights(model, touches, LINE, plain) == weights(model, touches, LINE, DEFAULT_RULE)
    assert weights("position", touches, LINE, chosen) == [2, 1, 1, 2]
    assert weights("time_decay", touches, LINE, chosen) == [1, 2, 4, 8]


def test_a_model_that_the_rule_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError):
        weights("linear", classed("save"), LINE, replace(DEFAULT_RULE, models={"last": {}}))


def test_a_window_is_the_longest_of_the_classes() -> None:
    assert DEFAULT_RULE.longest_ms == 30 * DAY_MS
    assert replace(DEFAULT_RULE, classes=DEFAULT_RULE.classes[::-1]).longest_ms == 30 * DAY_MS


# Credits and receipts.


def test_a_line_is_settled_by_the_last_click_and_by_a_read_only_without_one() -> None:
    click, read = touched("t1", 2 * HOUR_MS), touched("t2", HOUR_MS, "open", "bob")

    assert SETTLING_MODEL == "last"
    assert [one.credited.fen for one in credit(LINE, [read, click], DEFAULT_RULE).credits] == [
        1_000_000,
        0,
    ]
    assert parts([read], SETTLING_MODEL) == [1_000_000]


def test_a_line_that_nobody_led_to_is_unattributed() -> None:
    receipt = credit(LINE, [touched(product="pot")], DEFAULT_RULE)

    assert (receipt.credits, receipt.unattributed) == ((), LINE.net)
    assert json.loads(receipt.record)["unattributed_fen"] == 1_000_000


def test_a_path_whose_weights_have_decayed_to_nothing_credits_nobody() -> None:
    rule = replace(DEFAULT_RULE, models={"time_decay": {"half_life_h": 1, "bits": 2}})

    receipt = credit(LINE, [touched(age_ms=3 * HOUR_MS)], rule, "time_decay")

    assert [(one.weight, one.credited) for one in receipt.credits] == [(0, ZERO)]
    assert receipt.unattributed == LINE.net


def test_a_position_split_gives_two_fifths_to_each_end() -> None:
    touches = classed("save", "save", "save", "save")

    assert parts(touches, "position") == [400_000, 100_000, 100_000, 400_000]


def test_a_receipt_says_who_why_and_by_which_rule() -> None:
    touches = [touched("t1", 2 * HOUR_MS), touched("t2", HOUR_MS, "open", "bob")]
    receipt = credit(LINE, [*touches, touched("t0", 40 * DAY_MS)], DEFAULT_RULE, "last")

    assert json.loads(receipt.record) == {
        "order": "order",
        "line": "1",
        "instant_ms": NOW,
        "net_fen": 1_000_000,
        "model": "last",
        "rule_sha256": DEFAULT_RULE.sha256("last"),
        "path": [
            {
                "touch": "t1",
                "age_ms": 2 * HOUR_MS,
                "kind": "tag_click",
                "creator": "ann",
                "post": "note of t1",
                "weight": "1",
                "credit_fen": 1_000_000,
            },
            {
                "touch": "t2",
                "age_ms": HOUR_MS,
                "kind": "open",
                "creator": "bob",
                "post": "note of t2",
                "weight": "0",
                "credit_fen": 0,
            },
        ],
        "verdicts": [["t0", "outside_window"], ["t1", "accepted"], ["t2", "accepted"]],
        "unattributed_fen": 0,
    }


def test_a_record_is_canonical_and_its_hash_names_it() -> None:
    receipt = credit(replace(LINE, order="单"), [touched()], DEFAULT_RULE)
    plain = json.dumps(json.loads(receipt.record), sort_keys=True, separators=(",", ":"))

    assert receipt.record == plain
    assert receipt.record.isascii()
    assert receipt.sha256 == hashlib.sha256(plain.encode()).hexdigest()


def test_a_record_stays_the_same_to_the_byte() -> None:
    receipt = credit(LINE, [touched()], DEFAULT_RULE)

    assert receipt.sha256 == "a3e7308b8215842dd714fda15cfe94af0a3ad5924ac63c9c48d5c056f001de52"


@pytest.mark.parametrize(
    "change",
    [
        {"waterfall": ("read", "click")},
        {"match": "brand"},
        {"dedup_ms": 0},
        {"path_cap": 255},
        {"classes": (TouchClass("click", frozenset({"save"}), 30 * DAY_MS),)},
        {"classes": (TouchClass("click", frozenset({"save"}), 1),)},
        {"models": {"last": {"more": 1}}},
    ],
)
def test_another_rule_has_another_name(change: dict) -> None:
    assert replace(DEFAULT_RULE, **change).sha256("last") != DEFAULT_RULE.sha256("last")


def test_the_order_of_classes_and_the_other_models_do_not_rename_a_rule() -> None:
    other = replace(DEFAULT_RULE, classes=DEFAULT_RULE.classes[::-1], models={"last": {}})

    assert other.sha256("last") == DEFAULT_RULE.sha256("last")
    assert DEFAULT_RULE.sha256("first") != DEFAULT_RULE.sha256("last")
