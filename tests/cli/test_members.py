"""Merchants, brands and who belongs to them, made by commands."""

import json
from pathlib import Path

import pytest

from tests.support.terminal import run


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings of a new installation."""
    made = {
        "TROVE_DATA_DIR": str(tmp_path / "data"),
        "TROVE_SEARCH_URL": "memory:",
        "TROVE_PAYMENT": "none",
        "TROVE_TESTING": "true",
    }
    assert run(made, "migrate").code == 0
    return made


@pytest.mark.parametrize("kind", ["merchant", "brand"])
def test_a_refused_name_is_told_with_what_is_wrong_about_it(
    environment: dict[str, str], kind: str
) -> None:
    refused = run(environment, kind, "add", "m1", "Nord")
    assert refused.code == 1
    assert "handle: " in refused.told
    assert "What to do" in refused.told

    made = run(environment, kind, "add", "nord", "Nord", "--json")
    assert (made.code, json.loads(made.out)["handle"]) == (0, "nord")
    assert run(environment, kind, "add", "nord", "Nord").code == 1
    assert run(environment, "member", "add", kind, "nord", "nobody").code == 1
