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


def run(ground: Ground, race: Race, rounds: int, *, every: int = 1) -> list[list[str]]:
    """Run a race so often; return the faults of each round.

    All rows are held to their rules after each ``every`` rounds, and after the last.
    """
    known = ground.broken()
    found = []
    for number in range(1, rounds + 1):
        one = race(ground)
        faults = one.judge(ground.crowd.at_once(one.calls))
        if number % every == 0 or number == rounds:
            broken = ground.broken()
            faults += [f"{rule}: {what}" for rule, what in sorted(broken - known)]
            known |= broken
        found.append(faults)
    return found
