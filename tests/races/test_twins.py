"""What the races are worth: each of them finds the naive twin of its guard, nearly every time.

`make races` runs twenty rounds of each twin and of its control; in the tests a few stand for all.
"""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.races import buying, carrying, gathering, refunding, twins
from tests.races.ground import Ground, racing_ground
from tests.races.rounds import Race, run
from tests.races.twins import BENEATH, TWINS, Twin
from tests.support import engines

LONG = "RACES_ROUNDS" in os.environ
ROUNDS = 20
FOUND_MIN = 19
"""Of `ROUNDS`."""

SHORT = ("stock", "cancel", "like-counted")
"""One of each kind: an answer not heeded, a state not asked for, a number read too early."""

RACES: dict[str, Race] = {
    race.__name__: race
    for race in (*buying.RACES, *refunding.RACES, *gathering.RACES, *carrying.RACES)
}
CHOSEN = [one for one in TWINS if LONG or one.name in SHORT]

raced = [
    pytest.mark.slow,
    pytest.mark.allow_hosts(["127.0.0.1"]),
    pytest.mark.timeout(300),
    engines.of_a_file,
]


def marked(one: Twin) -> object:
    return pytest.param(one, id=one.name, marks=raced)


@contextmanager
def serving(folder: Path, twin: Twin, name: str) -> Generator[Ground]:
    """Serve a twin, without a worker: what it would mend, or spoil, is not what is asked here."""
    with racing_ground(folder, words=("sandbox", "web"), twin=name) as ground:
        if twin.race == "refund_or_release":
            ground.releasing = ground.start_beside("release")
        if twin.race == "two_relays":
            carrying.start_relays(ground)
        yield ground


def found(folder: Path, twin: Twin, name: str) -> list[list[str]]:
    """Return the faults of each round in which some were found."""
    with serving(folder, twin, name) as ground:
        return [faults for faults in run(ground, RACES[twin.race], ROUNDS) if faults]


@pytest.mark.parametrize("twin", [marked(one) for one in CHOSEN])
def test_a_naive_twin_is_found(tmp_path: Path, twin: Twin) -> None:
    rounds = found(tmp_path, twin, twin.name)

    print(f"{twin.name}: found in {len(rounds)} of {ROUNDS}; {rounds[0][0] if rounds else ''}")
    assert len(rounds) >= FOUND_MIN, rounds


@pytest.mark.parametrize("twin", [marked(one) for one in CHOSEN if one.beneath])
def test_the_guard_alone_holds_what_its_twin_lets_through(tmp_path: Path, twin: Twin) -> None:
    assert found(tmp_path, twin, twin.name + BENEATH) == []


@pytest.mark.pure
@pytest.mark.parametrize("twin", TWINS, ids=lambda one: one.name)
def test_a_twin_differs_by_one_line_of_the_code_as_it_is(twin: Twin) -> None:
    source = twins.changed((twin.line,))[twin.line.module]
    plain = twins.source_of(twin.line.module).splitlines()

    assert len(source.splitlines()) == len(plain)
    assert sum(old != new for old, new in zip(plain, source.splitlines(), strict=True)) == 1
    assert twin.race in RACES
    assert twin.name in (Path(__file__).parent / "README.md").read_text()
