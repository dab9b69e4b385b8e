"""The nastiest texts in a real browser, under the site's own policy: nothing runs, nothing loads.

The pages come from the application in this process, headers and all, by way of the browser's own
requests; what they ask for in turn comes from there too.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import PATIENCE_MS
from tests.text.corpus import CORPUS
from tests.text.planting import plant
from tests.text.reading import NAMES, PLAIN, of_round
from tests.text.wearing import Place, dress, look

pytestmark = [pytest.mark.browser, pytest.mark.timeout(1800)]

ORIGIN = "http://localhost"
FIRST = 2
"""So many rounds are of the nastiest; `make texts` goes on with all others."""

ROUNDS = FIRST if os.environ.get("TEXT_STRIDE") != "1" else len(CORPUS) // 3
TRICKS = list(dict.fromkeys(one.trick for one in CORPUS))
NASTIEST = [
    text for trick in TRICKS for text in [one.text for one in CORPUS if one.trick == trick][:2]
]
"""The first two of each trick."""


DOES = """() => [...document.querySelectorAll('*')].flatMap(one => [
    ...[...one.attributes].filter(each => /^on|^hx-on|srcdoc/i.test(each.name))
        .map(each => `${one.localName} ${each.name}`),
    ...['href', 'action', 'src', 'formAction']
        .filter(name => /^(javascript|data:text|vbscript|blob)/i.test(String(one[name] ?? '')))
        .map(name => `${one.localName} ${name}=${one[name]}`),
    ...(one.localName === 'script' && !one.src && !/json/.test(one.type) ? ['script inline'] : []),
    ...(/^(iframe|frame|object|embed|base|applet|portal)$/.test(one.localName)
        ? [one.localName] : []),
])"""
"""What of a page the browser made could do something, were there no policy."""

POKE = """() => {
    for (const one of document.querySelectorAll('*'))
        for (const name of ['pointerenter', 'mouseover', 'focus', 'animationstart', 'toggle'])
            one.dispatchEvent(new Event(name))
    return window.hit
}"""


@dataclass
class Seen:
    """What went on in the browser."""

    page: Page
    holes: list[str] = field(default_factory=list)
    asked: int = 0

    def visit(self, path: str) -> None:
        """Open a page, poke at all that is on it, and note what is more than text."""
        self.page.goto(ORIGIN + path, wait_until="load")
        self.judge(path)

    def judge(self, where: str) -> None:
        """Note what of the page as it is now is more than text."""
        self.holes += [f"{where}: {one}" for one in self.page.evaluate(DOES)]
        if self.page.evaluate(POKE) is not None:
            self.holes.append(f"{where}: it ran")


@contextmanager
def browser_at(chromium: Browser, where: Place, *, policy: bool = True) -> Iterator[Seen]:
    """Yield a browser of the place's owner whose every request the application answers."""
    context = chromium.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE_MS)
    seen = Seen(context.new_page())

    def answer(route: Route) -> None:
        asked = route.request
        if not asked.url.startswith(ORIGIN + "/"):
            seen.holes.append(f"a request left the site: {asked.url[:80]}")
            route.abort()
            return
        split = urlsplit(asked.url)
        kept = {"accept", "content-type", "hx-request", "x-csrftoken", "idempotency-key"}
        got = where.me.client.open(
            split.path + (f"?{split.query}" if split.query else ""),
            method=asked.method,
            buffered=True,
            data=asked.post_data_buffer,
            headers={name: value for name, value in asked.headers.items() if name in kept},
        )
        if got.status_code >= 500:
            seen.holes.append(f"{split.path}: {got.status_code}")
        headers = dict(got.headers)
        if not policy:
            headers.pop("Content-Security-Policy", None)
        seen.asked += 1

        route.fulfill(status=got.status_code, headers=headers, body=got.data)

    def told(said: Any) -> None:
        if said.type == "error" and "responded with a status of 4" not in said.text:
            seen.holes.append(f"the browser says: {said.text[:200]}")

    def asks(dialog: Any) -> None:
        seen.holes.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    context.route("**/*", answer)
    context.on("console", told)
    context.on("weberror", lambda fault: seen.holes.append(f"a script failed: {fault.error}"))
    context.on("dialog", asks)
    try:
        yield seen
    finally:
        context.close()


def visit_all(seen: Seen, where: Place) -> None:
    """Open every page that shows what is worn, and what scripts of ours show of it."""
    for path, answer in look(where):
        if answer.mimetype == "text/html" and "fragment" not in path:
            seen.visit(path)
    page = seen.page
    page.goto(ORIGIN + "/")
    page.locator("a.card-link, .card a").first.click()
    page.locator("article.note").wait_for()
    seen.judge("the note over the feed")
    page.goto(ORIGIN + "/")
    for text in (where.worn["product"], where.worn["title"]):
        box = page.locator("search-box input").first
        box.fill(text[:8])
        page.wait_for_load_state("networkidle")
        seen.judge("suggestions")


@pytest.mark.parametrize("number", range(ROUNDS))
def test_nothing_runs_in_a_browser(
    chromium: Browser, app: Flask, tmp_path: Path, number: int
) -> None:
    nasty = {
        name: NASTIEST[(number * 10 + step) % len(NASTIEST)] for step, name in enumerate(NAMES)
    }
    worn = nasty if number < FIRST else of_round(number)
    where = dress(app, 1, worn, tmp_path)
    with browser_at(chromium, where) as seen:
        visit_all(seen, where)
    assert not seen.holes, "\n".join(seen.holes[:40])
    assert seen.asked > 60


@pytest.mark.parametrize("policy", [True, False])
def test_what_is_planted_runs_only_without_the_policy(
    chromium: Browser, app: Flask, tmp_path: Path, *, policy: bool
) -> None:
    plant(app, "site/product.html", "<h1>{{ product.name }}", "<h1>{{ product.name|safe }}")
    where = dress(app, 1, {**PLAIN, "product": "tea <img src=/x onerror=hit=1>"}, tmp_path)
    with browser_at(chromium, where, policy=policy) as seen:
        seen.visit(f"/p/{where.thing.product_id}")

    assert any("img onerror" in one for one in seen.holes), seen.holes
    assert any("it ran" in one for one in seen.holes) is not policy, seen.holes
