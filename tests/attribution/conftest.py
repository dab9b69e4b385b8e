"""A town with forty days of trade, for the tests that ask for it."""

from pathlib import Path

import pytest

from tests.support.traded import Traded, copy_traded


@pytest.fixture
def traded(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Traded:
    return copy_traded(tmp_path_factory.getbasetemp(), tmp_path / "data")
