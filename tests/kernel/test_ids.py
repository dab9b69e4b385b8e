"""Public ids: a prefix that says the kind, and a part that sorts by time."""

import time

import pytest

from app.kernel.ids import ID_LENGTH, PREFIXES, is_id, mint

pytestmark = pytest.mark.pure


@pytest.mark.parametrize("kind", PREFIXES)
def test_an_id_is_of_its_kind_and_of_no_other(kind: str) -> None:
    made = mint(kind)

    assert [other for other in PREFIXES if is_id(made, other)] == [kind]
    assert len(made) <= ID_LENGTH


def test_no_two_kinds_share_a_prefix() -> None:
    assert len(set(PREFIXES.values())) == len(PREFIXES)


def test_ids_of_later_milliseconds_sort_later() -> None:
    first = mint("note")
    begun = time.time_ns() // 1_000_000
    while time.time_ns() // 1_000_000 == begun:
        pass

    assert first < mint("note")


NOTE = "note_01m8baatb0a004xj5w7f57jkj4"


def test_the_sample_is_an_id() -> None:
    assert is_id(NOTE, "note")


@pytest.mark.parametrize(
    "text",
    ["", "note", "note_", "note_01", NOTE.replace("note", "ord"), NOTE.upper(), NOTE + "0",
     NOTE[:-1] + "u", NOTE + "\n", "note_" + "é" * 26],
)  # fmt: skip
def test_what_has_not_the_shape_is_no_id(text: str) -> None:
    assert not is_id(text, "note")
