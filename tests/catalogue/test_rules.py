"""What a merchant may write of products: codes, attributes, names, prices, counts, categories."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.catalogue.rules import (
    ATTRIBUTE_NAME_MAX,
    ATTRIBUTE_VALUE_MAX,
    CATEGORY_DEPTH_MAX,
    CATEGORY_NAME_MAX,
    HANDLE,
    ProductDraft,
    SkuDraft,
    attribute_fault,
    category_path,
    check_draft,
    handle_for,
    name_key,
    other_handle_for,
    read_count,
    read_price,
    stock_after,
)
from app.kernel.ids import BrandId
from app.kernel.problems import InvalidInput

pytestmark = pytest.mark.pure


def _draft(*codes: str) -> ProductDraft:
    return ProductDraft(BrandId("b"), "Tea", tuple(SkuDraft(code, "", 1) for code in codes))


def test_codes_of_one_product_differ() -> None:
    check_draft(_draft("a", "A", "b"))
    with pytest.raises(InvalidInput) as refused:
        check_draft(_draft("a", "b", "a", "a"))

    assert [one["pointer"] for one in refused.value.facts["errors"]] == [
        "/skus/2/code",
        "/skus/3/code",
    ]


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("colour", "red", None),
        ("colour", "", None),
        ("n" * ATTRIBUTE_NAME_MAX, "v" * ATTRIBUTE_VALUE_MAX, None),
        ("weight", 7, None),
        ("weight", 7.5, None),
        ("new", True, None),
        ("", "red", "bad-attribute-name"),
        ("n" * (ATTRIBUTE_NAME_MAX + 1), "red", "bad-attribute-name"),
        ("colour", "v" * (ATTRIBUTE_VALUE_MAX + 1), "too-long"),
        ("weight", float("inf"), "bad-attribute"),
        ("weight", float("nan"), "bad-attribute"),
        ("colours", ["red"], "bad-attribute"),
        ("colour", None, "bad-attribute"),
        ("colour", "re\0d", "bad-attribute"),
        ("colour", "re\ud800d", "bad-attribute"),
        ("col\0our", "red", "bad-attribute-name"),
        ("\udfff", "red", "bad-attribute-name"),
        ("fits", "one\n\x92two", None),
        ("weight", 2**63, "bad-attribute"),
        ("weight", -(2**63) + 1, None),
    ],
)
def test_an_attribute_is_a_short_text_a_number_or_a_yes(
    name: str, value: object, fault: str | None
) -> None:
    assert attribute_fault(name, value) == fault


def test_names_are_the_same_whatever_their_width_case_and_spaces() -> None:
    assert name_key("  Ｃｈａ   Ｃｈａ ") == name_key("cha CHA") == "cha cha"
    assert name_key("茶") != name_key("茶茶")


@pytest.mark.parametrize(
    ("name", "handle"),
    [("Crème & Co.", "creme_co"), ("A" * 40, "a" * 30), ("L'Oréal", "l_oreal")],
)
def test_a_handle_is_made_of_the_letters_of_a_name(name: str, handle: str) -> None:
    assert handle_for(name) == handle


def test_names_without_latin_letters_are_told_apart_by_a_digest() -> None:
    assert re.fullmatch(r"brand_[0-9a-f]{8}", handle_for("小茶"))
    assert re.fullmatch(r"tea_[0-9a-f]{8}", handle_for("小茶店铺的 Tea"))
    assert re.fullmatch(r"hp_[0-9a-f]{8}", handle_for("HP"))
    assert handle_for("小茶") != handle_for("大茶")
    assert handle_for("ＨＰ") == handle_for("hp")


@given(st.text(max_size=60))
@example("0000:0:0:0:²:²¹¹¹¹ß")
def test_every_name_gives_handles_that_are_handles_and_always_the_same(name: str) -> None:
    for make in (handle_for, other_handle_for):
        assert HANDLE.fullmatch(make(name))
        assert make(name) == make(name)
    assert handle_for(name) != other_handle_for(name)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("Home", ("Home",)),
        (" Home >  Kitchen  ware ", ("Home", "Kitchen ware")),
        (">".join(["x"] * CATEGORY_DEPTH_MAX), ("x",) * CATEGORY_DEPTH_MAX),
        (">".join(["x"] * (CATEGORY_DEPTH_MAX + 1)), None),
        ("n" * (CATEGORY_NAME_MAX + 1), None),
        ("", None),
        ("Home > ", None),
        ("Home >> Kitchen", None),
    ],
)
def test_a_category_is_a_way_of_names(text: str, path: tuple[str, ...] | None) -> None:
    assert category_path(text) == path


@pytest.mark.parametrize(
    ("text", "unit", "fen"),
    [
        ("12", "yuan", 1_200),
        ("12.3", "yuan", 1_230),
        ("12.340", "yuan", 1_234),
        ("12.345", "yuan", None),
        ("¥1,234.50", "yuan", 123_450),
        ("￥ 5", "yuan", 500),
        ("1234", "cents", 1_234),
        ("1234.0", "cents", 1_234),
        ("12.5", "cents", None),
        ("19.990000000000002", "float", 1_999),
        ("0.005", "float", 1),
        ("", "yuan", None),
        ("-1", "yuan", None),
        ("1e3", "yuan", None),
        ("1,23", "yuan", None),
        ("12,", "yuan", None),
        ("twelve", "yuan", None),
        ("１２", "yuan", None),
    ],
)
def test_a_price_is_read_to_the_fen_or_not_at_all(text: str, unit: str, fen: int | None) -> None:
    assert read_price(text, unit) == fen


@given(st.integers(0, 10**11))
def test_a_price_comes_back_as_it_was_written(fen: int) -> None:
    assert read_price(f"{fen // 100}.{fen % 100:02}", "yuan") == fen
    assert read_price(f"¥{fen // 100:,}.{fen % 100:02}", "yuan") == fen
    assert read_price(str(fen), "cents") == fen


@pytest.mark.parametrize(
    ("text", "count"),
    [("0", 0), ("12", 12), ("12.0", 12), ("12.5", None), ("", None), ("-1", None), ("1 2", None)],
)
def test_a_count_is_whole(text: str, count: int | None) -> None:
    assert read_count(text) == count


def test_an_import_never_takes_what_buyers_have_reserved() -> None:
    assert stock_after(on_hand=10, reserved=2, difference=5) == 15
    assert stock_after(on_hand=10, reserved=2, difference=-3) == 7
    assert stock_after(on_hand=10, reserved=2, difference=-9) == 2
    assert stock_after(on_hand=0, reserved=0, difference=-9) == 0
