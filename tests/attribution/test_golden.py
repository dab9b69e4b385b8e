"""Replaying the golden files row for row; reading files as they come, refusing them by place."""

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from app.attribution import replay
from app.attribution.errors import RowRefused
from app.attribution.rules import DEFAULT_RULE, Line, Rule, Touch
from app.kernel.money import Money

pytestmark = pytest.mark.pure

GOLDEN = Path(__file__).parent.parent / "golden"


def golden(name: str) -> str:
    return (GOLDEN / name).read_text(encoding="utf-8")


def replayed(touches: str, lines: str, rule: str, *, verdicts: bool = False) -> str:
    rows, columns = (
        (replay.verdict_rows, replay.VERDICT_COLUMNS)
        if verdicts
        else (replay.credit_rows, replay.CREDIT_COLUMNS)
    )
    given = replay.read_touches(touches), replay.read_lines(lines), replay.read_rule(rule)
    return "".join(replay.write_rows(columns, rows(*given)))


def files(name: str) -> tuple[str, str, str]:
    return (
        golden(f"{name}_touches.csv"),
        golden(f"{name}_lines.csv"),
        golden(f"{name}_rule.json"),
    )


@pytest.mark.parametrize("name", ["simple", "default"])
def test_the_golden_credits_are_replayed_to_the_byte(name: str) -> None:
    assert replayed(*files(name)) == golden(f"{name}_expected.csv")


def test_the_golden_verdicts_are_replayed_to_the_byte() -> None:
    assert replayed(*files("default"), verdicts=True) == golden("default_verdicts.csv")


def test_the_rule_that_settles_live_orders_is_the_golden_default() -> None:
    assert replay.read_rule(golden("default_rule.json")) == DEFAULT_RULE


def test_the_rows_of_the_touches_may_come_in_any_order() -> None:
    touches, lines, rule = files("default")
    header, *rows = touches.splitlines(keepends=True)
    random.Random(7).shuffle(rows)

    shuffled = "".join([header, *rows, *rows[:50]])

    assert replayed(shuffled, lines, rule) == golden("default_expected.csv")
    assert replayed(shuffled, lines, rule, verdicts=True) == golden("default_verdicts.csv")


def test_the_lines_are_printed_in_their_own_order() -> None:
    touches, lines, rule = files("simple")
    header, *rows = lines.splitlines(keepends=True)

    backwards = replayed(touches, "".join([header, *rows[::-1]]), rule)

    assert backwards != golden("simple_expected.csv")
    assert sorted(backwards.splitlines()) == sorted(golden("simple_expected.csv").splitlines())


def test_files_of_other_systems_are_read_alike() -> None:
    touches, lines, rule = files("simple")
    windows = "\ufeff" + touches.replace("\n", "\r\n")
    spaced = lines.replace(",", " , ") + "\n   \n , ,\n"

    assert replayed(windows, spaced, "\ufeff" + rule) == golden("simple_expected.csv")


def test_columns_may_come_in_any_order_with_others_between() -> None:
    touches, lines, rule = files("simple")
    turned = "\n".join(",".join(["x", *row.split(",")[::-1]]) for row in touches.splitlines())

    assert replayed(turned, lines, rule) == golden("simple_expected.csv")


def test_a_rule_with_fewer_models_prints_those() -> None:
    touches, lines, rule = files("simple")
    fewer = json.loads(rule)
    fewer["models"] = {"time_decay": fewer["models"]["time_decay"], "last": {}}

    found = replayed(touches, lines, json.dumps(fewer)).splitlines()

    assert found[1].startswith("o0000,time_decay,1,")
    assert sorted(found[1:]) == sorted(
        row
        for row in golden("simple_expected.csv").splitlines()
        if row.split(",")[1] in {"time_decay", "last"}
    )


PROGRAM = """
import hashlib, pathlib, sys
from app.attribution import replay
folder = pathlib.Path(sys.argv[1])
texts = [(folder / f"default_{name}").read_text() for name in ("touches.csv", "lines.csv", "rule.json")]
touches, lines, rule = (
    replay.read_touches(texts[0]), replay.read_lines(texts[1]), replay.read_rule(texts[2])
)
rows = replay.write_rows(replay.CREDIT_COLUMNS, replay.credit_rows(touches, lines, rule))
print(hashlib.sha256("".join(rows).encode()).hexdigest())
"""


@pytest.mark.parametrize("seed", ["0", "1", "99"])
def test_another_process_with_another_hash_seed_prints_the_same(seed: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(GOLDEN)],
        capture_output=True,
        text=True,
        check=True,
        cwd=GOLDEN.parent.parent,
        env={**os.environ, "PYTHONHASHSEED": seed},
    )

    expected = hashlib.sha256(golden("default_expected.csv").encode()).hexdigest()
    assert done.stdout.strip() == expected


# Small files, made for one question each.

TOUCHES = "touch_id,ts_ms,kind,creator,post,product,brand,actor\n"
LINES = "order,line,ts_ms,actor,product,brand,net_cents,code\n"
CLICK = '{"classes": {"click": {"kinds": ["save"], "window_ms": 100}}, "models": {"last": {}}}'


def rule_with(**members: object) -> str:
    return json.dumps({**json.loads(CLICK), **members})


def credited(touches: str, lines: str, rule: str = CLICK) -> list[str]:
    return replayed(TOUCHES + touches, LINES + lines, rule).splitlines()[1:]


def test_a_line_of_an_actor_without_touches_has_one_empty_row() -> None:
    assert credited("t1,50,save,ann,n,p,b,u\n", "o1,1,60,v,p,b,100,\n") == ["o1,last,0,,,,,0"]


def test_a_line_of_nothing_credits_nothing_to_its_path() -> None:
    assert credited("t1,50,save,ann,n,p,b,u\n", "o1,1,60,u,p,b,0,\n") == ["o1,last,1,t1,ann,10,1,0"]


def test_touches_at_one_instant_are_in_the_order_of_their_ids() -> None:
    both = "t2,50,save,bob,n,p,b,u\nt1,50,save,ann,n,p,b,u\n"

    assert credited(both, "o1,1,50,u,p,b,100,\n") == [
        "o1,last,1,t1,ann,0,0,0",
        "o1,last,2,t2,bob,0,1,100",
    ]


def test_a_touch_as_old_as_the_window_is_outside_and_one_at_the_instant_inside() -> None:
    edge = "t1,50,save,ann,n,p,b,u\nt2,51,save,ann,n,p,b,u\nt3,150,save,ann,n,p,b,u\n"
    after = "t4,151,save,ann,n,p,b,u\n"

    assert [row.split(",")[3] for row in credited(edge + after, "o1,1,150,u,p,b,9,\n")] == [
        "t2",
        "t3",
    ]


def test_by_brand_another_product_of_it_counts() -> None:
    touch = "t1,50,save,ann,n,other,b,u\nt2,50,save,bob,n,p,other,u\n"

    assert credited(touch, "o1,1,60,u,p,b,100,\n", rule_with(match="brand")) == [
        "o1,last,1,t1,ann,10,1,100"
    ]


def test_kinds_in_no_class_are_not_eligible_and_not_refused() -> None:
    touches = TOUCHES + "t1,50,self_purchase,ann,n,p,b,u\n"

    found = replayed(touches, LINES + "o1,1,60,u,p,b,100,\n", CLICK, verdicts=True)

    assert found == "order,touch,verdict\no1,t1,kind_not_eligible\n"


def test_cells_with_commas_and_quotes_are_quoted_again() -> None:
    assert credited('"t,1",50,save,"a""b",n,p,b,u\n', "o1,1,60,u,p,b,100,\n") == [
        'o1,last,1,"t,1","a""b",10,1,100'
    ]


def test_rows_are_read_into_what_the_rules_take() -> None:
    assert replay.read_touches(TOUCHES + "t1,50,save,ann,n,p,b,u\n") == [
        Touch("t1", 50, "save", "ann", "n", "p", "b", "u")
    ]
    assert replay.read_lines(LINES + "o1,2,60,u,p,b,100\n") == [
        Line("o1", "2", 60, "u", "p", "b", Money(100))
    ]


def test_the_largest_number_is_read() -> None:
    found = replay.read_touches(TOUCHES + "t1,9223372036854775807,save,ann,n,p,b,u\n")

    assert found[0].ts_ms == 2**63 - 1


def test_what_a_rule_leaves_out_has_a_default() -> None:
    rule = replay.read_rule(CLICK)

    assert (rule.waterfall, rule.match, rule.dedup_ms, rule.path_cap) == (
        ("click",),
        "product",
        0,
        256,
    )


@pytest.mark.parametrize(
    ("text", "row", "column", "why"),
    [
        ("", 1, "touch_id", "the column is missing"),
        ("touch_id,ts_ms\n", 1, "kind", "the column is missing"),
        ("ts_ms," + TOUCHES, 1, "ts_ms", "the column is there twice"),
        (TOUCHES + "t1,x,save,ann,n,p,b,u\n", 2, "ts_ms", "'x' is not a whole number"),
        (TOUCHES + "t1,,save,ann,n,p,b,u\n", 2, "ts_ms", "'' is not a whole number"),
        (TOUCHES + "t1,-5,save,ann,n,p,b,u\n", 2, "ts_ms", "'-5' is not a whole number"),
        (TOUCHES + "t1,1.5,save,ann,n,p,b,u\n", 2, "ts_ms", "'1.5' is not a whole number"),
        (TOUCHES + "t1,1_0,save,ann,n,p,b,u\n", 2, "ts_ms", "'1_0' is not a whole number"),
        (TOUCHES + "t1,٣,save,ann,n,p,b,u\n", 2, "ts_ms", "'٣' is not a whole number"),
        (TOUCHES + f"t1,{2**63},save,ann,n,p,b,u\n", 2, "ts_ms", "is not a whole number"),
        (TOUCHES + "t1," + "9" * 5_000 + ",save,ann,n,p,b,u\n", 2, "ts_ms", "is not a whole"),
        (TOUCHES + "\n\n,50,save,ann,n,p,b,u\n", 4, "touch_id", "it is empty"),
        (TOUCHES + "t1,50,save,ann,n,p,b\n", 2, "actor", "the row ends before it"),
        (TOUCHES + "t1,50,save,ann,n,p,b,u,x\n", 2, "-", "8 cells are expected, not 9"),
        (
            TOUCHES + "t1,50,save,ann,n,p,b,u\nt1,51,save,ann,n,p,b,u\n",
            3,
            "touch_id",
            "t1 is there twice, and differs",
        ),
        (TOUCHES + "t1,50,save,ann,n,p,b," + "u" * 200_000 + "\n", 2, "-", "it is no CSV (field"),
    ],
)
def test_a_touch_row_that_cannot_be_used_is_named(text, row, column, why) -> None:
    with pytest.raises(RowRefused) as refused:
        replay.read_touches(text, "T.csv")

    said = refused.value
    assert (said.file, said.row, said.column) == ("T.csv", row, column)
    assert why in said.why
    assert str(said).startswith(f"T.csv, row {row}, column {column}: ")


@pytest.mark.parametrize(
    ("text", "row", "column"),
    [
        ("order,line\n", 1, "ts_ms"),
        (LINES + "o1,1,60,u,p,b,1e3,\n", 2, "net_cents"),
        (LINES + "o1,1,60,u,p,b,-1,\n", 2, "net_cents"),
        (LINES + "o1,1,noon,u,p,b,100,\n", 2, "ts_ms"),
        (LINES + "o1,1,60,,p,b,100,\n", 2, "actor"),
        (LINES + ",1,60,u,p,b,100,\n", 2, "order"),
    ],
)
def test_an_order_line_that_cannot_be_used_is_named(text, row, column) -> None:
    with pytest.raises(RowRefused) as refused:
        replay.read_lines(text)

    assert (refused.value.file, refused.value.row, refused.value.column) == ("lines", row, column)


@pytest.mark.parametrize(
    ("text", "row", "member", "why"),
    [
        ("{\n,", 2, "-", "it is no JSON (Expecting property name"),
        ("[" * 100_000, 1, "-", "it is no JSON"),
        ('{"x": ' + "9" * 5_000 + "}", 1, "-", "it is no JSON"),
        ("[]", 1, "-", "it must be a JSON object"),
        ("{}", 1, "classes", "the member is missing"),
        ('{"classes": {"a": {"kinds": []}}}', 1, "window_ms", "the member is missing"),
        ('{"classes": {"a": {"window_ms": 1}}}', 1, "kinds", "the member is missing"),
        ('{"classes": {"a": {"kinds": [], "window_ms": 1}}}', 1, "models", "the member is missing"),
        (rule_with(classes=[]), 1, "classes", "it must be an object"),
        (rule_with(classes={}), 1, "classes", "there must be one"),
        (rule_with(classes={"a": 1}), 1, "classes", "it must be an object"),
        (rule_with(classes={"a": {"kinds": "save", "window_ms": 1}}), 1, "kinds", "list of words"),
        (rule_with(classes={"a": {"kinds": [1], "window_ms": 1}}), 1, "kinds", "list of words"),
        (rule_with(classes={"a": {"kinds": [], "window_ms": 1.5}}), 1, "window_ms", "from 0 to"),
        (
            rule_with(
                classes={
                    "a": {"kinds": ["open", "save"], "window_ms": 1},
                    "b": {"kinds": ["tag_click", "save"], "window_ms": 2},
                }
            ),
            1,
            "kinds",
            "save is in two classes",
        ),
        (rule_with(waterfall="click"), 1, "waterfall", "list of words"),
        (rule_with(match="shop"), 1, "match", "product or brand"),
        (rule_with(dedup_ms=-1), 1, "dedup_ms", "a whole number from 0 to"),
        (rule_with(dedup_ms=True), 1, "dedup_ms", "a whole number"),
        (rule_with(path_cap=0), 1, "path_cap", "a whole number from 1 to"),
        (rule_with(models=["last"]), 1, "models", "it must be an object"),
        (rule_with(models={"best": {}}), 1, "models", "there is no model best"),
        (rule_with(models={"last": None}), 1, "last", "it must be an object"),
        (rule_with(models={"position": {"ends": 2}}), 1, "ends", "it must be [p, q]"),
        (rule_with(models={"position": {"ends": [2]}}), 1, "ends", "it must be [p, q]"),
        (rule_with(models={"position": {"ends": [0, 0]}}), 1, "ends", "it must be [p, q]"),
        (rule_with(models={"position": {"ends": [3, 5]}}), 1, "ends", "it must be [p, q]"),
        (rule_with(models={"position": {"ends": [1, "5"]}}), 1, "ends", "a whole number"),
        (rule_with(models={"time_decay": {"half_life_h": 0}}), 1, "half_life_h", "1 to 8784"),
        (rule_with(models={"time_decay": {"half_life_h": 8_785}}), 1, "half_life_h", "1 to 8784"),
        (rule_with(models={"time_decay": {"bits": 0}}), 1, "bits", "1 to 62"),
        (rule_with(models={"time_decay": {"bits": 63}}), 1, "bits", "1 to 62"),
    ],
)
def test_a_rule_that_cannot_be_used_is_named_by_its_member(text, row, member, why) -> None:
    with pytest.raises(RowRefused) as refused:
        replay.read_rule(text)

    assert (refused.value.file, refused.value.row, refused.value.column) == ("rule", row, member)
    assert why in refused.value.why


@pytest.mark.parametrize(
    "models",
    [
        {"position": {"ends": [1, 2]}},
        {"position": {"ends": [0, 1]}},
        {"time_decay": {"half_life_h": 8_784, "bits": 62}},
        {"time_decay": {"half_life_h": 1, "bits": 1}},
        {},
    ],
)
def test_parameters_at_the_edge_of_sense_can_be_replayed(models: dict) -> None:
    rule: Rule = replay.read_rule(rule_with(models=models, path_cap=3))
    touches = [Touch(f"t{n}", 50 + n, "save", "ann", f"n{n}", "p", "b", "u") for n in range(4)]
    line = Line("o1", "1", 60, "u", "p", "b", Money(100))

    rows = list(replay.credit_rows(touches, [line], rule))

    assert sum(int(str(row[-1])) for row in rows) == 100 * len(models)
