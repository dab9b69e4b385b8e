"""Twenty clients at one moment, a writing command beside them: every guard holds, every time.

`make races` runs each race 200 times; here it is run a few times. README.md tells the races.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.races import buying, carrying, gathering, refunding
from tests.races.ground import Ground, commands_beside, racing_ground
from tests.races.rounds import Race, run
from tests.support.processes import START_SECONDS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.timeout(1_800),
]

ROUNDS = int(os.environ.get("RACES_ROUNDS", "5"))
RULES_EVERY = 10
"""Rounds: the rules read all rows, and these grow."""


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Generator[Ground]:
    with racing_ground(tmp_path_factory.mktemp("races")) as made:
        made.releasing = made.start_beside("release")
        with commands_beside(made) as done:
            yield made
        assert not any(done), [one.told for one in made.place.started]


@pytest.mark.parametrize(
    "race",
    [*buying.RACES, *refunding.RACES, *gathering.RACES],
    ids=lambda race: race.__name__,
)
def test_a_race_ends_one_way_whoever_wins_it(ground: Ground, race: Race) -> None:
    assert [faults for faults in run(ground, race, ROUNDS, every=RULES_EVERY) if faults] == []


def test_each_event_is_delivered_once_whoever_carries_it(tmp_path: Path) -> None:
    with racing_ground(tmp_path, words=("web",), TROVE_PAYMENT="none") as ground:
        carrying.start_relays(ground)

        assert [
            faults
            for faults in run(ground, carrying.two_relays, ROUNDS, every=RULES_EVERY)
            if faults
        ] == []


def test_nothing_is_lost_and_every_rule_holds_after_the_storm(
    ground: Ground, tmp_path: Path
) -> None:
    run(ground, buying.last_item, 1)
    told = tmp_path / "told"
    told.write_text("".join(json.dumps(one) + "\n" for one in ground.told))
    assert ground.settled()

    done = subprocess.run(
        [sys.executable, "-m", "app.cli.main", "doctor", "--deep", "--json", "--told", str(told)],
        env=ground.place.environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )

    assert ground.told
    found = json.loads(done.stdout)
    assert [one for one in found if not one["ok"]] == []
    assert {"I12", "I17", "ledger"} <= {one["check"] for one in found}
