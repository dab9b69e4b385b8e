"""What the contract suites share: each payment provider behind one desk, each search engine."""

from collections.abc import Generator
from pathlib import Path

import pytest

from app.cli.demo.bank import free_port
from app.orders.providers.sandbox import SandboxProvider
from search.port import SearchIndex
from tests.contracts.desks import SECRET, Desk, Heard, Program, fake_desk, listening, sandbox_desk
from tests.support.sandbox import Sandbox
from tests.support.search_engines import ENGINES, PARAMS, TOWN


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Generator[Program]:
    heard: list[Heard] = []

    def take(notice: Heard) -> tuple[int, bytes]:
        heard.append(notice)
        return 200, b"{}"

    with listening(take) as port:
        folder = tmp_path_factory.mktemp("sandbox")
        sandbox = Sandbox(folder, free_port(), SECRET, f"http://127.0.0.1:{port}/notices")
        provider = SandboxProvider(f"http://127.0.0.1:{sandbox.port}", SECRET)
        sandbox.start()
        yield Program(sandbox, provider, heard)
        sandbox.stop()
        provider.close()


@pytest.fixture(params=["fake", "sandbox"])
def desk(request: pytest.FixtureRequest) -> Desk:
    if request.param == "fake":
        return fake_desk()
    return sandbox_desk(request.getfixturevalue("program"))


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
