"""A real chromium, sites to visit with it, and people who do."""

import os
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect, sync_playwright

from tests.browser.visitors import Visitor
from tests.support.site import Site, open_site

CHROMIUM = Path("/usr/bin/chromium")

PATIENCE_MS = 15_000
"""How long the browser waits for something to appear; a busy machine is slow, not wrong."""

SHOTS = Path(__file__).parents[2] / "build" / "browser"
"""What the pages looked like when a test failed."""

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
    contexts: list[BrowserContext] = []

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
        context.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        return Visitor(context.new_page(), name)

    try:
        yield visit
    except BaseException:
        _keep_shots(contexts)
        raise
    finally:
        for context in contexts:
            context.close()
    assert wrong == []


def _keep_shots(contexts: list[BrowserContext]) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for place, page in enumerate(page for one in contexts for page in one.pages):
        page.screenshot(path=SHOTS / f"{place}.png")
        print(f"{SHOTS / str(place)}.png is {page.url}")


def _own(url: str, origin: str) -> bool:
    return url.startswith((f"{origin}/", "data:", f"blob:{origin}/"))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    """A site that the tests share; many sign up at once, so nobody is held to the limits."""
    with open_site(tmp_path_factory.mktemp("site"), TROVE_LIMITS="false") as site:
        yield site


@pytest.fixture
def visit(chromium: Browser, site: Site) -> Iterator[Callable[..., Visitor]]:
    """Open a browser of its own at the shared site: ``visit("ann")``."""
    with visits(chromium, site) as visit:
        yield visit
