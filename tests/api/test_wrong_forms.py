"""Bad input to pages: every page and every form, asked as no browser of ours would ask."""

import re
from collections import Counter
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from app.accounts import api as accounts
from app.kernel.ids import DeviceId, mint
from app.platform.uow import unit_of_work
from app.web.parsing import DEPTH_MAX
from tests.api.seeded import Seeds, sow

CSRF = re.compile(r'name="csrf-token"\s+content="([^"]+)"')
FIELD = re.compile(r'<(?:input|textarea|select|button)\b[^>]*?\bname="([^"]+)"')
OWN = {"csrf_token", "idempotency_key"}
WRONG = ("%00", "%ff", "%ed%a0%80", "x" * 500, "9" * 40, "-1", "%5B%5D", "")
"""Values as they stand in an address or a form."""

STRANGE = ("a..b", ".", "[]", "0", "%00", "%ff", ".".join("a" * (DEPTH_MAX + 2)), "title.0", "tags")
"""Names that no form of ours has."""

ODD = ("&=&", "%", "a=%zz", "a=1&a.b=2", "a.b=2&a=1", "tags.0=1&tags.0.x=1", "&".join(STRANGE))


@pytest.fixture(scope="module")
def town(site: Flask) -> Seeds:
    return sow(site, spare=3)


@pytest.fixture(scope="module")
def names(site: Flask, town: Seeds) -> list[str]:
    """The name of every field that some page shows."""
    shown = set()
    for rule in pages(site, "GET"):
        shown |= set(FIELD.findall(town.caller.client.get(next(addresses(rule, town))).text))
    assert {"title", "q", "quantity", "recipient"} <= shown
    return sorted(shown - OWN)


def pages(site: Flask, method: str) -> list[Rule]:
    """Return the addresses of pages that take a method."""
    return [
        rule
        for rule in site.url_map.iter_rules()
        if method in (rule.methods or ()) and not rule.rule.startswith("/api/")
    ]


def addresses(rule: Rule, town: Seeds) -> Iterator[str]:
    """Yield a page's address with real ids, and then with wrong ones."""
    parts = {name: next(town.ids[name]) if name in town.ids else "x" for name in rule.arguments}
    wrong = (*WRONG[:-1], "..%2f..", quote("口红"), "note_") if parts else ()
    for given in (parts, *(dict.fromkeys(parts, value) for value in wrong)):
        yield re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found, given=given: given[found[1]], rule.rule)


def signed_in(site: Flask, town: Seeds) -> tuple[FlaskClient, str]:
    """Return a browser with a session of its own, and its token for forms."""
    with unit_of_work() as uow:
        secret = accounts.start_session(
            uow, account_id=town.caller.id, device_id=DeviceId(mint("device")), user_agent="wrong"
        )
    client = site.test_client()
    client.set_cookie("session", secret)
    token = CSRF.search(client.get("/settings").text)
    assert token
    return client, token[1]


def test_no_page_breaks_at_what_it_is_asked(site: Flask, town: Seeds, names: list[str]) -> None:
    queries = ["&".join(f"{name}={value}" for name in (*names, "cursor")) for value in WRONG]
    seen: Counter[int] = Counter()
    broken = []
    for rule in pages(site, "GET"):
        right, *wrong = addresses(rule, town)
        for path in [*(f"{right}?{query}" for query in (*queries, *ODD)), *wrong]:
            answer = town.caller.client.get(path)
            seen[answer.status_code] += 1
            broken += [f"{path[:120]}: {answer.status_code}"] if answer.status_code >= 500 else []

    assert broken == []
    assert min(seen[200], seen[404]) > 100


def test_no_form_breaks_at_what_it_is_sent(site: Flask, town: Seeds, names: list[str]) -> None:
    bodies = ["&".join(f"{name}={value}" for name in names) for value in WRONG]
    seen: Counter[int] = Counter()
    broken = []
    for rule in pages(site, "POST"):
        client, token = signed_in(site, town)
        for body in (*bodies, *ODD):
            answer = client.post(
                next(addresses(rule, town)),
                data=f"csrf_token={token}&{body}".encode(),
                content_type="application/x-www-form-urlencoded",
            )
            seen[answer.status_code] += 1
            if answer.status_code >= 500:
                broken.append(f"{rule.rule}: {body[:60]}: {answer.status_code}")

    assert broken == []
    assert seen[422] > 100
