"""Pages and cursors: a cursor comes back as it went, and nothing else is taken for one."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.page import Page, cut, dump_cursor, load_cursor
from app.kernel.problems import InvalidInput

pytestmark = pytest.mark.pure

printable = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=40)


@given(printable, st.integers(-(2**63), 2**63 - 1))
def test_a_cursor_comes_back_as_it_went(word: str, number: int) -> None:
    cursor = dump_cursor(word, number)

    assert load_cursor(cursor, str, int) == (word, number)
    assert cursor.isascii()
    assert "=" not in cursor


def _encoded(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "!!!!",
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        _encoded({"a": 1}),
        _encoded("text"),
        _encoded([]),
        _encoded(["a"]),
        _encoded([1, "a"]),
        _encoded(["a", 1, 2]),
        _encoded(["a", True]),
        _encoded(["a", 1.0]),
        _encoded(["a", 2**63]),
        _encoded(["a", -(2**63) - 1]),
        _encoded(["a\x00", 1]),
        _encoded(["\ud800", 1]),
    ],
)
def test_what_is_no_cursor_of_the_list_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_cursor(cursor, str, int)

    assert [one["pointer"] for one in refused.value.facts["errors"]] == ["/cursor"]


@given(st.lists(st.integers(0, 99), max_size=30), st.integers(1, 10))
def test_pages_one_after_another_are_the_list(rows: list[int], size: int) -> None:
    rest, seen, last = list(enumerate(rows)), [], -1
    while True:
        page: Page[tuple[int, int]] = cut(
            [row for row in rest if row[0] > last][: size + 1], size, lambda row: (row[0],)
        )
        assert len(page.items) <= size
        seen += [value for _, value in page.items]
        if page.next is None:
            break
        (last,) = load_cursor(page.next, int)  # type: ignore[assignment] # asked for as int

    assert seen == rows
