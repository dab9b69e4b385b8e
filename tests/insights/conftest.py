"""Every test here stands in a town with forty days of trade."""

from pathlib import Path

import pytest

from app.settings import Settings
from tests.support.traded import Traded, copy_traded, settings_of


@pytest.fixture
def traded(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Traded:
    return copy_traded(tmp_path_factory.getbasetemp(), tmp_path / "data")


@pytest.fixture
def settings(traded: Traded) -> Settings:
    return settings_of(traded.folder)
