"""No address that somebody gives us leads a browser to another site."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.web import security
from tests.accounts.visits import LOGIN, csrf_of, signed_up, submit
from tests.support.people import sign_up_person
from tests.support.town import publish

HOME = "http://localhost"
AWAY = "evil.example"

PLAIN = (
    "https://evil.example", "http://evil.example/", "HTTPS://EVIL.EXAMPLE", "//evil.example",
    "///evil.example", "////evil.example", "/////evil.example/x", "https:evil.example",
    "https:/evil.example", "https:///evil.example", "http:evil.example", "ftp://evil.example",
    "evil.example", "evil.example/x", "@evil.example", ":@evil.example", ".evil.example",
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "blob:x",
    "file:///etc/passwd", "about:blank", "mailto:a@evil.example", "view-source:x",
)  # fmt: skip
SLASHES = (
    "\\\\evil.example", "\\/evil.example", "/\\evil.example", "/\\/evil.example",
    "//\\evil.example", "\\evil.example", "https:\\\\evil.example", "/x\\..\\..\\\\evil.example",
    "/\\\\evil.example", "/\uff0fevil.example", "\uff0f\uff0fevil.example", "/\u2215evil.example",
    "\u3002evil.example", "/\u29f8/evil.example",
)  # fmt: skip
UNSEEN = (
    "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "\t//evil.example",
    "\n//evil.example", " //evil.example", "  https://evil.example", "\x00//evil.example",
    "/\x00/evil.example", "\x01https://evil.example", "java\nscript:alert(1)", "\x0b//evil.example",
    "\x0c//evil.example", "\xa0//evil.example", "\u2028//evil.example", "\ufeff//evil.example",
    "\u200b//evil.example", "/\u00ad/evil.example", "//evil\u3002example", "/ /evil.example",
    "/x\r\nLocation: https://evil.example", "/x\nSet-Cookie: session=x", "/x\r\n\r\n<script>",
    "/x\u560d\u560aLocation:https://evil.example", "/\x7f/evil.example",
)  # fmt: skip
NESTED = (
    "https://localhost@evil.example", "//localhost@evil.example", "https://localhost.evil.example",
    "http://localhost:80@evil.example", "//evil.example/localhost", "//evil.example?localhost",
    "//evil.example#localhost", "//[::1]", "//2130706433", "//0x7f000001", "//127.1",
    "http://localhost:8001/", "https://localhost/", "http://LOCALHOST@evil.example/",
    "%2f%2fevil.example", "https%3a%2f%2fevil.example", "?next=//evil.example", "#//evil.example",
    "", " ", "/" * 3_000, "//" + "x" * 3_000, "//evil.example/" + "%2e" * 900, "null", "undefined",
)  # fmt: skip
CORPUS = (*PLAIN, *SLASHES, *UNSEEN, *NESTED)

OURS = ("/", "/note/note_1?x=1&y=2#there", "/search?q=%E8%8C%B6", "/u/ann?tab=collected")
"""What must go on working."""

Lead = Callable[[str], Any]


def led_to(location: str | None) -> str:
    """Return where a browser goes: it trims, drops tabs and line ends, and takes a backslash for a slash."""
    kept = (location or "").strip("".join(map(chr, range(33))))
    for mark in "\t\r\n":
        kept = kept.replace(mark, "")
    return urljoin(f"{HOME}/here/now", kept.replace("\\", "/"))


def is_away(location: str | None) -> bool:
    """Tell whether a browser would leave this site."""
    try:
        there = urlsplit(led_to(location))
    except ValueError:
        return True
    return f"{there.scheme}://{there.netloc}" != HOME


def leads(app: Flask) -> dict[str, Lead]:
    """Return every way to say where one wants to be led."""
    signed_up(app)
    bob = sign_up_person(app, "bob", creator=True)
    note_id = publish(bob)
    ann = sign_up_person(app, "ann_two")
    csrf = csrf_of(ann.client, "/settings")

    def asking(client: FlaskClient, path: str) -> Lead:
        return lambda wish: client.get(path, query_string={"next": wish})

    def sending(path: str, data: dict[str, Any], *, asked: bool = False) -> Lead:
        def send(wish: str) -> Any:
            typed = {"csrf_token": csrf, **data} | ({} if asked else {"next": wish})
            return ann.client.post(path, data=typed, query_string={"next": wish} if asked else None)

        return send

    def signing(page: str, data: dict[str, Any]) -> Lead:
        def send(wish: str) -> Any:
            return submit(app.test_client(), page, page, data, query_string={"next": wish})

        return send

    def coming_from(wish: str) -> Any:
        stranger = app.test_client()
        token = csrf_of(stranger, "/signup")
        typed = {"csrf_token": token, "on": "true"}
        headers = {
            "Referer": quote(f"{HOME}{wish}" if wish[:1] in "/\\" else wish, safe="/:@?#%=&")
        }
        led = stranger.post(f"/note/{note_id}/like", data=typed, headers=headers)
        return stranger.get(led.location) if led.location is None else _after(app, led.location)

    return {
        "GET /signin": asking(ann.client, "/signin"),
        "GET /signup": asking(ann.client, "/signup"),
        "POST /signin": signing("/signin", LOGIN),
        "like": sending(f"/note/{note_id}/like", {"on": "true"}),
        "collect": sending(f"/note/{note_id}/collection", {"on": "true"}),
        "follow": sending("/u/bob/follow", {}, asked=True),
        "unfollow": sending("/u/bob/unfollow", {}, asked=True),
        "tag": sending("/t/none", {}),
        "preferences": sending("/preferences", {"theme": "dark"}),
        "the page before": coming_from,
    }


def _after(app: Flask, sign_in: str) -> Any:
    """Sign in where one was led to, and be led on."""
    return submit(app.test_client(), "/signin", sign_in, LOGIN)


@pytest.fixture
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """A comparison takes 50 ms, and is made some hundred times here."""
    monkeypatch.setattr("app.accounts.commands.signing.fits", lambda *_, **__: True)


def wrong(found: dict[str, Lead]) -> list[str]:
    """Return where somebody was led away."""
    return [
        f"{name}: {wish[:60]!r} leads to {answer.location!r}"
        for name, lead in found.items()
        for wish in CORPUS
        if (answer := lead(wish)).status_code != 303 or is_away(answer.location)
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("cheap_passwords")
def test_nobody_is_led_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(set(CORPUS)) >= 60
    found = leads(app)

    assert wrong(found) == []
    for name, lead in found.items():
        for wish in OURS:
            # A browser tells nobody the fragment of the page before.
            told = wish.partition("#")[0] if name == "the page before" else wish
            assert lead(wish).location == told, name

    for module in ("app.site.pages", "app.content.pages", "app.accounts.pages"):
        monkeypatch.setattr(f"{module}.safe_next", lambda target, default="/": target or default)
    monkeypatch.setattr(security, "safe_next", lambda target, default="/": target or default)
    astray = {name for name, lead in found.items() if is_away(lead("//evil.example").location)}
    assert astray == set(found), "a way whose guard is gone must be found"


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example", "//evil.example/%2e%2e", "/%2f%2fevil.example", "/%5cevil.example",
        "/.//evil.example", "//evil.example/orders", "/orders//evil.example", "/\\evil.example",
        "//evil.example/..;/orders", "/%09/evil.example", "/%0d%0aLocation:%20//evil.example",
        "/settings/", "//evil.example/settings/", "/saved/", "/saved",
    ],
)  # fmt: skip
def test_an_address_that_is_spelt_otherwise_leads_nowhere_else(
    client: FlaskClient, path: str
) -> None:
    answer = client.open(path="/", environ_overrides={"PATH_INFO": path, "RAW_URI": path})

    assert answer.status_code < 500
    assert answer.location is None or not is_away(answer.location)


def test_the_judge_knows_what_browsers_do() -> None:
    away = ("//evil.example", "/\\evil.example", "/\t/evil.example", " //evil.example", "x:y")

    assert all(is_away(one) for one in away)
    assert not any(is_away(one) for one in OURS)
