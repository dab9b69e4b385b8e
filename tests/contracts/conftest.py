"""Every payment provider, behind one desk."""

from collections.abc import Generator

import pytest

from app.cli.demo.bank import free_port
from app.orders.providers.sandbox import SandboxProvider
from tests.contracts.desks import SECRET, Desk, Heard, Program, fake_desk, listening, sandbox_desk
from tests.support.sandbox import Sandbox


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
