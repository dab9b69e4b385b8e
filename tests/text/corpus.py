"""Texts that would run, load, hide or break something where a page took them for more than text."""

import re
from dataclasses import dataclass
from pathlib import Path

ESCAPED = re.compile("⟨([0-9A-F]+)⟩")
"""Signs that no editor shows stand in the file by their number."""


@dataclass(frozen=True)
class Attack:
    """A text, the trick that it belongs to, and why it is there."""

    trick: str
    text: str
    why: str


def read_corpus() -> list[Attack]:
    """Return the texts of the file: a trick after `%`, then a text and its reason a line."""
    found = []
    trick = ""
    for line in (Path(__file__).parent / "corpus.txt").read_text(encoding="utf-8").split("\n"):
        if line.startswith("% "):
            trick = line[2:]
        elif line:
            text, told, why = line.rpartition(" || ")
            assert told, f"without a reason: {line}"
            found.append(Attack(trick, ESCAPED.sub(lambda one: chr(int(one[1], 16)), text), why))
    return found


CORPUS = read_corpus()
