"""Fixtures of this room: a merchant to import for, and files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.catalogue import api as catalogue
from app.platform.uow import unit_of_work


@pytest.fixture(autouse=True)
def laojie(app: Flask) -> str:
    """A merchant to import for."""
    del app
    with unit_of_work() as uow:
        return catalogue.add_merchant(uow, handle="laojie", name="老街")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file to import."""

    def run(body: str | bytes, name: str = "goods.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(body.encode() if isinstance(body, str) else body)
        return path

    return run
