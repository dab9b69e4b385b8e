"""What the house asks of its tables, events, routes and files."""

import ast
import re
from pathlib import Path

import pytest
from flask import Flask

from app import factory
from app.events.base import TOPICS
from app.kernel.problems import Problem
from app.platform.db import Base, UtcDateTime
from app.web.http import DECLARED

ROOT = Path(__file__).parents[2]
SOURCES = sorted(
    path
    for package in ("app", "search", "media", "tools")
    for path in (ROOT / package).rglob("*.py")
)
TESTS = sorted((ROOT / "tests").rglob("test_*.py"))
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 50
TEXTS = {"notes.py", "town.py"}
"""The demo town's words are as long as they are."""


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_too_long(path: Path) -> None:
    if path.name not in TEXTS:
        assert len(path.read_text().splitlines()) <= FILE_LINES_MAX


def test_no_function_is_too_long() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
        and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES_MAX
    ]

    assert long == []


def test_every_table_says_what_it_holds_of_a_person() -> None:
    factory.load_models()
    silent = [
        mapper.class_.__name__ for mapper in Base.registry.mappers if not mapper.class_.personal
    ]

    assert silent == []


def test_every_table_is_named_after_its_room() -> None:
    factory.load_models()
    wrong = []
    for mapper in Base.registry.mappers:
        package = mapper.class_.__module__.split(".")[1]
        if not mapper.local_table.name.startswith(f"{package}_"):
            wrong.append(mapper.local_table.name)

    assert wrong == []


def test_instants_are_utc_and_foreign_keys_point_down() -> None:
    factory.load_models()
    order = [name.removeprefix("app.") for name in factory.ROOMS]
    wrong = []
    for table in Base.metadata.tables.values():
        room = table.name.split("_")[0]
        for column in table.columns:
            if column.name.endswith("_at") and not isinstance(column.type, UtcDateTime):
                wrong.append(f"{table.name}.{column.name} is no instant")
            for key in column.foreign_keys:
                other = key.target_fullname.split("_")[0]
                if room in order and other in order and order.index(other) > order.index(room):
                    wrong.append(f"{table.name}.{column.name} points up")

    assert wrong == []


def test_events_are_past_facts_with_a_version() -> None:
    factory.subscribers()

    assert len(TOPICS) >= 20
    for topic, event in TOPICS.items():
        assert re.fullmatch(r"[a-z]+\.[a-z-]+\.v[0-9]+", topic), event


def test_every_subscriber_hears_of_a_topic_that_there_is() -> None:
    heard = {topic for one in factory.subscribers() for topic in one.topics}

    assert heard <= set(TOPICS)


def test_every_operation_declares_what_it_refuses(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    silent = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in {"get", "post", "put", "patch", "delete"} and not operation.get("summary"):
                silent.append(f"{method} {path} has no summary")

    assert silent == []
    assert len(DECLARED) >= 70
    assert document["openapi"].startswith("3.1")


def _problems(kind: type[Problem] = Problem) -> set[type[Problem]]:
    found = set(kind.__subclasses__())
    return found.union(*(_problems(one) for one in found)) if found else found


def test_every_problem_says_what_happened_and_what_to_do(app: Flask) -> None:
    del app
    codes = [
        one.code for one in _problems() if "code" in vars(one) and one.__module__.startswith("app.")
    ]
    dull = [
        one.__name__ for one in _problems() if one.__module__.startswith("app.") and not one.hint
    ]

    assert len(codes) == len(set(codes))
    assert dull == []


BANNED = [
    (
        re.compile(r"\bdatetime\.now\("),
        {"app/platform/clock.py", "app/web/words.py", "app/cli/demo/seed.py"},
    ),
    (re.compile(r"\.commit\("), {"app/platform/uow.py", "search/tantivy_index.py"}),
    (
        re.compile(r"\bos\.environ\b"),
        {
            "app/settings.py",
            "app/platform/keys.py",
            "media/child.py",
            "search/pinyin.py",
            "tools/first_run.py",
            "tools/setup.py",
            "tools/scale.py",
            "tools/services/__main__.py",
            "tools/services/known.py",
            "tools/services/machine.py",
            "tools/test.py",
            "app/cli/demo/bank.py",
            "app/cli/demo/commands.py",
        },
    ),
    (re.compile(r"\brelationship\("), set()),
    (
        re.compile(r"except Exception"),
        {"app/platform/relay.py", "app/platform/queue.py", "app/cli/refusals.py"},
    ),
]


@pytest.mark.parametrize(
    ("pattern", "allowed"), BANNED, ids=lambda one: getattr(one, "pattern", "")
)
def test_what_stands_in_one_place_stands_nowhere_else(
    pattern: re.Pattern[str], allowed: set[str]
) -> None:
    found = {str(path.relative_to(ROOT)) for path in SOURCES if pattern.search(path.read_text())}

    assert found <= allowed


@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (0, "now = datetime.now(UTC)", "now = uow.now"),
        (1, "session.commit()", "uow.add(row)"),
        (2, "os.environ['X']", "settings.port"),
        (3, "tags = relationship()", "tags = select()"),
        (4, "except Exception:", "except SearchDown:"),
    ],
)
def test_the_lints_themselves_tell_good_from_bad(pattern: int, bad: str, good: str) -> None:
    rule = BANNED[pattern][0]

    assert rule.search(bad)
    assert not rule.search(good)


def test_suppressions_carry_a_reason() -> None:
    bare = re.compile(r"# (?:noqa(?:: [A-Z0-9, ]+)?|type: ignore(?:\[[^\]]*\])?)\s*$", re.MULTILINE)
    found = [
        str(path.relative_to(ROOT)) for path in [*SOURCES, *TESTS] if bare.search(path.read_text())
    ]

    assert found == []


def test_no_division_and_no_float_where_money_is() -> None:
    for name in (
        "app/kernel/money.py",
        "app/ledger/rules.py",
        "app/attribution/rules.py",
        "app/orders/rules.py",
    ):
        tree = ast.parse((ROOT / name).read_text())
        floats = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Div)
            or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        ]
        assert floats == [], name
