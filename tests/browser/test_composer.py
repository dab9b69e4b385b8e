"""Writing a note: pictures sent as they are chosen, sorted, tagged; by pointer and by keys alone."""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Place
from tests.browser.feeds import photos
from tests.browser.visitors import Visitor

pytestmark = pytest.mark.browser

Visit = Callable[..., Visitor]
Placed = list[tuple[int, float, float]]

WRITERS = count(1)
OTHER = "Philips AJ100 Clock Radio"


@pytest.fixture
def writer(visit: Visit, place: Place) -> Visitor:
    """Somebody of their own with the form for a new note open."""
    del place
    writer = visit(f"writer_{next(WRITERS)}")
    writer.sign_up()
    writer.page.goto("/studio/compose")
    return writer


def fields(page: Page, part: str) -> list[str]:
    """Return the values that the form would send of all pictures, or of all tags."""
    return [
        str(one.input_value()) for one in page.locator(f"input[type=hidden][name$='.{part}']").all()
    ]


def placed(page: Page) -> Placed:
    """Return where the tags are: number of the picture, and place on it."""
    numbers, across, down = (fields(page, part) for part in ("picture", "x", "y"))
    return [
        (int(number), round(float(x), 2), round(float(y), 2))
        for number, x, y in zip(numbers, across, down, strict=True)
    ]


def test_pictures_are_sorted_by_buttons_by_keys_and_by_dragging(writer: Visitor) -> None:
    page = writer.page
    writer.choose_pictures(photos(3))
    first, second, third = fields(page, "picture_id")

    page.get_by_role("button", name="Move later: picture 1").click()
    assert fields(page, "picture_id") == [second, first, third]
    expect(page.get_by_role("button", name="Move later: picture 2")).to_be_focused()
    page.keyboard.press("Enter")
    assert fields(page, "picture_id") == [second, third, first]
    expect(page.get_by_role("status").get_by_text("Moved to place 3.")).to_be_visible()

    page.get_by_role("button", name="Show picture 3 and its tags").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("button", name="Show picture 2 and its tags")).to_be_focused()
    assert fields(page, "picture_id") == [second, first, third]

    thumbs = page.locator(".thumbs .pick")
    thumbs.nth(0).drag_to(thumbs.nth(2), steps=12)
    expect(page.locator("input[name='pictures.0.picture_id']")).to_have_value(first)

    page.get_by_role("button", name="Remove: picture 1").click()
    assert first not in fields(page, "picture_id")
    assert len(fields(page, "picture_id")) == 2


@pytest.mark.parametrize("height", [600, 850])
def test_all_of_the_choice_of_products_is_in_sight(writer: Visitor, height: int) -> None:
    page = writer.page
    page.set_viewport_size({"width": 390, "height": height})
    writer.choose_pictures(photos(1))
    stage = page.locator(".stage")
    box = stage.bounding_box()
    assert box is not None
    stage.click(position={"x": box["width"] / 2, "y": box["height"] * 0.9})

    for part in (page.get_by_label("Which product is it?"), page.get_by_role("option").first):
        expect(part).to_be_in_viewport(ratio=1)
    expect(page.locator(".picker").get_by_role("button")).to_be_in_viewport(ratio=1)


def test_a_tag_is_placed_and_moved_by_pointer(writer: Visitor, place: Place) -> None:
    page = writer.page
    writer.choose_pictures(photos(2))
    writer.tag(place.good, 0.25, 0.75)
    assert placed(page) == [(0, 0.25, 0.75)]
    dot, stage = page.locator(".stage .hot"), page.locator(".stage")
    box = stage.bounding_box()
    assert box is not None

    dot.hover(position={"x": 3, "y": 3})
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5, steps=5)
    page.mouse.up()
    ((picture, x, y),) = placed(page)
    assert (picture, round(x, 1), round(y, 1)) == (0, 0.5, 0.5)

    # By single taps: on the tag, then on its new place.
    page.get_by_role("button", name=f"Move: {place.good}", exact=True).click()
    expect(page.get_by_text("Tap the new place on the picture.")).to_be_visible()
    stage.click(position={"x": box["width"] * 0.1, "y": box["height"] * 0.2})
    assert placed(page) == [(0, 0.1, 0.2)]

    # A tag stays with its picture.
    page.get_by_role("button", name="Move later: picture 1").click()
    assert placed(page) == [(1, 0.1, 0.2)]
    page.get_by_role("button", name="Remove: picture 2").click()
    assert placed(page) == []


def test_tags_are_placed_moved_and_removed_by_keys_alone(writer: Visitor, place: Place) -> None:
    page, keys = writer.page, writer.page.keyboard
    writer.choose_pictures(photos(1))
    add = page.get_by_role("button", name="Add a tag")
    add.focus()

    keys.press("Enter")
    sought = page.get_by_label("Which product is it?")
    expect(sought).to_be_focused()
    keys.press("Escape")
    expect(sought).to_have_count(0)
    expect(add).to_be_focused()

    keys.press("Enter")
    keys.type(place.good)
    expect(page.get_by_role("option").first).to_contain_text(place.good)
    expect(page.get_by_role("option")).not_to_have_count(0)
    keys.press("ArrowDown")
    expect(page.get_by_role("option", name=place.good)).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    dot = page.get_by_role("button", name=f"Tag: {place.good}")
    expect(dot).to_be_focused()
    assert placed(page) == [(0, 0.5, 0.5)]

    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp"):
        keys.press(key)
    assert placed(page) == [(0, 0.46, 0.48)]
    for pressed in ("true", "false"):
        keys.press("Enter")
        expect(dot).to_have_attribute("aria-pressed", pressed)
        expect(dot).to_be_focused()
    keys.press("Delete")
    assert placed(page) == []
    expect(add).to_be_focused()

    writer.tag(place.good, 0.3, 0.3)
    page.get_by_role("button", name=f"Move: {place.good}", exact=True).press("Enter")
    expect(dot).to_be_focused()
    page.get_by_role("button", name=f"Remove: {place.good}").press("Enter")
    expect(dot).to_have_count(0)
    expect(add).to_be_focused()


def test_a_file_that_is_no_picture_says_so_beside_it_and_stops_nothing(
    writer: Visitor, tmp_path: Path
) -> None:
    page, none = writer.page, tmp_path / "none.jpg"
    none.write_bytes(b"no picture")
    page.locator("input[type=file]").set_input_files([photos(1)[0], none])
    expect(page.locator(".faults .fault")).to_contain_text("This kind of file is not taken")
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)
    expect(page.locator(".thumbs > li.waiting")).to_have_count(0)

    page.get_by_role("textbox", name="Title").fill("一张 one")
    page.get_by_role("button", name="Publish").click()

    expect(page.get_by_role("heading", level=1, name="一张 one")).to_be_visible()
    expect(page.locator(".slide img")).to_have_count(1)


def test_a_refused_note_comes_back_with_everything_that_was_made(
    writer: Visitor, place: Place
) -> None:
    page = writer.page
    writer.choose_pictures(photos(2))
    page.get_by_role("textbox", name=re.compile("^What this picture shows")).fill("一条裙子")
    writer.tag(place.good, 0.25, 0.75)
    before = fields(page, "picture_id"), fields(page, "alt"), placed(page)
    page.get_by_role("button", name="Publish").click()

    expect(page.get_by_role("alert")).to_contain_text("The note says nothing yet")
    expect(page.locator(".thumbs > li")).to_have_count(2)
    assert (fields(page, "picture_id"), fields(page, "alt"), placed(page)) == before

    writer.tag(OTHER, 0.6, 0.3)
    page.get_by_role("textbox", name=re.compile("^Text")).fill("现在说了些什么 said something")
    page.get_by_role("button", name="Publish").click()
    expect(page.locator(".slide img").first).to_have_attribute("alt", "一条裙子")
    expect(page.locator("a.hot")).to_have_count(2)


def test_files_that_were_chosen_before_the_script_was_there_are_sent(writer: Visitor) -> None:
    page = writer.page
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/compose-[^/]*\.js$"), hold)
    page.goto("/studio/compose", wait_until="commit")
    page.locator("input[type=file]").set_input_files(photos(1)[0])

    for one in held:
        one.continue_()

    expect(page.locator(".thumbs > li:not(.waiting):not(.failed)")).to_have_count(1)
