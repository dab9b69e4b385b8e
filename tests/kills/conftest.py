"""One town for all tests of a file: each takes a copy of its folder."""

from pathlib import Path

import pytest

from tests.kills.flows import Town
from tests.kills.ground import prepare


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Town]:
    """A folder to copy, and what stands in it."""
    folder = tmp_path_factory.mktemp("kills") / "data"
    return folder, prepare(folder)
