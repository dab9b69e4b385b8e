"""Replaying the golden files row for row, however they are written."""

import hashlib
import json
import os
import random
import subprocess
import sys

import pytest

from app.attribution import replay
from app.attribution.rules import DEFAULT_RULE
from tests.attribution.replaying import GOLDEN, files, golden, replayed

pytestmark = pytest.mark.pure


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


def test_lines_may_end_as_on_old_machines() -> None:
    touches, lines, rule = files("simple")

    assert replayed(touches.replace("\n", "\r"), lines, rule) == golden("simple_expected.csv")
