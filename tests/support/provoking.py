"""Provoking a room's refusals: what each answer must say, and that none is left out."""

from types import ModuleType
from typing import Any

from app.kernel.problems import Problem
from app.web.problems import PROBLEM_JSON


def refusals_of(errors: ModuleType) -> set[type[Problem]]:
    """Return the refusals that a room's ``errors`` names as its own."""
    return {
        one
        for one in vars(errors).values()
        if isinstance(one, type) and issubclass(one, Problem) and one.__module__ == errors.__name__
    }


def assert_refused(answer: Any, problem: type[Problem]) -> dict[str, Any]:
    """Hold an answer to what ``problem`` promises to say; return its body."""
    assert answer.content_type == PROBLEM_JSON, answer.text
    said = dict(answer.get_json())
    assert (answer.status_code, said["code"]) == (problem.status, problem.code)
    assert (said["title"], said["hint"]) == (problem.title, problem.hint)
    return said
