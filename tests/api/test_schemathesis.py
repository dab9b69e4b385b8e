"""The whole OpenAPI document, tried by schemathesis with all of its checks."""

import itertools
import json
import re
import threading
from collections import Counter, defaultdict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import strategies as st
from schemathesis import hooks
from schemathesis.engine import events, from_schema
from werkzeug.serving import WSGIRequestHandler, make_server

from app import factory
from app.platform.db import Base, db
from app.settings import Settings
from app.web.http import DECLARED
from tests.api.seeded import Seeds, sow
from tests.conftest import Browser

SAID_BY_RULES = {
    "/skus/N/code": "each code once",
    "/email": "an address or a phone number: one of two fields",
    "/password": "how easily it is guessed",
    "/new_password": "how easily it is guessed",
    "/handle": "reserved words",
    "/phone": "numbering plans",
    "/name": "characters that nobody sees",
    "/lines": "each SKU once",
    "/parts": "each line once",
    "/attributes": "names and values of a table",
    "/cursor": "only one that a list gave",
    "/from_on": "a year at most, that ends after it begins, and in our times",
    "/to_on": "likewise",
}
"""Faults of `invalid-input` that JSON Schema cannot foresee, and why: a valid request may be
refused for these, and for no other field."""

BY_OTHERS = {"take_notice", "sign_out", "change_password", "end_session"}
"""What a token cannot do: the provider's signed notices, and what is a browser session's alone.
The last is done by one, but `DELETE /sessions` comes before and leaves nothing to end."""

KEY = "Idempotency-Key"


@dataclass
class Found:
    """What a run brought to light."""

    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    checks: Counter[str] = field(default_factory=Counter)
    statuses: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """Say nothing."""


@pytest.fixture
def town(settings: Settings) -> Generator[tuple[str, Seeds]]:
    """A server with a seeded town; no context of the application is open while it is asked."""
    made = factory.create_app(settings, index_writes=True)
    made.test_client_class = Browser
    with made.app_context():
        Base.metadata.create_all(db.engine)
        seeds = sow(made)
    with _served(made) as address:
        yield address, seeds
    with made.app_context():
        for engine in db.engines.values():
            engine.dispose()
    factory.close(made)


@contextmanager
def _served(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def _negated(case: Any) -> set[str]:
    """Return the parts of a request that are wrong on purpose; all, where it is not told."""
    if case.meta is None or case.meta.generation.mode.is_positive:
        return set()
    parts = case.meta.components
    wrong = {where.name for where, part in parts.items() if not part.mode.is_positive}
    return wrong or {"PATH", "HEADER", "BODY"}


def _operation(case: Any) -> str:
    return str(case.operation.definition.raw.get("operationId"))


@contextmanager
def _hooks(seeds: Seeds) -> Iterator[None]:
    """Give what is valid real ids and keys of its own; let rules refuse what only they can."""
    numbers = itertools.count()

    @schemathesis.hook
    def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
        wrong = _negated(case)
        if case.path_parameters and "PATH" not in wrong:
            case.path_parameters = seeds.path(_operation(case), dict(case.path_parameters))
        if isinstance(case.body, (dict, list)) and not wrong:
            case.body = seeds.body(_operation(case), case.body)
        if KEY in (case.headers or {}) and "HEADER" not in wrong:
            case.headers[KEY] = f"key-{next(numbers)}"
        if "If-Match" in (case.headers or {}) and "HEADER" not in wrong:
            # Some of what is generated for a pattern with quotation marks does not fit it.
            case.headers["If-Match"] = '"v1"'

    @schemathesis.hook
    def filter_failure(_context: Any, failure: Any, case: Any, response: Any) -> bool:
        if failure.title == "Schema-valid request rejected":
            return not _said_by_rules(case, response)
        # The picture that `before_call` puts in is bytes, which it takes for an invalid text.
        ours = isinstance(case.body, dict) and isinstance(case.body.get("file"), bytes)
        return not (ours and failure.title == "Schema-violating request accepted")

    schemathesis.openapi.format("phone", st.sampled_from(["13800138000", "+44 20 7946 0958"]))
    try:
        yield
    finally:
        hooks.unregister(before_call)
        hooks.unregister(filter_failure)


def _said_by_rules(case: Any, response: Any) -> bool:
    """Tell whether a valid request was refused for what no schema says.

    That is: for the state of things (any code of a room's own), for a version that has passed, for
    the faults of `SAID_BY_RULES`, or because JSON Schema takes 1.0 for a whole number.
    """
    said = json.loads(response.content)
    if said["code"] != "invalid-input":
        return response.status_code in {412, 422}
    return all(
        re.sub(r"/[0-9]+", "/N", fault["pointer"]) in SAID_BY_RULES
        or isinstance(_at(case.body, fault["pointer"]), float)
        for fault in said["errors"]
    )


def _at(body: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        if isinstance(body, list):
            body = body[int(part)]
        else:
            body = body.get(part) if isinstance(body, dict) else None
    return body


def _run(address: str, headers: dict[str, str], *, examples: int) -> Found:
    config = schemathesis.Config()
    config.projects.default.headers = headers
    schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", config=config)
    schema.config.base_url = address
    schema.config.auth.auto_signup = False
    generation = schema.config.generation
    generation.max_examples = examples
    generation.deterministic = True
    generation.no_shrink = True
    found = Found()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _note(found, event.recorder)
        elif isinstance(event, (events.NonFatalError, events.FatalError)):
            found.failures["error"].append(repr(getattr(event, "info", event)))
    return found


def _note(found: Found, recorder: Any) -> None:
    for case_id, nodes in recorder.checks.items():
        case = recorder.cases[case_id].value
        seen = recorder.interactions.get(case_id)
        answer = seen.response if seen else None
        if answer is not None and answer.request.method == case.operation.method.upper():
            found.statuses[_operation(case)].add(answer.status_code)
        for node in nodes:
            found.checks[node.name] += 1
            if node.failure_info is not None:
                body = answer.content[:300] if answer else b""
                told = (node.failure_info.failure.message, body, node.failure_info.code_sample)
                found.failures[f"{case.operation.label}: {node.name}"].append(str(told))


def _told(found: Found) -> str:
    return "\n".join(
        f"{name} ({len(said)}): {said[0][:700]}" for name, said in found.failures.items()
    )


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_every_operation_keeps_the_document_for_a_caller_who_may_do_all(town):
    address, seeds = town

    with _hooks(seeds):
        found = _run(address, seeds.caller.bearer, examples=5)

    assert not found.failures, _told(found)
    assert set(found.statuses) == {route.name for route in DECLARED.values()}
    never = {name for name, seen in found.statuses.items() if not any(one < 300 for one in seen)}
    assert never <= BY_OTHERS
    assert len(found.checks) == 14, found.checks


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_every_operation_keeps_the_document_for_a_stranger(town):
    address, seeds = town

    with _hooks(seeds):
        found = _run(address, {}, examples=2)

    assert not found.failures, _told(found)
    closed = [route.name for route in DECLARED.values() if route.scope]
    assert {name for name in closed if any(one < 300 for one in found.statuses[name])} == set()
