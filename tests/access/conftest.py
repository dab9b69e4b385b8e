"""One town for all tests of a file; they leave it as it was, or come last."""

import pytest
from flask import Flask

from tests.access.people import Town, make_town
from tests.api.conftest import site

__all__ = ["site", "town"]


@pytest.fixture(scope="module")
def town(site: Flask) -> Town:
    """The owner, and everybody else."""
    return make_town(site)
