"""What the browsers of these tests hold every page to is held: here it is broken on purpose."""

from collections.abc import Callable
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, Page

from tests.browser.conftest import visits
from tests.support.site import Site

pytestmark = pytest.mark.browser


def leave(page: Page) -> None:
    """Go to another site."""
    with suppress(Error):
        page.goto("http://example.invalid/")


def fail(page: Page) -> None:
    """Have a script fail that nobody waits for."""
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken') })")


def ask_elsewhere(page: Page) -> None:
    """Ask another site for something, which the policy of the pages forbids."""
    page.evaluate("fetch('http://example.invalid/').catch(() => 0)")


@pytest.mark.parametrize(
    ("told", "break_it"),
    [
        ("a request left the origin", leave),
        ("a script failed", fail),
        ("Content Security Policy", ask_elsewhere),
    ],
)
def test_what_goes_wrong_on_a_page_fails_the_test_that_visits_it(
    chromium: Browser, site: Site, told: str, break_it: Callable[[Page], None]
) -> None:
    def visit_and_break() -> None:
        with visits(chromium, site) as visit:
            page = visit().page
            page.goto("/")
            break_it(page)

    with pytest.raises(AssertionError, match=told):
        visit_and_break()
