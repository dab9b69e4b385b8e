"""Which refusals the tests provoke over HTTP: noted with every answer, judged after a whole tier.

A refusal that nothing provokes is a promise that nobody has seen kept; one that its operation does
not declare is a surprise to whoever reads the document.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pytest
from flask import Flask, Response, request
from flask.signals import request_finished

from app import factory
from app.kernel.problems import Problem
from app.web.http import DECLARED
from app.web.problems import PROBLEM_JSON, Unexpected
from tests.support import engines

Pair = tuple[str, str]
"""An endpoint ("" where the address leads to none), and the code that it answered with."""

FAST = "not browser and not slow and not service"
"""How `tools/test.py` chooses the tier that is judged."""

NEVER: Mapping[str, str] = {
    "handle-taken": "shops and brands are opened by a command; no operation opens one",
    "out-of-stock": "orders look first, under the lock of the one writer that SQLite has; only where"
    " PostgreSQL's writers race is it too late by then",
    "rate-too-high": "the schema holds what is typed to the same limit; the rule is for commands",
    "stock-not-reserved": "what is sold was reserved in the same room; the rule is for its callers",
}
"""Refusals that nothing can provoke over HTTP in the fast tier, and why. One that is provoked after
all has no place here."""

_ON_A_PAGE = re.compile(r'data-problem="([a-z-]+)"')
_HANDED_OVER = "refusals"


def judge(
    provoked: Collection[Pair],
    *,
    known: Collection[str],
    declared: Mapping[str, Collection[str]],
    never: Mapping[str, str],
) -> list[str]:
    """Return what is wrong with what was provoked, a sentence each.

    Args:
        provoked: by which endpoint, and with which code.
        known: the codes of all refusals there are.
        declared: the codes that each operation declares, by endpoint. Other endpoints are pages,
            which show what there is to show.
        never: codes that need not be provoked, and why.
    """
    codes = {code for _, code in provoked}
    missing = set(known) - codes - set(never)
    surprising = {
        (endpoint, code)
        for endpoint, code in provoked
        if endpoint in declared and code not in declared[endpoint]
    }
    return [
        *(f"{code}: no test provokes it over HTTP" for code in sorted(missing)),
        *(f"{endpoint} answered {code}, which it does not declare" for endpoint, code in sorted(surprising)),
        *(f"{code}: there is no such refusal" for code in sorted((codes | set(never)) - set(known))),
        *(f"{code}: said to be provoked never, and is" for code in sorted(codes & set(never))),
    ]  # fmt: skip


def code_of(response: Response) -> str | None:
    """Return the code of a refusal, whether a program or a person reads it."""
    if response.status_code < 400:
        return None
    if response.mimetype == PROBLEM_JSON:
        body = response.get_json(silent=True)
        return str(body["code"]) if body else None
    if response.mimetype == "text/html":
        found = _ON_A_PAGE.search(response.get_data(as_text=True))
        return found[1] if found else None
    return None


def known_codes() -> frozenset[str]:
    """Return the code of every refusal of the application."""
    _load()
    return frozenset(
        one.code
        for one in _kinds(Problem)
        if "code" in vars(one) and one.__module__.startswith("app.")
    )


def declared_codes() -> dict[str, frozenset[str]]:
    """Return what each operation declares, as the OpenAPI document tells it."""
    _load()
    return {
        endpoint: frozenset(one.code for one in (*route.faults, Unexpected))
        for endpoint, route in DECLARED.items()
    }


class Recorder:
    """Notes every refusal that is answered in a run of pytest, in all of its processes."""

    def __init__(self) -> None:
        """Begin with nothing noted."""
        self.provoked: set[Pair] = set()
        self.faults: list[str] = []
        self._whole = True

    def pytest_sessionstart(self) -> None:
        """Listen to every application that is made from now on."""
        request_finished.connect(self._note)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what another process noted; one that died tells nothing."""
        told = getattr(node, "workeroutput", {}).get(_HANDED_OVER)
        self._whole = self._whole and told is not None and not error
        self.provoked |= {(endpoint, code) for endpoint, code in told or ()}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what was noted, or judge it."""
        request_finished.disconnect(self._note)
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_HANDED_OVER] = sorted(self.provoked)
        elif self._whole and is_whole_tier(session):
            self.faults = judge(
                self.provoked, known=known_codes(), declared=declared_codes(), never=NEVER
            )
            if self.faults:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what is wrong."""
        if self.faults:
            terminalreporter.section("refusals", red=True)
            for fault in self.faults:
                terminalreporter.line(fault)

    def _note(self, sender: Flask, response: Response, **_: object) -> None:
        del sender
        code = code_of(response)
        if code is not None:
            self.provoked.add((request.endpoint or "", code))


def is_whole_tier(session: pytest.Session) -> bool:
    """Tell whether every test of the fast tier was run to its end, on the embedded engines."""
    config = session.config
    chosen = config.option
    return (
        config.args_source == pytest.Config.ArgsSource.TESTPATHS
        and chosen.markexpr == FAST
        and not (chosen.keyword or chosen.deselect or chosen.ignore or chosen.ignore_glob)
        and not (chosen.collectonly or session.shouldstop or session.shouldfail)
        and not engines.SCALE
    )


def _load() -> None:
    for kind in ("routes", "pages", "health"):
        for _ in factory.furniture(kind):
            pass


def _kinds(kind: type[Problem]) -> Iterable[type[Problem]]:
    for one in kind.__subclasses__():
        yield one
        yield from _kinds(one)
