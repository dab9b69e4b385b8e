"""What a race is: what is sent at one moment, and the judge of what came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tests.races.crowd import Answer, Call
from tests.races.ground import Ground


@dataclass(frozen=True)
class Round:
    """One race, ready to be run; ``judge`` names each fault."""

    calls: Sequence[Call]
    judge: Callable[[list[Answer]], list[str]]


Race = Callable[[Ground], Round]


def run(ground: Ground, race: Race, rounds: int) -> list[list[str]]:
    """Run a race so often; return the faults of each round, of the answers and of the rows."""
    known = ground.broken()
    found = []
    for _ in range(rounds):
        one = race(ground)
        faults = one.judge(ground.crowd.at_once(one.calls))
        broken = ground.broken()
        faults += [f"{number}: {what}" for number, what in sorted(broken - known)]
        known |= broken
        found.append(faults)
    return found
