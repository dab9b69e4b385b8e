"""Reading pages whose fields wear texts: what is more in them than there is in plain ones."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from tests.text.corpus import CORPUS
from tests.text.judging import facts, texts
from tests.text.wearing import FIELDS, Place, dress, look

NAMES = list(FIELDS)
APART = -(-len(CORPUS) // len(NAMES))
"""So far apart are the texts of two fields; after as many rounds as texts each was in all."""

PLAIN = {name: f"plain {name}"[:20] for name in NAMES}
LATER = {
    "<img decoding>", "<img loading>", "<p hx-get>", "<p hx-swap>", "<p hx-trigger>",
    "<section aria-label>",
}  # fmt: skip
"""What pages have once there is more than fits, or once the index tells of it; where that leads is
judged still.
"""

CSRF = re.compile(r'name="csrf-token"\s+content="([^"]+)"')


def token(where: Place) -> str:
    found = CSRF.search(where.me.client.get("/settings").text)
    assert found is not None
    return found[1]


def squashed(text: str) -> str:
    return " ".join(text.split())


def read(answers: Iterable[tuple[str, Any]], known: set[str]) -> tuple[list[str], str]:
    """Return what is found beyond what is known, and all that the pages show as text."""
    holes: list[str] = []
    shown: list[str] = []
    for path, answer in answers:
        kind = answer.mimetype
        if answer.headers.get("X-Content-Type-Options") != "nosniff":
            holes.append(f"{path}: may be sniffed")
        if "script-src 'self';" not in answer.headers["Content-Security-Policy"]:
            holes.append(f"{path}: no policy for scripts")
        if answer.status_code >= 500:
            holes.append(f"{path}: {answer.status_code}")
        if kind == "text/html":
            holes += [f"{path}: {one}" for one in sorted(facts(answer.text) - known)]
            shown += texts(answer.text)
        elif kind == "text/csv":
            rows = list(csv.reader(io.StringIO(answer.text)))
            holes += [f"{path}: {one}" for row in rows for one in row if one[:1] in set("=+-@\t\r")]
            shown += [cell for row in rows for cell in row]
        else:
            assert kind in {"application/json", "application/problem+json", "text/plain"}, path
    return holes, "\n".join(map(squashed, shown))


def of_round(number: int) -> dict[str, str]:
    """Return which text of the corpus each field wears: one step further each round."""
    return {
        name: CORPUS[(number + step * APART) % len(CORPUS)].text for step, name in enumerate(NAMES)
    }


def wear(
    site: Flask, number: int, worn: Mapping[str, str], folder: Path, known: set[str]
) -> list[str]:
    """Have every field wear its text; return what is wrong."""
    where = dress(site, number, worn, folder)
    holes, shown = read(look(where), known)
    unseen = [
        f"{name} is not shown as it was written: {text!r}"
        for name, text in where.worn.items()
        if squashed(text) not in shown and squashed(text) not in squashed(shown)
    ]
    return holes + unseen
