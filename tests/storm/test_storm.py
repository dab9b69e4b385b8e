"""A short storm in each run; `make storm` lets one rage for half an hour."""

import os
from pathlib import Path

import pytest

from tests.storm.storm import AWAY_SECONDS, SETTINGS, TWICE, Plan, prepare, rage
from tests.support import engines
from tests.support.processes import installation

SECONDS = float(os.environ.get("STORM_SECONDS", "24"))
SHORT = 60
GROWTH_MOST = 1.25
"""Memory at the end of a long storm beside the middle of it."""

WAL_MIB_MOST = 64

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.skipif(engines.SCALE, reason="tests/faults has the storms of the services"),
]


def test_nothing_is_lost_in_a_storm(tmp_path: Path) -> None:
    short = SECONDS < SHORT
    plan = Plan(SECONDS, 40, 4, 8, recovery=AWAY_SECONDS) if short else Plan(SECONDS)
    with installation(tmp_path, **SETTINGS) as place:
        outcome = rage(place, prepare(place), plan)
        for one in place.started:
            print(one.told[-2000:])
    print(outcome.told())
    assert outcome.wrong == [], outcome.told()
    assert outcome.kills >= plan.seconds // (plan.kill_every * 3)
    assert len(outcome.log.paid) >= plan.seconds * plan.orders * 0.5
    assert max(outcome.wal_mib) < WAL_MIB_MOST
    if not short:
        middle = len(outcome.memory_mib) // 2
        assert outcome.memory_mib[-1] <= outcome.memory_mib[middle] * GROWTH_MOST


def test_a_storm_finds_what_is_done_twice(tmp_path: Path) -> None:
    plan = Plan(24, 10, 3, 3, recovery=AWAY_SECONDS)
    told = []
    # It strikes by chance, and so may miss; three that all miss do not come by chance.
    for number in range(3):
        with installation(tmp_path / str(number), PLANTED_PAUSE="0.3", **SETTINGS) as place:
            place.module = "tests.kills.planted"
            outcome = rage(place, prepare(place), plan)
        if any(one.endswith(TWICE) for one in outcome.wrong):
            return
        told.append(outcome.told())
    pytest.fail("\n\n".join(told))
