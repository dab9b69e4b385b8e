"""Processes killed at every call that changes a file: nothing acknowledged is lost or done twice.

All calls are some 500 kills of two seconds; here some of each flow, `make kills` does all.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from app.platform.uow import snapshot
from tests.kills.flows import FLOWS, Flow, Town
from tests.kills.ground import (
    SETTINGS,
    Attempt,
    broken,
    copied,
    drain,
    judge,
    opened,
)
from tests.kills.killing import CALLS, may_trace, run_until
from tests.support import engines
from tests.support.processes import Installation

STRIDE = int(os.environ.get("KILL_STRIDE", "29"))
"""One of so many calls is tried; a prime, so that the tries fall on calls of all kinds."""

ROWS = 40
IMPORT_STEP = 11
"""An import makes a thousand calls, most of them alike: each is followed by a whole second import."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(not may_trace(), reason="strace is not there, or may not look"),
    pytest.mark.skipif(engines.SCALE, reason="PostgreSQL keeps its own files: nothing of ours"),
]


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_nothing_acknowledged_is_lost(
    flow: Flow, prepared: tuple[Path, Town], tmp_path: Path
) -> None:
    log, calls = _attempt(flow, prepared, tmp_path / "0").run()
    assert judge(tmp_path / "0" / "data", flow, prepared[1], log) == []
    assert calls > 50, CALLS

    found, killed = _killed(flow, prepared, tmp_path, range(1 + calls % STRIDE, calls + 1, STRIDE))

    assert found == {}
    assert killed


def test_an_answer_that_is_kept_too_late_is_found(
    prepared: tuple[Path, Town], tmp_path: Path
) -> None:
    flow = FLOWS[0]
    log, calls = _attempt(flow, prepared, tmp_path / "0", module="tests.kills.planted").run()
    assert judge(tmp_path / "0" / "data", flow, prepared[1], log) == []

    # The second transaction is the last thing that is done, in nine calls.
    late = range(calls - 9, calls, 3)
    found, _ = _killed(flow, prepared, tmp_path, late, module="tests.kills.planted")

    assert any("orders_checkout" in str(one) for one in found.values()), found


def test_a_reply_that_is_lost_costs_nothing(prepared: tuple[Path, Town], tmp_path: Path) -> None:
    for flow in FLOWS:
        attempt = _attempt(flow, prepared, tmp_path / flow.name)
        log, left = attempt.leave()
        assert left
        assert judge(attempt.place.folder, flow, prepared[1], log) == []


@pytest.mark.parametrize("error", ["ENOSPC", "EROFS", "EIO"])
def test_a_disk_that_takes_nothing_is_told_and_costs_nothing(
    prepared: tuple[Path, Town], tmp_path: Path, error: str
) -> None:
    for flow in FLOWS if error == "ENOSPC" else FLOWS[:1]:
        attempt = _attempt(flow, prepared, tmp_path / flow.name)
        said, log = attempt.run_into(error)
        code = "picture-not-processed" if flow.name == "publishing" else "busy"
        assert (said.status, said.body["code"]) == (503, code), (flow.name, said)
        assert judge(attempt.place.folder, flow, prepared[1], log) == [], flow.name


def test_an_import_is_done_whole_or_not_at_all(prepared: tuple[Path, Town], tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    lines = [f"sku-{number},Thing {number},kill_brand,9.90,{number}" for number in range(ROWS)]
    file.write_text("\n".join(["sku,name,brand,price,stock", *lines]))
    words = ["import", "products", str(file), "--merchant", "shop", "--json"]

    def run(name: str, kill_at: int = 0) -> tuple[Path, int, int]:
        place = Installation(copied(prepared[0], tmp_path / name / "data"), SETTINGS)
        status, calls = run_until(words, place, tmp_path / f"{name}.log", kill_at=kill_at)
        return place.folder, status, len(calls)

    folder, status, calls = run("whole")
    assert (status, _imported(folder)) == (0, (ROWS, sum(range(ROWS))))

    step = STRIDE * IMPORT_STEP
    for number in range(1 + calls % step, calls + 1, step):
        folder, status, _ = run(f"k{number}", kill_at=number)
        assert status == -9 or _imported(folder) == (ROWS, sum(range(ROWS)))
        again = Installation(folder, SETTINGS)
        assert run_until(words, again, tmp_path / "again.log")[0] == 0
        assert _imported(folder) == (ROWS, sum(range(ROWS))), number
        with opened(folder):
            drain()
            assert broken() == [], number


def test_every_event_is_delivered_once_though_the_worker_is_killed(
    prepared: tuple[Path, Town], tmp_path: Path
) -> None:
    source, town = prepared
    sold = Attempt(FLOWS[1], town, Installation(copied(source, tmp_path / "sold/data"), SETTINGS))
    sold.run()

    def run(name: str, kill_at: int = 0) -> tuple[Path, int]:
        place = Installation(copied(sold.place.folder, tmp_path / name / "data"), SETTINGS)
        return place.folder, Attempt(FLOWS[1], town, place).deliver(kill_at)

    folder, calls = run("whole")
    expected = _delivered(folder)
    assert expected["waiting"] == 0
    for number in range(1 + calls % STRIDE, calls + 1, STRIDE):
        folder, _ = run(f"k{number}", kill_at=number)
        assert _delivered(folder) == expected, number


def _attempt(
    flow: Flow, prepared: tuple[Path, Town], folder: Path, module: str = "app.cli.main"
) -> Attempt:
    source, town = prepared
    data = copied(source, folder / "data")
    return Attempt(flow, town, Installation(data, SETTINGS, module=module))


def _killed(
    flow: Flow,
    prepared: tuple[Path, Town],
    tmp_path: Path,
    points: range,
    module: str = "app.cli.main",
) -> tuple[dict[int, list[str]], int]:
    """Return what was wrong after the kills at these calls, and how many were done."""
    found = {}
    for number in points:
        attempt = _attempt(flow, prepared, tmp_path / str(number), module)
        log, _ = attempt.run(number)
        if wrong := judge(attempt.place.folder, flow, prepared[1], log):
            found[number] = wrong
    return found, len(points)


def _imported(folder: Path) -> tuple[int, int]:
    with closing(sqlite3.connect(folder / "trove.sqlite")) as connection:
        return connection.execute(
            "SELECT count(*), coalesce(sum(on_hand), 0) FROM catalogue_sku WHERE code LIKE 'sku-%'"
        ).fetchone()


def _delivered(folder: Path) -> dict[str, object]:
    """Deliver what is left, and return what the projectors have made."""
    with opened(folder):
        drain()
        assert broken() == []
        with snapshot() as view:
            return {
                "waiting": view.value(
                    text("SELECT count(*) FROM platform_delivery WHERE state <> 'done'")
                ),
                "changes": view.rows(text("SELECT * FROM insights_change ORDER BY 1, 2")),
                "touches": view.rows(text("SELECT * FROM insights_touch_day ORDER BY 1, 2, 3, 4")),
                "cards": view.rows(text("SELECT * FROM discovery_card ORDER BY 1")),
            }
