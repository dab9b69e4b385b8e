"""What is said of refusals is held to what tests provoke; here, by planted samples."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from tests.support import engines, refusals
from tests.support.refusals import code_of, declared_codes, judge, known_codes
from tools import test as runner

DECLARED = {"room.act": {"not-found", "busy"}}
KNOWN = {"not-found", "busy", "full"}
WHOLE = [("room.act", "not-found"), ("", "busy"), ("room_pages.act", "full")]


def test_what_is_provoked_whole_and_as_declared_is_right() -> None:
    assert judge(WHOLE, known=KNOWN, declared=DECLARED, never={}) == []


@pytest.mark.parametrize(
    ("provoked", "never", "fault"),
    [
        (WHOLE[:2], {}, "full: no test provokes it over HTTP"),
        (WHOLE[:1] + WHOLE[2:], {}, "busy: no test provokes it over HTTP"),
        (
            [*WHOLE, ("room.act", "full")],
            {},
            "room.act answered full, which it does not declare",
        ),
        (WHOLE, {"full": "why"}, "full: said to be provoked never, and is"),
        (WHOLE, {"gone": "why"}, "gone: there is no such refusal"),
        ([*WHOLE, ("", "gone")], {}, "gone: there is no such refusal"),
    ],
)
def test_each_fault_is_named(
    provoked: list[tuple[str, str]], never: dict[str, str], fault: str
) -> None:
    assert judge(provoked, known=KNOWN, declared=DECLARED, never=never) == [fault]


def test_what_has_a_reason_need_not_be_provoked() -> None:
    assert judge(WHOLE[:2], known=KNOWN, declared=DECLARED, never={"full": "why"}) == []
    assert all(refusals.NEVER.values())
    assert set(refusals.NEVER) <= known_codes()


def test_codes_are_read_off_programs_answers_and_off_pages(client: FlaskClient) -> None:
    told, shown = client.get("/api/v1/notes/none"), client.get("/nothing")

    assert code_of(told) == code_of(shown) == "not-found"
    assert code_of(client.get("/")) is None
    token = re.search(r'name="csrf-token"\s+content="([^"]+)"', client.get("/signin").text)
    typed = {"csrf_token": token and token[1], "login": "nobody", "password": "none"}
    assert code_of(client.post("/signin", data=typed)) == "sign-in-refused"
    assert code_of(Response("data-problem='no'", 404, mimetype="text/html")) is None


def test_what_is_declared_is_what_the_document_says(app: Flask) -> None:
    document = app.test_client().get("/api/v1/openapi.json").get_json()
    told = {
        operation["operationId"]: {
            code
            for answer in operation["responses"].values()
            for code in answer.get("content", {})
            .get("application/problem+json", {})
            .get("examples", ())
        }
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and "operationId" in operation
    }

    assert {name.partition(".")[2]: set(codes) for name, codes in declared_codes().items()} == told


def test_the_tier_that_is_judged_is_the_one_that_is_run() -> None:
    assert refusals.FAST in runner.TIERS["fast"]


def a_run(**change: Any) -> Any:
    """Return a run of the whole fast tier, but for what changes."""
    option = {"markexpr": refusals.FAST, "keyword": "", "deselect": None, "collectonly": False}
    option |= {"ignore": None, "ignore_glob": None}
    option |= {name: value for name, value in change.items() if name in option}
    source = change.get("args_source", pytest.Config.ArgsSource.TESTPATHS)
    config = SimpleNamespace(option=SimpleNamespace(**option), args_source=source)
    stopped = change.get("shouldfail", False)
    return SimpleNamespace(config=config, shouldstop=False, shouldfail=stopped, exitstatus=0)


@pytest.mark.skipif(engines.SCALE, reason="only runs on the embedded engines are judged")
def test_a_whole_run_is_judged_and_fails_at_a_fault() -> None:
    run, recorder = a_run(), refusals.Recorder()

    recorder.pytest_sessionfinish(run)

    assert run.exitstatus == pytest.ExitCode.TESTS_FAILED
    assert "busy: no test provokes it over HTTP" in recorder.faults


@pytest.mark.parametrize(
    "change",
    [
        {"markexpr": "slow"},
        {"keyword": "note"},
        {"deselect": ["tests/web"]},
        {"ignore": ["tests/web"]},
        {"collectonly": True},
        {"shouldfail": "after one"},
        {"args_source": pytest.Config.ArgsSource.ARGS},
    ],
    ids=str,
)
def test_a_part_of_a_run_is_not_judged(change: dict[str, Any]) -> None:
    run, recorder = a_run(**change), refusals.Recorder()

    recorder.pytest_sessionfinish(run)

    assert (run.exitstatus, recorder.faults) == (0, [])


def test_what_other_processes_noted_is_taken_over() -> None:
    worker, recorder = a_run(), refusals.Recorder()
    worker.config.workeroutput = {}
    noting = refusals.Recorder()
    noting.provoked.add(("room.act", "busy"))
    noting.pytest_sessionfinish(worker)

    recorder.pytest_testnodedown(worker.config, None)

    assert recorder.provoked == {("room.act", "busy")}
    assert worker.exitstatus == 0


def test_where_a_process_died_nothing_is_judged() -> None:
    run, recorder = a_run(), refusals.Recorder()
    recorder.pytest_testnodedown(SimpleNamespace(), "crashed")

    recorder.pytest_sessionfinish(run)

    assert (run.exitstatus, recorder.faults) == (0, [])
