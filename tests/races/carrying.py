"""The race of those who carry events: several relays at once, while twenty clients make events."""

from sqlalchemy import text

from app.platform.uow import transact
from tests.races.beside import SEEN
from tests.races.crowd import Answer, unexpected
from tests.races.gathering import follows
from tests.races.ground import Ground
from tests.races.rounds import Round

RELAYS = 3


def start_relays(ground: Ground, **more: str) -> None:
    """Start relays beside the server, which has no worker of its own."""
    transact(lambda uow: uow.change(text(SEEN)))
    # No feeder runs, so that nothing comes into the search index.
    ground.unjudged |= {"I34"}
    for _ in range(RELAYS):
        ground.start_beside("relay", **more)


def two_relays(ground: Ground) -> Round:
    """A storm of follows, carried by several: each event is delivered once to each subscriber."""
    storm = follows(ground)

    def judge(answers: list[Answer]) -> list[str]:
        faults = unexpected(answers, {204: None}) + storm.judge(answers)
        if not ground.settled():
            faults.append("not every event was delivered")
        seen = {
            row[0]: row[1]
            for row in ground.rows("SELECT event_id, count(*) FROM races_seen GROUP BY event_id")
        }
        wanted = {
            row[0]
            for row in ground.rows(
                "SELECT o.event_id FROM platform_outbox o JOIN platform_delivery d"
                " ON d.position = o.position WHERE d.subscriber = 'races.seen'"
            )
        }
        wrong = {one for one, times in seen.items() if times != 1} | (wanted - set(seen))
        fresh = wrong - ground.known
        ground.known |= fresh
        return faults + [f"{one} was given {seen.get(one, 0)} times" for one in sorted(fresh)]

    return Round(storm.calls, judge)


RACES = (two_relays,)
