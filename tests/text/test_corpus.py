"""No text becomes more than text, in whichever field it stands and on whichever page."""

import csv
import io
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import FunctionLoader

from tests.text.corpus import CORPUS
from tests.text.judging import facts, texts
from tests.text.wearing import FIELDS, Place, dress, echo, look

NAMES = list(FIELDS)
APART = -(-len(CORPUS) // len(NAMES))
"""So far apart are the texts of two fields; after as many rounds as texts each was in all."""

PLAIN = {name: f"plain {name}"[:20] for name in NAMES}
LATER = {"<img decoding>", "<img loading>", "<p hx-get>", "<p hx-swap>", "<p hx-trigger>"}
"""What the front page has once there are more cards than fit; where it leads is judged still."""

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


@pytest.fixture(scope="module")
def known(site: Flask, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What pages are made of whose every text is plain; each of these texts is seen somewhere."""
    where = dress(site, 9_000, PLAIN, tmp_path_factory.mktemp("plain"))
    csrf, found = token(where), set()
    for _, answer in (*look(where), *echo(where, "tea", csrf)):
        if answer.mimetype == "text/html":
            found |= facts(answer.text)
    assert not [one for one in found if one.startswith("<?")], sorted(found)
    return found | LATER


STRIDE = int(os.environ.get("TEXT_STRIDE", "13"))
"""One round of so many is done in each run; `make texts` does all, which takes ten minutes."""


def wear(site: Flask, number: int, folder: Path, known: set[str]) -> list[str]:
    """Have every field wear another text, one step further each round; return what is wrong."""
    worn = {
        name: CORPUS[(number + step * APART) % len(CORPUS)].text for step, name in enumerate(NAMES)
    }
    where = dress(site, number, worn, folder)
    holes, shown = read(look(where), known)
    unseen = [
        f"{name} is not shown as it was written: {text!r}"
        for name, text in where.worn.items()
        if squashed(text) not in shown and squashed(text) not in squashed(shown)
    ]
    return holes + unseen


def test_there_are_enough_texts_and_each_has_its_reason() -> None:
    assert len({one.text for one in CORPUS}) == len(CORPUS) >= 200
    assert all(one.trick and one.why for one in CORPUS)


def test_some_texts_in_every_field(site: Flask, known: set[str], tmp_path: Path) -> None:
    holes = [one for number in range(2) for one in wear(site, number, tmp_path, known)]
    assert not holes, "\n".join(holes[:40])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_texts_in_every_field(site: Flask, known: set[str], tmp_path: Path) -> None:
    rounds = range(2, len(CORPUS), STRIDE)
    holes = [one for number in rounds for one in wear(site, number, tmp_path, known)]
    assert not holes, "\n".join(holes[:40])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_texts_asked_for_and_refused(site: Flask, known: set[str], tmp_path: Path) -> None:
    where = dress(site, 9_001, PLAIN, tmp_path)
    csrf, holes = token(where), []
    for one in CORPUS[::STRIDE]:
        holes += [f"{one.text!r}: {hole}" for hole in read(echo(where, one.text, csrf), known)[0]]
    assert not holes, "\n".join(holes[:40])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("template", "right", "wrong"),
    [
        ("site/product.html", "<h1>{{ product.name }}</h1>", "<h1>{{ product.name|safe }}</h1>"),
        ("site/product.html", "<dd>{{ value }}</dd>", "<dd>{{ value|safe }}</dd>"),
        ("site/product.html", "<dt>{{ name }}</dt>", "<dt title={{ name }}>a</dt>"),
        ("site/note.html", "{{ note.title }}", "{{ note.title|safe }}"),
    ],
)
def test_a_planted_hole_is_found(
    app: Flask, known: set[str], tmp_path: Path, template: str, right: str, wrong: str
) -> None:
    loader = app.jinja_env.loader
    assert loader is not None

    def planted(name: str) -> Any:
        source, path, fresh = loader.get_source(app.jinja_env, name)
        assert name != template or right in source
        return source.replace(right, wrong) if name == template else source, path, fresh

    app.jinja_env.loader = FunctionLoader(planted)
    app.jinja_env.bytecode_cache = None
    attack = (
        "</title><b onclick=hit=1>"
        if template == "site/note.html"
        else "x onclick=hit=1 <b onclick=hit=1>"
    )
    where = dress(app, 1, dict.fromkeys(NAMES, attack), tmp_path)
    holes, _ = read(look(where), known)
    assert holes
    at = "/p/" if "product" in template else "/note/"
    assert all(one.startswith(at) for one in holes), holes
