"""`make bench`: each figure beside its baseline, in one run; ends with 1 where a promise breaks."""

import argparse
import sys

from bench import growth, guards, parts, reads, scale, writes
from bench.place import town
from bench.report import Figure, as_json, show

GROUPS = {
    "reads": reads.figures,
    "writes": writes.figures,
    "search": parts.search,
    "pictures": parts.pictures,
    "memory": parts.memory,
    "guards": guards.figures,
    "growth": growth.figures,
}
ASKED_FOR = {"services": scale.figures}
"""Only where it is asked for: it needs the services of `make services`."""


def main() -> int:
    """Measure what is asked for, or everything."""
    words = argparse.ArgumentParser(prog="make bench")
    words.add_argument("groups", nargs="*", choices=[*GROUPS, *ASKED_FOR, []], default=[])
    words.add_argument("--rounds", type=int, default=5)
    words.add_argument("--seconds", type=float, default=2.0, help="of each target in each round")
    words.add_argument("--json", action="store_true")
    given = words.parse_args()
    found: list[Figure] = []
    known = {**GROUPS, **ASKED_FOR}
    with town() as place:
        for name in given.groups or GROUPS:
            sys.stderr.write(f"— {name}\n")
            found += known[name](place, rounds=given.rounds, seconds=given.seconds)
    if given.json:
        sys.stdout.buffer.write(as_json(found) + b"\n")
    else:
        show(found)
    return int(any(one.holds is False for one in found))


if __name__ == "__main__":
    sys.exit(main())
