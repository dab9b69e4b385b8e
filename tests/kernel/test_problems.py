"""Problems: what happened, and the facts of this refusal."""

import pytest

from app.kernel.problems import InvalidInput, NotFound, Problem, field_error

pytestmark = pytest.mark.pure


class _Full(Problem):
    code, title = "full", "It is full"


def test_a_problem_speaks_by_its_title_or_by_what_is_particular() -> None:
    assert str(_Full()) == "It is full"
    assert str(_Full("99 are in it")) == "99 are in it"
    assert (_Full().detail, _Full("99", left=0).facts) == ("", {"left": 0})


def test_a_conflict_unless_it_says_otherwise() -> None:
    assert (_Full.status, NotFound.status) == (409, 404)


def test_faults_of_a_form_are_kept_each_with_its_place() -> None:
    faults = [field_error("/a", "missing", "Say it."), field_error("/b", "too-long", "Shorter.")]

    refused = InvalidInput(faults)

    assert refused.facts == {"errors": faults}
    assert faults[0] == {"pointer": "/a", "code": "missing", "detail": "Say it."}
