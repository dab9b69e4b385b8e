"""The machine's clock goes back an hour under a running site: nobody waits for it, nothing is lost."""

from pathlib import Path
from typing import Any

import pytest

from tests.kills.flows import FLOWS, Flow, Said, Town, over_http
from tests.kills.ground import SETTINGS, Log, copied, judge, waiting
from tests.support import engines
from tests.support.processes import Installation
from tests.support.waiting import wait_until

SIGNED = {
    "checkout": (409, "preview-stale"),
    "notice": (401, "notice-refused"),
    "sent back": (401, "notice-refused"),
}
"""What is sent with a time that is an hour ahead of that clock, and how it is refused: the buyer
looks at the prices again, the provider sends again."""

SECONDS = 30

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(engines.SCALE, reason="there the time is the database server's"),
]


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """The file that says by how many seconds the machine's clock is off."""
    file = tmp_path / "clock"
    file.write_text("0")
    return file


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_an_hour_back(flow: Flow, prepared: tuple[Path, Town], clock: Path, tmp_path: Path) -> None:
    source, town = prepared
    folder = copied(source, tmp_path / "data")
    more = {**SETTINGS, "CLOCK_FILE": str(clock)}
    place = Installation(folder, more, module="tests.kills.shifted")
    log = Log()
    place.serve("web")
    place.start("worker")
    try:
        send = over_http(f"http://127.0.0.1:{place.port}")
        log.ready = flow.ready(town, send)
        assert wait_until(lambda: waiting(folder, provider=False) == 0, SECONDS)
        _set(clock, -3_600)

        def told(step: str, said: Said) -> Any:
            if step not in SIGNED:
                return log.told(step, said)
            assert (said.status, said.body["code"]) == SIGNED[step]
            return said.body

        flow.run(town, send, told, log.ready)
        assert wait_until(lambda: waiting(folder, provider=False) == 0, SECONDS)
        _set(clock, 0)
        assert send("GET", "/readyz").status == 200
    finally:
        place.end()

    # What waits for the provider, who is not there, is tried again after some seconds.
    wait_until(lambda: not judge(folder, flow, town, log), SECONDS)
    assert judge(folder, flow, town, log) == []


def _set(clock: Path, seconds: int) -> None:
    # Whole at once: the processes read it all the time.
    clock.with_suffix(".new").write_text(str(seconds))
    clock.with_suffix(".new").replace(clock)
