"""No text becomes more than text, in whichever field it stands and on whichever page."""

import os
from pathlib import Path

import pytest
from flask import Flask

from tests.support import engines
from tests.text.corpus import CORPUS
from tests.text.planting import plant
from tests.text.reading import NAMES, PLAIN, of_round, read, token, wear
from tests.text.wearing import dress, echo, look

STRIDE = int(os.environ.get("TEXT_STRIDE", "39" if engines.SCALE else "13"))
"""One round of so many is done in each run; `make texts` does all, which takes ten minutes."""


def test_there_are_enough_texts_and_each_has_its_reason() -> None:
    assert len({one.text for one in CORPUS}) == len(CORPUS) >= 200
    assert all(one.trick and one.why for one in CORPUS)


def test_some_texts_in_every_field(site: Flask, known: set[str], tmp_path: Path) -> None:
    holes = [
        one for number in range(2) for one in wear(site, number, of_round(number), tmp_path, known)
    ]
    assert not holes, "\n".join(holes[:40])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_texts_in_every_field(site: Flask, known: set[str], tmp_path: Path) -> None:
    rounds = range(2, len(CORPUS), STRIDE)
    holes = [
        one for number in rounds for one in wear(site, number, of_round(number), tmp_path, known)
    ]
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
    plant(app, template, right, wrong)
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
