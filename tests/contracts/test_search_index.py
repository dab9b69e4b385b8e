"""Every search engine keeps these promises; a new engine is one more line in ENGINES."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import open_index
from search.port import CursorInvalid, Doc, Query, Ref, SearchIndex, Sort
from tests.support.search_engines import elastic, memory, note, numbers, tantivy


@pytest.mark.parametrize(
    ("text", "first"),
    [
        pytest.param("口红", 1, id="han words need no spaces"),
        pytest.param("口紅", 1, id="traditional finds simplified"),
        pytest.param("LONGJING", 2, id="latin case is ignored"),
        pytest.param("shoe", 4, id="the plural is the same word"),
        pytest.param("swift", 4, id="the brand is found"),
        pytest.param("soft light", 4, id="the body is found, in any order"),
        pytest.param("usbc", 5, id="a hyphen joins"),
        pytest.param("usb c", 5, id="a hyphen parts"),
        pytest.param("ｃｈａｒｇｅｒ", 5, id="width is ignored"),
        pytest.param("foot", 4, id="irregular plurals"),
        pytest.param("65w charger", 5, id="a number with its unit"),
    ],
)
def test_finds(town: SearchIndex, text: str, first: int) -> None:
    assert numbers(town, text=text)[0] == first


def test_a_word_that_is_not_there_finds_nothing(town: SearchIndex) -> None:
    assert town.find(Query("note", "独角兽")).ids == ()
    assert town.find(Query("note", "unicorn")).total == 0


def test_looser_ones_follow_the_strict_ones_and_do_not_count(town: SearchIndex) -> None:
    hits = town.find(Query("note", "口红"))

    assert hits.total == 1
    assert hits.ids[0] == "note_1"
    assert "note_3" in hits.ids[1:]
    assert hits.relaxed


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {1, 2, 3, 4, 5}),
        ({"topics": ("茶",)}, {2}),
        ({"author_id": "ann"}, {1}),
        ({"brand_ids": ("b1", "b9")}, {4}),
        ({"merchant_id": "m1"}, {5}),
        ({"category_id": "c2"}, {5}),
        ({"in_stock": True}, {1, 2, 4, 5}),
        ({"price_fen_min": 4_900, "price_fen_max": 4_900}, {2, 3}),
        ({"price_fen_min": 4_901}, {1}),
        ({"text": "口红", "topics": ("茶",)}, set()),
        ({"text": "!!! 。。。"}, set()),
        ({"text": "   "}, {1, 2, 3, 4, 5}),
    ],
)
def test_filters(town: SearchIndex, asked: dict[str, object], found: set[int]) -> None:
    assert set(numbers(town, **asked)) == found
    assert town.find(Query("note", **asked)).total == len(found)  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        (Sort.NEWEST, [5, 4, 3, 2, 1]),
        (Sort.POPULAR, [2, 3, 1, 5, 4]),
        (Sort.PRICE_DESC, [1, 3, 2, 5, 4]),
        (Sort.PRICE_ASC, [5, 4, 3, 2, 1]),
        (Sort.RELEVANCE, [5, 4, 3, 2, 1]),
    ],
)
def test_sorts(town: SearchIndex, sort: Sort, order: list[int]) -> None:
    assert numbers(town, sort=sort) == order


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("text", ["", "tea"])
def test_pages_join_without_gap_or_double(engine: SearchIndex, sort: Sort, text: str) -> None:
    engine.put([note(n, f"tea number {n}", likes=n % 3, price_fen=n % 4) for n in range(60)])
    engine.refresh()
    whole = engine.find(Query("note", text, sort=sort, size=50)).ids

    pages: list[str] = []
    cursor = None
    while len(pages) < 50:
        hits = engine.find(Query("note", text, sort=sort, size=7, cursor=cursor))
        pages += hits.ids
        cursor = hits.next
        assert hits.total == 60
    assert tuple(pages[:50]) == whole


def test_the_last_page_has_no_next(town: SearchIndex) -> None:
    assert town.find(Query("note", size=5)).next is None
    assert town.find(Query("note", size=4)).next is not None


def test_a_cursor_of_another_query_is_refused(town: SearchIndex) -> None:
    cursor = town.find(Query("note", size=2)).next

    for query in (Query("note", "tea", cursor=cursor), Query("note", cursor="rubbish")):
        with pytest.raises(CursorInvalid):
            town.find(query)


def test_putting_again_leaves_one(town: SearchIndex) -> None:
    town.put([Doc("note", "note_1", 1, 2, "改成腮红了")])
    town.refresh()

    assert numbers(town, text="腮红")[0] == 1
    assert town.find(Query("note", "显白")).total == 0
    assert town.find(Query("note")).total == 5


def test_an_older_version_loses(town: SearchIndex) -> None:
    town.put([Doc("note", "note_1", 1, 7, "new words")])
    town.put([Doc("note", "note_1", 1, 6, "old words")])
    town.refresh()

    assert numbers(town, text="new")[0] == 1
    assert town.find(Query("note", "old")).total == 0


def test_what_was_dropped_stays_dropped_until_a_newer_put(town: SearchIndex) -> None:
    town.drop([Ref("note", "note_1", 3), Ref("note", "never", 1)])
    town.drop([Ref("note", "note_1", 3)])
    town.put([Doc("note", "note_1", 1, 2, "late and old")])
    town.refresh()
    gone = town.find(Query("note", "late")).total
    town.put([Doc("note", "note_1", 1, 4, "late and new")])
    town.refresh()

    assert gone == 0
    assert town.find(Query("note", "late")).total == 1
    assert town.find(Query("note")).total == 5


def test_a_put_of_the_version_that_was_dropped_comes_too_late(town: SearchIndex) -> None:
    town.drop([Ref("note", "note_1", 3)])
    town.put([Doc("note", "note_1", 1, 3, "late")])
    town.refresh()

    assert town.find(Query("note", "late")).total == 0


def test_of_two_versions_in_one_call_the_newer_stays(engine: SearchIndex) -> None:
    engine.put([Doc("note", "n", 1, 2, "newer"), Doc("note", "n", 1, 1, "older")])
    engine.put([Doc("note", "n", 1, 2, "newest")])
    engine.refresh()

    assert engine.find(Query("note", "newest")).total == 1
    assert engine.find(Query("note", "older")).total == 0


def test_an_empty_engine_serves(engine: SearchIndex) -> None:
    engine.check()

    assert engine.find(Query("note", "tea")).ids == ()
    assert engine.suggest("tea", size=3) == ()


def test_an_old_drop_does_not_take_what_is_newer(town: SearchIndex) -> None:
    town.put([Doc("note", "note_1", 1, 9, "newer")])
    town.drop([Ref("note", "note_1", 8)])
    town.refresh()

    assert town.find(Query("note", "newer")).total == 1


def test_kinds_are_apart(town: SearchIndex) -> None:
    town.put([Doc("product", "prod_1", 1, 1, "口红")])
    town.refresh()

    assert town.find(Query("product", "口红")).ids == ("prod_1",)
    assert town.find(Query("product", "茶")).total == 0


def test_a_rebuild_replaces_everything(town: SearchIndex) -> None:
    town.rebuild([note(9, "only this")])
    town.refresh()

    assert numbers(town) == [9]


@pytest.mark.parametrize(
    "text", ["\0", "\ud800", "a\ud800b", "😀", "口" * 10_000, "x" * 10_000, "' OR 1=1 --", "*", '"']
)
def test_any_text_is_answered(town: SearchIndex, text: str) -> None:
    town.put([note(6, text, body=text, topics=("x",))])
    town.refresh()

    assert town.find(Query("note", text)).total >= 0
    town.suggest(text, size=5)


WORDS = st.sampled_from(["口红", "口袋", "红茶", "tea", "teas", "lip-stick", "65w", "显白", "USB"])
TEXTS = st.lists(WORDS, min_size=1, max_size=4).map(" ".join)


@given(titles=st.lists(TEXTS, min_size=1, max_size=12), asked=TEXTS)
@settings(max_examples=25)
def test_the_fake_finds_what_tantivy_finds(
    tmp_path_factory: pytest.TempPathFactory, titles: list[str], asked: str
) -> None:
    docs = [note(n, title, price_fen=n % 3) for n, title in enumerate(titles)]
    folder = tmp_path_factory.mktemp("index")
    with memory(folder) as fake, tantivy(folder) as real:
        assert _answers(fake, docs, asked) == _answers(real, docs, asked)


@pytest.mark.service
def test_the_fake_finds_what_elasticsearch_finds(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("index")
    with memory(folder) as fake, elastic(folder) as real:

        @given(titles=st.lists(TEXTS, min_size=1, max_size=12), asked=TEXTS)
        @settings(max_examples=6)
        def compare(titles: list[str], asked: str) -> None:
            docs = [note(n, title, price_fen=n % 3) for n, title in enumerate(titles)]
            assert _answers(fake, docs, asked) == _answers(real, docs, asked)

        compare()


def _answers(index: SearchIndex, docs: list[Doc], asked: str) -> tuple[object, ...]:
    index.rebuild(docs)
    index.refresh()
    found = index.find(Query("note", asked, size=50))
    newest = index.find(Query("note", asked, sort=Sort.NEWEST, size=50))
    return set(found.ids), found.total, found.relaxed, newest.ids


def test_unknown_engines_are_refused() -> None:
    with pytest.raises(ValueError, match="no search engine"):
        open_index("solr:x", write=False)


@pytest.mark.parametrize(
    "url",
    ["elasticsearch:host:9200/x", "elasticsearch:http://host:9200/", "elasticsearch:http://h/A*"],
)
def test_an_address_without_all_its_parts_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        open_index(url, write=False)
