"""What chance makes by a grammar of markup is text as well, and so is what headers and cookies say."""

import os
from collections import Counter
from itertools import count
from random import Random

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from tests.text.corpus import CORPUS
from tests.text.grammar import CODE, markup
from tests.text.judging import facts
from tests.text.reading import NAMES, PLAIN, read, wear
from tests.text.wearing import Place, dress

EXAMPLES = int(os.environ.get("TEXT_EXAMPLES", "6"))
"""Rounds of as many texts as there are fields; `make texts` does a hundred."""

STRIDE = int(os.environ.get("TEXT_STRIDE", "9"))
"""Of so many texts of the corpus one is sent along."""

PLACES = count(20_000)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
@given(worn=st.lists(markup, min_size=len(NAMES), max_size=len(NAMES)))
def test_texts_of_the_grammar_in_every_field(
    site: Flask, known: set[str], tmp_path_factory: pytest.TempPathFactory, worn: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("worn")
    holes = wear(site, next(PLACES), dict(zip(NAMES, worn, strict=True)), folder, known)
    assert not holes, "\n".join(holes[:40])


@pytest.mark.parametrize(
    "page",
    ["<p>{}</p>", '<p title="{}">a</p>', "<p title='{}'>a</p>", "<title>{}</title>", "<!-- {} -->"],
)
def test_the_grammar_gets_out_of_wherever_it_is_put_raw(page: str) -> None:
    """A judge who sees no harm in raw text would see none in anything."""
    plain = facts(page.format("plain"))

    found = find(
        markup,
        lambda text: f"={CODE}" in text and bool(_handlers(page.format(text)) - plain),
        settings=settings(
            max_examples=20_000,
            phases=[Phase.generate],
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
        random=Random(page),
    )

    assert found


def _handlers(page: str) -> set[str]:
    return {one for one in facts(page) if " on" in one}


@pytest.fixture(scope="module")
def place(site: Flask, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return dress(site, 19_999, PLAIN, tmp_path_factory.mktemp("headers"))


HEADERS = (
    "User-Agent", "Referer", "Accept-Language", "Accept", "Origin", "Sec-Fetch-Site", "If-Match",
    "If-None-Match", "Range", "X-Request-Id", "X-Forwarded-For", "X-Forwarded-Host",
    "X-Forwarded-Proto", "Forwarded", "HX-Request", "HX-Current-URL", "HX-Target",
    "Idempotency-Key", "Content-Type", "Accept-Encoding", "X-CSRFToken",
)  # fmt: skip
COOKIES = ("lang", "theme", "device", "session", "demo", "anything")
ASKED = ("/", "/settings", "/signin", "/search?q=tea", "/no-such-page", "/api/v1/me")


@pytest.fixture(scope="module")
def anonymous(place: Place, known: set[str]) -> set[str]:
    """What pages are made of for those who are not signed in, and for those who are."""
    found = set(known)
    for path in (*ASKED, place.note):
        for client in (place.me.client, place.app.test_client()):
            found |= facts(client.get(path).text)
    return found


def test_headers_are_never_more_than_text(place: Place, anonymous: set[str]) -> None:
    holes: list[str] = []
    answered: Counter[int] = Counter()
    for number, one in enumerate(CORPUS[::STRIDE]):
        text = _of_a_header(one.text)
        sent = {f"HTTP_{name.upper().replace('-', '_')}": text for name in HEADERS}
        for path in ASKED:
            client = place.me.client if number % 2 else place.app.test_client()
            answer = client.get(path, environ_overrides=sent)
            holes += [f"{one.text!r}: {hole}" for hole in read([(path, answer)], anonymous)[0]]
            answered[answer.status_code] += 1
    assert not holes, "\n".join(holes[:40])
    assert answered[200] > len(CORPUS[::STRIDE])


def test_cookies_are_never_more_than_text(place: Place, anonymous: set[str]) -> None:
    holes: list[str] = []
    stranger = place.app.test_client()
    stranger.get(place.note)
    device = stranger.get_cookie("device")
    assert device is not None
    name, _, mark = device.value.rpartition(".")
    paths = (*ASKED, place.note)
    for number, one in enumerate(CORPUS[::STRIDE]):
        text = _of_a_header(one.text)
        for place_, said in enumerate(
            (
                *(f"{cookie}={text}" for cookie in COOKIES),
                f"device={name}.{text}",
                f"device={text}.{mark}",
                f"device={device.value}{text}",
                "; ".join(f"{cookie}={text}" for cookie in COOKIES),
            )
        ):
            path = (
                place.note if said.startswith("device") else paths[(number + place_) % len(paths)]
            )
            client = place.app.test_client(use_cookies=False)
            answer = client.get(path, environ_overrides={"HTTP_COOKIE": said})
            holes += [f"{said!r}: {hole}" for hole in read([(path, answer)], anonymous)[0]]
    assert not holes, "\n".join(holes[:40])


def _of_a_header(text: str) -> str:
    """Return a text as a server hands over what stood on one line, byte by byte."""
    line = "".join(one for one in text if one not in "\r\n\0")
    return line.encode().decode("latin-1")
