"""What the contract suites of search share: each engine in turn."""

from collections.abc import Generator
from pathlib import Path

import pytest

from search.port import SearchIndex
from tests.support.search_engines import ENGINES, PARAMS, TOWN


@pytest.fixture(params=PARAMS)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SearchIndex]:
    """An engine with nothing in it."""
    with ENGINES[request.param](tmp_path) as index:
        yield index


@pytest.fixture
def town(engine: SearchIndex) -> SearchIndex:
    """An engine with five notes."""
    engine.put(TOWN)
    engine.refresh()  # Reads catch up with writes here; no sleeps anywhere.
    return engine
