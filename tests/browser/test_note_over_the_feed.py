"""A note opens over the feed, at an address of its own; whichever way it closes, the feed is as it was."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Place
from tests.browser.visitors import Visitor
from tests.support.waiting import wait_until

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]


@pytest.fixture
def feed(visit: Visit, place: Place) -> Page:
    """A reader's feed, scrolled down; `window.kept` tells whether it is still the same page."""
    page = visit().page
    page.goto("/")
    last = page.get_by_role("link", name=place.titles[-1])
    last.scroll_into_view_if_needed()
    page.evaluate("window.kept = 'yes'")
    return page


def opened(page: Page, title: str) -> Locator:
    """Open a note of the feed; return the dialog in which it is."""
    page.get_by_role("link", name=title).click()
    sheet = page.get_by_role("dialog", name=title)
    expect(sheet).to_be_visible()
    return sheet


def y_of(page: Page) -> int:
    """Return how far the page is scrolled."""
    return int(page.evaluate("Math.round(scrollY)"))


def focus_in(page: Page, selector: str) -> bool:
    """Tell whether the focus is in what ``selector`` finds."""
    return bool(page.evaluate("it => !!document.activeElement.closest(it)", selector))


def test_it_has_the_notes_address_and_title_and_takes_the_focus(feed: Page, place: Place) -> None:
    sheet = opened(feed, place.titles[-1])

    assert "/note/note_" in feed.url
    expect(feed).to_have_title(place.titles[-1])
    expect(sheet.get_by_role("button", name="Close")).to_be_focused()
    expect(sheet.get_by_role("heading", name=place.titles[-1])).to_be_visible()
    for _ in range(25):
        feed.keyboard.press("Tab")
        assert focus_in(feed, "#sheet, body:not(:has(:focus))"), "the focus left the open dialog"


@pytest.mark.parametrize("way", ["Escape", "✕", "beside it", "Back"])
def test_however_it_closes_the_feed_is_where_it_was(feed: Page, place: Place, way: str) -> None:
    before, title, url = y_of(feed), feed.title(), feed.url
    assert before > 0
    sheet = opened(feed, place.titles[-1])

    if way == "Escape":
        feed.keyboard.press("Escape")
    elif way == "✕":
        sheet.get_by_role("button", name="Close").click()
    elif way == "beside it":
        feed.mouse.click(5, 400)
    else:
        feed.go_back()

    expect(sheet).to_be_hidden()
    expect(feed).to_have_url(url)
    expect(feed).to_have_title(title)
    expect(feed.get_by_role("link", name=place.titles[-1])).to_be_focused()
    assert y_of(feed) == before
    assert feed.evaluate("window.kept") == "yes"


def test_one_back_leaves_the_feed_after_a_note_was_closed(feed: Page, place: Place) -> None:
    feed.goto("/search?q=note")
    feed.goto("/")
    opened(feed, place.titles[0])
    feed.keyboard.press("Escape")
    expect(feed).to_have_url(f"{place.site.origin}/")

    feed.go_back()

    expect(feed).to_have_url(f"{place.site.origin}/search?q=note")


def test_forward_shows_the_note_again_and_a_reload_its_page(feed: Page, place: Place) -> None:
    opened(feed, place.titles[0])
    feed.go_back()
    expect(feed.get_by_role("dialog")).to_have_count(0)

    feed.go_forward()

    expect(feed.get_by_role("heading", level=1, name=place.titles[0])).to_be_visible()
    assert "/note/note_" in feed.url
    feed.reload()
    expect(feed.get_by_role("main").get_by_role("heading", level=1)).to_have_text(place.titles[0])
    feed.go_back()
    expect(feed.get_by_role("link", name=place.titles[0])).to_be_visible()


def test_the_next_note_after_one_that_was_closed_opens_as_the_first_did(
    feed: Page, place: Place
) -> None:
    for title in (place.titles[1], place.titles[2]):
        sheet = opened(feed, title)
        feed.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
        expect(feed).to_have_url(f"{place.site.origin}/")


def test_a_picture_shown_larger_closes_alone(feed: Page, place: Place) -> None:
    sheet = opened(feed, place.titles[0])
    sheet.get_by_role("link", name="Picture 1 of 1, larger").click(position={"x": 9, "y": 9})
    larger = feed.locator("dialog.zoom")
    expect(larger).to_be_visible()

    feed.keyboard.press("Escape")

    expect(larger).to_have_count(0)
    expect(sheet).to_be_visible()
    assert focus_in(feed, "#sheet")


def test_pictures_are_turned_by_buttons_and_keys(feed: Page, place: Place) -> None:
    sheet = opened(feed, place.titles[-1])
    earlier, later = (
        sheet.get_by_role("button", name=f"{one} picture") for one in ("Previous", "Next")
    )
    expect(earlier).to_be_hidden()

    later.click()
    expect(earlier).to_be_enabled()
    sheet.get_by_role("region", name="Pictures").focus()
    feed.keyboard.press("ArrowRight")

    expect(later).to_be_hidden()
    expect(sheet.locator(".dots i").nth(2)).to_have_class("on")
    feed.keyboard.press("ArrowLeft")
    expect(later).to_be_enabled()


def test_a_step_taken_while_the_last_still_glides_goes_on_from_its_end(
    feed: Page, place: Place
) -> None:
    sheet = opened(feed, place.titles[-1])
    sheet.get_by_role("region", name="Pictures").focus()

    for _key in range(2):
        feed.keyboard.press("ArrowRight")

    expect(sheet.locator(".dots i").nth(2)).to_have_class("on")


def test_a_pin_is_reached_and_followed_by_keyboard_and_the_tap_is_counted(
    feed: Page, place: Place
) -> None:
    sheet = opened(feed, place.titles[3])
    pin = sheet.locator("a.hot")
    asked = "SELECT count(*) AS n FROM touches_touch WHERE kind = 'tag_click'"
    before = place.site.rows(asked)[0].n
    for _ in range(10):
        feed.keyboard.press("Tab")
        if focus_in(feed, "a.hot"):
            break
    expect(pin).to_be_focused()

    feed.keyboard.press("Enter")

    expect(feed.get_by_role("heading", name=place.good)).to_be_visible()
    assert wait_until(lambda: place.site.rows(asked)[0].n == before + 1, 10)


def test_who_likes_without_an_account_signs_up_and_is_back_at_the_note(
    visit: Visit, place: Place
) -> None:
    reader = visit("liker")
    page = reader.page
    page.goto("/")
    sheet = opened(page, place.titles[4])
    note = page.url
    sheet.get_by_role("button", name="Like").click()
    page.get_by_role("link", name="Make an account").click()
    reader.fill_sign_up()

    assert page.url == note
    like = page.get_by_role("main").get_by_role("button", name="Like").first
    # What is shown at once is told to the site meanwhile.
    with page.expect_response(lambda answer: answer.url.endswith("/like") and answer.ok):
        like.click()
    expect(like).to_have_attribute("aria-pressed", "true")
    expect(like).to_contain_text("1")
    page.reload()
    expect(like).to_have_attribute("aria-pressed", "true")
