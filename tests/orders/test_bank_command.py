"""`trove demo bank`: telling the sandbox how to behave, from the command line."""

from pathlib import Path

import pytest

from app.cli import database
from app.cli.demo.bank import free_port
from app.platform.keys import load_keys
from app.settings import Settings
from tests.support.engines import one_mode
from tests.support.sandbox import Sandbox
from tests.support.terminal import run

pytestmark = [pytest.mark.slow, one_mode, pytest.mark.allow_hosts(["127.0.0.1"])]


def test_the_sandbox_is_told_on_the_command_line(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "TROVE_DATA_DIR": str(tmp_path),
        "TROVE_SANDBOX_PORT": str(port),
        "TROVE_SEARCH_URL": "memory:",
        "TROVE_TESTING": "true",
    }
    settings = Settings(_env_file=None, data_dir=tmp_path)
    database.migrate(settings, tell=lambda _text: None)
    secret = load_keys(tmp_path).derive("sandbox")
    sandbox = Sandbox(tmp_path / "sandbox", port, secret, "http://127.0.0.1:9/nowhere")

    away = run(environment, "demo", "bank", "payment", "twice")
    sandbox.start()
    try:
        told = run(environment, "demo", "bank", "payment", "twice")
        unknown = run(environment, "demo", "bank", "refund", "twice")
    finally:
        sandbox.stop()
    elsewhere = run({**environment, "TROVE_PAYMENT": "none"}, "demo", "bank", "payment", "late")

    assert (away.code, "trove run" in away.told) == (1, True)
    assert (told.code, told.out.split()) == (0, ["payment", "twice"])
    assert (unknown.code, "docs/payments.md" in unknown.told) == (2, True)
    assert (elsewhere.code, "TROVE_PAYMENT" in elsewhere.told) == (2, True)
