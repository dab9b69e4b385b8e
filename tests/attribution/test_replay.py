"""Files for one question each; what cannot be used is named by its place."""

import json

import pytest

from app.attribution import replay
from app.attribution.errors import RowRefused
from app.attribution.rules import Line, Rule, Touch
from app.kernel.money import Money
from tests.attribution.replaying import replayed

pytestmark = pytest.mark.pure


TOUCHES = "touch_id,ts_ms,kind,creator,post,product,brand,actor\n"
LINES = "order,line,ts_ms,actor,product,brand,net_cents,code\n"
CLICK = '{"classes": {"click": {"kinds": ["save"], "window_ms": 100}}, "models": {"last": {}}}'


def rule_with(**members: object) -> str:
    return json.dumps({**json.loads(CLICK), **members})


def credited(touches: str, lines: str, rule: str = CLICK) -> list[str]:
    return replayed(TOUCHES + touches, LINES + lines, rule).splitlines()[1:]


def test_a_line_of_an_actor_without_touches_has_one_empty_row() -> None:
    assert credited("t1,50,save,ann,n,p,b,u\n", "o1,1,60,v,p,b,100,\n") == ["o1,last,0,,,,,0"]


def test_a_line_of_an_actor_without_touches_has_no_verdicts() -> None:
    touches, lines = TOUCHES + "t1,50,save,ann,n,p,b,u\n", LINES + "o1,1,60,v,p,b,100,\n"

    assert replayed(touches, lines, CLICK, verdicts=True) == "order,touch,verdict\n"


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


def test_a_quoted_cell_may_follow_a_space_and_keeps_its_line_ends() -> None:
    found = replay.read_touches(TOUCHES + 't1, 50, "save","a,\r\nb",n,p,b,u\n')

    assert (found[0].kind, found[0].creator) == ("save", "a,\r\nb")


def test_a_file_is_named_as_it_is_called_or_by_what_it_holds() -> None:
    for read, name in (
        (replay.read_touches, "touches"),
        (replay.read_lines, "lines"),
        (replay.read_rule, "rule"),
    ):
        with pytest.raises(RowRefused) as unnamed:
            read("")
        with pytest.raises(RowRefused) as named:
            read("", "X.csv")
        assert (unnamed.value.file, named.value.file) == (name, "X.csv")


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
        (
            TOUCHES + f"t1,{2**63},save,ann,n,p,b,u\n",
            2,
            "ts_ms",
            f"'{2**63}' is not a whole number",
        ),
        (TOUCHES + "t1," + "9" * 5_000 + ",save,ann,n,p,b,u\n", 2, "ts_ms", "'9999"),
        (TOUCHES + "\n\n,50,save,ann,n,p,b,u\n", 4, "touch_id", "it is empty"),
        (TOUCHES + "t1,50,save,ann,n,p,b\n", 2, "actor", "the row ends before it"),
        (TOUCHES + "t1,50,save,ann,n,p,b,u,x\n", 2, "-", "8 cells are expected, not 9"),
        (
            TOUCHES + "t1,50,save,ann,n,p,b,u\nt1,51,save,ann,n,p,b,u\n",
            3,
            "touch_id",
            "t1 is there twice, and differs",
        ),
        (TOUCHES + "t1,50,save,ann,n,p,b," + "u" * 2_000_000 + "\n", 2, "-", "it is no CSV (field"),
    ],
)
def test_a_touch_row_that_cannot_be_used_is_named(text, row, column, why) -> None:
    with pytest.raises(RowRefused) as refused:
        replay.read_touches(text, "T.csv")

    said = refused.value
    assert (said.file, said.row, said.column) == ("T.csv", row, column)
    assert said.why.startswith(why)
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
        (
            rule_with(classes={"a": {"kinds": "save", "window_ms": 1}}),
            1,
            "kinds",
            "it must be a list of words",
        ),
        (
            rule_with(classes={"a": {"kinds": [1], "window_ms": 1}}),
            1,
            "kinds",
            "it must be a list of words",
        ),
        (
            rule_with(classes={"a": {"kinds": [], "window_ms": 1.5}}),
            1,
            "window_ms",
            "it must be a whole number from 0 to 9223372036854775807",
        ),
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
        (rule_with(waterfall="click"), 1, "waterfall", "it must be a list of words"),
        (rule_with(match="shop"), 1, "match", "it must be product or brand"),
        (rule_with(dedup_ms=-1), 1, "dedup_ms", "it must be a whole number from 0 to"),
        (rule_with(dedup_ms=True), 1, "dedup_ms", "it must be a whole number"),
        (rule_with(path_cap=0), 1, "path_cap", "it must be a whole number from 1 to"),
        (rule_with(models=["last"]), 1, "models", "it must be an object"),
        (rule_with(models={"best": {}}), 1, "models", "there is no model best"),
        (rule_with(models={"last": None}), 1, "last", "it must be an object"),
        (rule_with(models={"position": {"ends": 2}}), 1, "ends", "it must be [p, q]"),
        (rule_with(models={"position": {"ends": [2]}}), 1, "ends", "it must be [p, q]"),
        (rule_with(models={"position": {"ends": [0, 0]}}), 1, "ends", "it must be [p, q]"),
        (rule_with(models={"position": {"ends": [3, 5]}}), 1, "ends", "it must be [p, q]"),
        (
            rule_with(models={"position": {"ends": [1, "5"]}}),
            1,
            "ends",
            "it must be a whole number",
        ),
        (
            rule_with(models={"time_decay": {"half_life_h": 0}}),
            1,
            "half_life_h",
            "it must be a whole number from 1 to 8784",
        ),
        (
            rule_with(models={"time_decay": {"half_life_h": 8_785}}),
            1,
            "half_life_h",
            "it must be a whole number from 1 to 8784",
        ),
        (
            rule_with(models={"time_decay": {"bits": 0}}),
            1,
            "bits",
            "it must be a whole number from 1 to 62",
        ),
        (
            rule_with(models={"time_decay": {"bits": 63}}),
            1,
            "bits",
            "it must be a whole number from 1 to 62",
        ),
    ],
)
def test_a_rule_that_cannot_be_used_is_named_by_its_member(text, row, member, why) -> None:
    with pytest.raises(RowRefused) as refused:
        replay.read_rule(text)

    assert (refused.value.file, refused.value.row, refused.value.column) == ("rule", row, member)
    assert refused.value.why.startswith(why)


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
