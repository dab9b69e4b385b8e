"""Cursors: opaque, round, and refused when they are not ours."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.page import cut, dump_cursor, load_cursor
from app.kernel.problems import InvalidInput

printable = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=30)
numbers = st.integers(-(2**63), 2**63 - 1)


@given(printable, numbers)
def test_a_cursor_carries_what_it_was_given(word: str, number: int) -> None:
    cursor = dump_cursor(word, number)

    assert load_cursor(cursor, str, int) == (word, number)
    assert cursor.isascii()
    assert not set(cursor) & set("+/=&?#% ")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "!!!!",
        "ä",
        "\ud800",
        dump_cursor(1),
        dump_cursor("a"),
        dump_cursor(1, "a"),
        dump_cursor("a", 1, 2),
        dump_cursor("a", True),
        dump_cursor("a", 2**63),
        dump_cursor("a\x00", 1),
        dump_cursor("\ud800", 1),
        base64.urlsafe_b64encode(json.dumps({"a": 1}).encode()).decode(),
        base64.urlsafe_b64encode(b"[" * 5_000).decode(),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
    ],
)
def test_what_is_no_cursor_of_this_list_is_refused_by_name(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_cursor(cursor, str, int)

    assert [fault["code"] for fault in refused.value.facts["errors"]] == ["invalid-cursor"]


@given(st.lists(numbers, max_size=30), st.integers(1, 29))
def test_pages_cut_a_list_and_lose_nothing(rows: list[int], size: int) -> None:
    seen: list[int] = []
    begun = 0
    while True:
        page = cut(rows[begun : begun + size + 1], size, lambda row: (row,))
        assert len(page.items) <= size
        seen += page.items
        if page.next is None:
            break
        assert load_cursor(page.next, int) == (page.items[-1],)
        begun += size

    assert seen == rows
