"""A real chromium, sites to visit with it, and people who do."""

import os
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Route,
    expect,
    sync_playwright,
)

from tests.browser.feeds import publish_notes
from tests.browser.visitors import Visitor
from tests.support.shops import Shop, open_shops
from tests.support.site import Site, open_site

CHROMIUM = Path("/usr/bin/chromium")

GOOD = "HP USB Optical 3-button Mouse"
"""Of the shop's goods the one that the notes of the shared site tag."""

NOTES = 14

PATIENCE_MS = 15_000
"""How long the browser waits for something to appear; a busy machine is slow, not wrong."""

SHOTS = Path(__file__).parents[2] / "build" / "browser"
"""What the pages looked like when a test failed."""

REFUSAL = re.compile(r"responded with a status of 4\d\d")

LOG_LINES = 60

OPEN: list[BrowserContext] = []
"""The browsers of the test that runs."""

ARGUMENTS = (
    # Whatever the pages name, nothing but this machine can be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
)


@pytest.fixture(scope="session")
def chromium() -> Generator[Browser]:
    """Debian's chromium; without it the test is skipped, in CI (TROVE_CI=1) it fails."""
    if not CHROMIUM.exists():
        reason = f"{CHROMIUM} is missing: apt-get install chromium"
        if os.environ.get("TROVE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


@contextmanager
def visits(chromium: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Yield what opens a browser of its own for a person; at the end nothing may have gone wrong.

    That is: no request left the origin, no script failed, the content policy was never broken.
    """
    wrong: list[str] = []
    contexts = OPEN

    def visit(name: str = "", *, scripts: bool = True, **options: object) -> Visitor:
        context = chromium.new_context(
            base_url=site.origin,
            locale="en-US",
            java_script_enabled=scripts,
            viewport={"width": 1280, "height": 900},
            **options,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)

        def guard(route: Route) -> None:
            wrong.append(f"a request left the origin: {route.request.url}")
            route.abort()

        context.route(lambda url: not _own(url, site.origin), guard)
        context.on("weberror", lambda fault: wrong.append(f"a script failed: {fault.error}"))
        context.on("console", lambda said: _is_wrong(said) and wrong.append(said.text))
        return Visitor(context.new_page(), name)

    try:
        yield visit
    finally:
        for context in contexts:
            context.close()
        OPEN.clear()
    assert not wrong, "\n".join(wrong)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Function,
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the pages of a failed test looked like, and what the site logged last."""
    report = yield
    if call.excinfo is not None:
        SHOTS.mkdir(parents=True, exist_ok=True)
        for place, page in enumerate(page for one in OPEN for page in one.pages):
            page.screenshot(path=SHOTS / f"{place}.png")
            report.sections.append((f"{SHOTS / str(place)}.png", page.url))
        for site in (one for one in item.funcargs.values() if isinstance(one, Site)):
            lines = site.log.read_text().splitlines()[-LOG_LINES:]
            report.sections.append(("the site's log", "\n".join(lines)))
    return report


def _is_wrong(said: ConsoleMessage) -> bool:
    """Tell whether the console says that something is broken: a refusal by the server is not."""
    return said.type == "error" and not REFUSAL.search(said.text)


def _own(url: str, origin: str) -> bool:
    return url.startswith((f"{origin}/", "data:", f"blob:{origin}/"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """A site that the tests share; many sign up at once, so nobody is held to the limits."""
    with open_site(tmp_path_factory.mktemp("site"), TROVE_LIMITS="false") as site:
        yield site


@dataclass(frozen=True)
class Place:
    """The shared site: a shop with real goods, notes that fill more than a screen."""

    site: Site
    shop: Shop
    good: str
    titles: list[str]


@pytest.fixture(scope="session")
def place(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Open a shop at the shared site, and publish notes that tag one of its goods."""
    goods = tmp_path_factory.mktemp("goods")
    shop = open_shops(site, goods, [Shop("nord", "Nord Office", 0)])["nord"]
    titles = publish_notes(site, tagged=GOOD, count=NOTES)
    return Place(site, shop, GOOD, titles)


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Open a browser of its own at the shared site: ``visit("ann")``."""
    with visits(chromium, site) as visit:
        yield visit
