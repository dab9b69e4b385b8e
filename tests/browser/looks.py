"""The pages of the demo's town in all their states, and the looks that each must stand up to."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, expect

from tests.support import engines

LOOKS = (("light", "zh"),) if engines.SCALE else (("light", "zh"), ("dark", "en"))
"""Theme and language. What a colour breaks it breaks in either language, and what a word breaks in
either theme; and as both come from no service, on these one look of each page will do."""

WIDTHS = (1360, 390)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

Act = Callable[[Page], None]


@dataclass(frozen=True)
class State:
    """A page as somebody meets it: where it is, and what they did there."""

    name: str
    path: str
    act: Act | None = None


def send_empty(page: Page) -> None:
    """Send the page's form with nothing in it; all that is wrong is then said."""
    page.locator("main form.form, main form.compose").first.evaluate("form => form.requestSubmit()")
    expect(page.locator("[role=alert]").first).to_be_visible()


def open_over_the_feed(page: Page) -> None:
    """Open a note of the feed over it."""
    page.locator("main a[href^='/note/']").first.click()
    expect(page.locator("dialog#sheet[open] h1")).to_be_visible()


def first(page: Page, path: str, pattern: str) -> str:
    """Return the first address of its kind that a page leads to."""
    page.goto(path)
    found = re.search(f'href="({pattern}[^"?#]+)', page.content())
    assert found, f"{path} leads to no {pattern}"
    return found[1]


def faults(context: BrowserContext, state: State, origin: str) -> list[str]:
    """Return what is wrong with a page in any theme, language and width."""
    page = context.new_page()
    found: list[str] = []
    for theme, language in LOOKS:
        context.add_cookies(
            [
                {"name": "theme", "value": theme, "url": origin},
                {"name": "lang", "value": language, "url": origin},
            ]
        )
        page.set_viewport_size({"width": WIDTHS[0], "height": 850})
        page.goto(state.path)
        if state.act:
            state.act(page)
        page.evaluate(AXE_SCRIPT)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 850})
            where = f"{state.name}, {theme}, {language}, {width} px"
            found += [f"{where}: {fault}" for fault in _faults(page)]
    page.close()
    return found


def _faults(page: Page) -> list[str]:
    over = page.evaluate(
        "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    said: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    wide = [f"{over} px wider than the window"] if over > 0 else []
    return wide + [
        f"{one['id']}: {one['help']} ({one['nodes'][0]['html'][:200]})"
        for one in said["violations"]
    ]
