"""Who signs in or up is back where they were, whichever way led there, and never elsewhere."""

from collections.abc import Callable
from itertools import count
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Place
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser

BOBS = count(1)

Visit = Callable[..., Visitor]


def test_every_way_to_sign_in_leads_back(visit: Visit, place: Place) -> None:
    ann = visit("ann")
    page, banner = ann.page, ann.page.get_by_role("banner")

    page.goto("/search?q=note&type=note&sort=newest")
    searched = page.url
    banner.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Make an account").click()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    banner.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Make an account").click()
    page.get_by_role("button", name="Make an account").click()
    ann.fill_sign_up()
    expect(page).to_have_url(searched)

    ann.sign_out()
    page.goto("/orders?cursor=")
    asked_for = f"{place.site.origin}/orders?cursor="
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_label("E-mail or phone number").fill("ann@example.org")
    page.get_by_label("Password").fill("not my password")
    ann.main.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    ann.fill_sign_in()
    expect(page).to_have_url(asked_for)

    ann.sign_out()
    page.goto("/")
    page.get_by_role("link", name=place.titles[0]).click()
    sheet = page.get_by_role("dialog", name=place.titles[0])
    sheet.locator(".good-row").get_by_role("link").click()
    expect(page.get_by_role("heading", name=place.good)).to_be_visible()
    product, _, note = page.url.partition("?")
    assert note.startswith("note=")
    page.get_by_label("How many").fill("3")
    page.get_by_role("button", name="Buy now").click()
    expect(page.get_by_text("Sign in to put things into your cart.")).to_be_visible()
    ann.fill_sign_in()
    assert page.url.startswith(f"{product}?sku=")
    assert page.url.endswith(f"&quantity=3&{note}")
    expect(page.get_by_label("How many")).to_have_value("3")
    expect(page.get_by_role("button", name="Buy now")).to_be_visible()

    ann.sign_out()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/search?q=note&type=note")
    searched = page.url
    page.get_by_role("navigation", name="Main places").get_by_role(
        "link", name="Me", exact=True
    ).click()
    ann.fill_sign_in()
    expect(page).to_have_url(searched)


def test_who_likes_a_note_before_signing_in_comes_back_to_it(visit: Visit, place: Place) -> None:
    bob = visit(f"bob_{next(BOBS)}")
    page = bob.page

    page.goto("/")
    page.get_by_role("link", name=place.titles[0]).click()
    sheet = page.get_by_role("dialog", name=place.titles[0])
    sheet.get_by_role("button", name="Like").click()
    expect(page.get_by_text("Sign in to like notes.")).to_be_visible()
    page.get_by_role("link", name="Make an account").click()
    bob.fill_sign_up()

    expect(page.get_by_role("heading", name=place.titles[0])).to_be_visible()
    expect(bob.main.get_by_role("button", name="Like")).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    "target",
    ["//evil.example/", "/\\evil.example", "https://evil.example/", "/\t/evil.example", "javascript:0"],
)  # fmt: skip
def test_no_address_leads_elsewhere(visit: Visit, place: Place, target: str) -> None:
    bob = visit(f"bob_{next(BOBS)}")

    bob.page.goto(f"/signup?next={quote(target, safe='')}")
    bob.fill_sign_up()

    expect(bob.page).to_have_url(f"{place.site.origin}/")
