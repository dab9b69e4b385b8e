"""How text becomes tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.han import _SIMPLIFIED, _TRADITIONAL, ask, normalise, pairs, streams, tokens

pytestmark = pytest.mark.pure


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("口红", ["口", "红"]),
        ("電競鍵盤", ["电", "竞", "键", "盘"]),
        ("結婚禮盒", ["结", "婚", "礼", "盒"]),
        ("iPhone 15", ["iphone", "15"]),
        (
            "dresses berries boxes shoes glass bus",
            ["dress", "berry", "box", "shoe", "glass", "bus"],
        ),
        ("anti-age", ["antiage", "anti", "age"]),
        ("LaserJet", ["laserjet", "laser", "jet"]),
        ("4179B002AA", ["4179b002aa"]),
        ("300ml 65W", ["300ml", "300", "ml", "65w", "65", "w"]),
        ("women's", ["woman"]),
        ("ＡＢＣ！？，。😀", ["abc"]),
        ("茶tea茶", ["茶", "tea", "茶"]),
    ],
)
def test_tokens(text: str, found: list[str]) -> None:
    assert list(tokens(text)) == found


def test_the_table_of_traditional_characters_maps_each_to_another() -> None:
    same = [one for one, other in zip(_TRADITIONAL, _SIMPLIFIED, strict=True) if one == other]
    kept = [one for one in _SIMPLIFIED if normalise(one) != one]

    assert "結" not in same
    assert kept == []


def test_a_title_is_also_read_aloud() -> None:
    assert streams("绿色口红 tea", body="茶").tq == "␀ lv lu se kou hong"
    assert ask("口紅").syllables == ("kou", "hong")


def test_pairs_never_cross_what_stands_between() -> None:
    assert list(pairs("红茶 绿茶x好")) == ["红茶", "绿茶"]


def test_a_query_knows_its_words_and_their_neighbours() -> None:
    asked = ask("Lap top 包")

    assert [word.text for word in asked.words] == ["lap", "top"]
    assert "laptop" in asked.words[0].others
    assert asked.chars == ("包",)
    assert asked.runs == ("包",)


@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    made = streams(text, brand=text, body=text, attributes=(text,))
    asked = ask(text)

    assert all(
        stream.startswith("␀") for stream in (made.all, made.t, made.a, made.tb, made.ab, made.tq)
    )
    assert asked.blank == (not (asked.words or asked.chars))
    normalise(text)


@given(st.text(alphabet="口红茶袋 abcXYZ019-", max_size=40))
def test_a_text_is_found_by_itself(text: str) -> None:
    made = set(streams(text).all.split())
    asked = ask(text)

    assert all(word.text in made for word in asked.words)
    assert all(char in made for char in asked.chars)
