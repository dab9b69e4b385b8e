"""Real data beside the repository, for the tests that want it."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def shared_data(name: str) -> Path:
    """Return the folder ``name`` of the data beside the repository; skip the test without it.

    In CI (TROVE_CI=1) a missing folder fails the test: nothing that was promised goes untried.
    """
    folder = ROOT.parent / "shared" / "data" / name
    if not folder.exists():
        reason = f"the data folder {name} is not beside the repository"
        if os.environ.get("TROVE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
