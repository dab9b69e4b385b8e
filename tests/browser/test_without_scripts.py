"""With JavaScript off one can browse, search, buy, and publish a picture."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Place
from tests.browser.feeds import photos
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]


def test_a_reader_browses_searches_likes_and_buys(visit: Visit, place: Place) -> None:
    reader = visit("plain_reader", scripts=False)
    page = reader.page
    page.goto("/")
    expect(page.locator(".card").nth(len(place.titles) - 1)).to_be_visible()
    page.get_by_role("searchbox").fill("note 3")
    page.get_by_role("searchbox").press("Enter")
    title = "第 3 篇 note 3"
    page.get_by_role("link", name=title).click()
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    note = page.url
    page.get_by_role("button", name="Like 0").click()
    page.get_by_role("link", name="Make an account").click()
    reader.fill_sign_up()
    expect(page).to_have_url(note)
    page.get_by_role("button", name="Like 0").click()
    expect(page.get_by_role("button", name="Like 1")).to_have_attribute("aria-pressed", "true")

    taps = "SELECT count(*) AS n FROM touches_touch WHERE kind = 'tag_click'"
    before = place.site.rows(taps)[0].n
    page.locator(".good-row").get_by_role("button", name=re.compile("^Buy")).click()
    expect(page.get_by_role("heading", name=place.good)).to_be_visible()
    assert place.site.rows(taps)[0].n == before + 1
    reader.put_in_cart(1)
    page.get_by_label(f"How many: {place.good}").fill("2")
    page.get_by_role("button", name="Change").click()
    expect(page.locator(".pay-bar")).to_contain_text("¥35.90")
    page.goto("/settings")
    reader.add_address()
    reader.check_out()
    reader.pay(by_itself=False)
    assert reader.order_from("Nord Office").startswith("order_")


def test_a_creator_publishes_a_picture_with_a_tag(visit: Visit, place: Place) -> None:
    creator = visit("plain_writer", scripts=False)
    page = creator.page
    creator.sign_up()
    creator.become_creator()
    page.goto("/studio/compose")
    page.locator("input[type=file]").set_input_files(photos(1)[0])
    offered = page.get_by_label("Product 1").locator("option").nth(1)
    name = offered.inner_text()
    page.get_by_label("Product 1").select_option(label=name)
    page.get_by_role("button", name="Publish").click()

    # Refused for want of words: the picture and the tag are still there.
    expect(page.get_by_role("alert")).to_contain_text("The note says nothing yet")
    expect(page.get_by_text("1 picture so far")).to_be_visible()
    expect(page.get_by_label("Product 1").locator("option:checked")).to_have_text(name)
    page.get_by_role("textbox", name="Title").fill("没有脚本 plain")
    page.get_by_role("button", name="Publish").click()

    expect(page.get_by_role("heading", level=1, name="没有脚本 plain")).to_be_visible()
    expect(page.locator(".slide img")).to_have_count(1)
    expect(page.locator("a.hot").get_by_text(name)).to_have_count(1)
