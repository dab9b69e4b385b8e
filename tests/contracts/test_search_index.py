"""Every search engine keeps these promises; a new engine is one more line in ENGINES."""

import json
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search import open_index
from search.memory_index import MemoryIndex
from search.port import (
    FACETS,
    AnalysisChanged,
    CursorInvalid,
    Doc,
    Query,
    Ref,
    SearchDown,
    SearchIndex,
    Sort,
)
from search.tantivy_index import TantivyIndex

ENGINES: dict[str, Callable[[Path], SearchIndex]] = {
    "memory": lambda _: MemoryIndex(),
    "tantivy": lambda folder: TantivyIndex(folder, write=True),
}


def note(number: int, title: str, **more: object) -> Doc:
    return Doc("note", f"note_{number}", number, 1, title, created_s=number, **more)  # type: ignore[arg-type] # by name


TOWN = [
    note(1, "这支口红很显白", topics=("美妆",), likes=5, price_fen=12_900, author_id="ann"),
    note(2, "周末喝茶 Longjing", topics=("茶",), likes=9, price_fen=4_900, author_id="bob"),
    note(3, "红色的口袋", topics=("穿搭",), likes=5, price_fen=4_900, in_stock=False),
    note(4, "Running shoes for wide feet", body="Light and soft", brand="Swift", brand_id="b1"),
    note(5, "USB-C charger 65w", attributes=("GaN",), category_ids=("c1", "c2"), merchant_id="m1"),
]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[SearchIndex]:
    made = ENGINES[request.param](tmp_path)
    yield made
    made.close()


@pytest.fixture
def town(engine: SearchIndex) -> SearchIndex:
    engine.put(TOWN)
    engine.refresh()  # Reads catch up with writes here; no sleeps anywhere.
    return engine


def _numbers(index: SearchIndex, **asked: object) -> list[int]:
    hits = index.find(Query("note", **asked))  # type: ignore[arg-type] # by name
    return [int(one.removeprefix("note_")) for one in hits.ids]


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
    assert _numbers(town, text=text)[0] == first


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
    assert set(_numbers(town, **asked)) == found
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
    assert _numbers(town, sort=sort) == order


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

    assert _numbers(town, text="腮红")[0] == 1
    assert town.find(Query("note", "显白")).total == 0
    assert town.find(Query("note")).total == 5


def test_an_older_version_loses(town: SearchIndex) -> None:
    town.put([Doc("note", "note_1", 1, 7, "new words")])
    town.put([Doc("note", "note_1", 1, 6, "old words")])
    town.refresh()

    assert _numbers(town, text="new")[0] == 1
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


GOODS = [
    note(1, "red tea", brand_id="b2", category_ids=("c1",), price_fen=4_999),
    note(2, "red tea", brand_id="b2", category_ids=("c1", "c2"), price_fen=5_000, topics=("茶",)),
    note(3, "green tea", brand_id="b1", price_fen=19_999, topics=("茶", "绿"), in_stock=False),
    note(4, "black tea", brand_id="b1", category_ids=("c2",), price_fen=100_000),
    note(5, "tea", price_fen=2**31, in_stock=False),
    note(6, "red shoes", brand_id="b3", price_fen=1),
]


def _facets(index: SearchIndex, **asked: object) -> dict[str, dict[str, int]]:
    hits = index.find(Query("note", facets=FACETS, **asked))  # type: ignore[arg-type] # by name
    return {one.name: {each.value: each.count for each in one.buckets} for one in hits.facets}


@pytest.mark.parametrize("sort", [Sort.RELEVANCE, Sort.PRICE_ASC])
def test_facets_count_strict_members_by_value_the_most_frequent_first(
    engine: SearchIndex, sort: Sort
) -> None:
    engine.put(GOODS)
    engine.drop([Ref("note", "note_6", 2)])
    engine.refresh()

    counted = _facets(engine, text="tea", sort=sort)

    assert list(counted) == list(FACETS)
    assert list(counted["brand_id"].items()) == [("b1", 2), ("b2", 2)]
    assert counted["category_id"] == {"c1": 2, "c2": 2}
    assert list(counted["topic"].items()) == [("茶", 2), ("绿", 1)]
    assert list(counted["in_stock"].items()) == [("1", 3), ("0", 2)]
    assert list(counted["price"].items()) == [
        ("100000-", 2),
        ("0-4999", 1),
        ("10000-19999", 1),
        ("5000-9999", 1),
    ]
    assert _facets(engine, text="no such words") == {name: {} for name in FACETS}
    assert _facets(engine, text="!!!") == {name: {} for name in FACETS}


def test_a_facet_is_counted_without_its_own_filter_and_with_all_others(engine: SearchIndex) -> None:
    engine.put(GOODS)
    engine.refresh()

    by_brand = _facets(engine, text="tea", brand_ids=("b2",), in_stock=True)
    by_price = _facets(engine, price_fen_min=0, price_fen_max=4_999, category_id="c1")
    by_topic = _facets(engine, topics=("绿",), merchant_id="")

    assert by_brand["brand_id"] == {"b2": 2, "b1": 1}
    assert by_brand["in_stock"] == {"1": 2}
    assert by_brand["price"] == {"0-4999": 1, "5000-9999": 1}
    assert by_price["price"] == {"0-4999": 1, "5000-9999": 1}
    assert by_price["category_id"] == {"c1": 1}
    assert by_price["brand_id"] == {"b2": 1}
    assert by_topic["topic"] == {"茶": 2, "绿": 1}
    assert by_topic["brand_id"] == {"b1": 1}


def test_a_facet_shows_twenty_values_and_the_same_ones_always(engine: SearchIndex) -> None:
    engine.put([note(n, "tea", brand_id=f"b{n:02}") for n in range(60)])
    engine.put([note(n, "tea", brand_id="often") for n in range(60, 62)])
    engine.refresh()

    shown = list(_facets(engine)["brand_id"].items())

    assert shown == [("often", 2), *((f"b{n:02}", 1) for n in range(19))]


def test_facets_of_a_later_page_are_those_of_the_first(engine: SearchIndex) -> None:
    engine.put(GOODS)
    engine.refresh()
    for sort in (Sort.NEWEST, Sort.RELEVANCE):
        first = engine.find(Query("note", "tea", sort=sort, size=2, facets=FACETS))
        then = engine.find(
            Query("note", "tea", sort=sort, size=2, facets=FACETS, cursor=first.next)
        )
        bare = engine.find(Query("note", "tea", sort=sort, size=2, cursor=first.next))

        assert then.facets == first.facets
        assert (bare.ids, bare.total, bare.facets) == (then.ids, then.total, ())


def test_an_unknown_facet_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        Query("note", facets=("colour",))


def test_suggests_by_weight_what_begins_as_typed(engine: SearchIndex) -> None:
    words = [("口红", 3), ("口红推荐", 9), ("口罩", 9), ("Lipstick", 1), ("茶", 99)]
    engine.put([Doc("phrase", text, n, 1, text, weight=w) for n, (text, w) in enumerate(words)])
    engine.refresh()

    assert [one.text for one in engine.suggest("口", size=2)] == ["口红推荐", "口罩"]
    assert [one.text for one in engine.suggest("口紅", size=9)] == ["口红推荐", "口红"]
    assert [one.text for one in engine.suggest("LIP", size=9)] == ["Lipstick"]
    assert engine.suggest("lipsticks and a great deal more", size=9) == ()
    assert engine.suggest(" ", size=9) == ()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kouhong", ["口红推荐", "口红"]),
        ("kouh", ["口红推荐", "口红"]),
        ("kou hong", ["口红推荐", "口红"]),
        ("kh", ["口红推荐", "口红"]),
        ("KHTJ", ["口红推荐"]),
        ("yinyue", ["音乐盒"]),
        ("usbchong", ["USB充电器"]),
        ("usb", ["USB充电器", "usb hub"]),
        ("usbhub", []),
        ("cd", ["CD机"]),
        ("kouhongtuijianhaoyongdebupianyidebutuo", []),
        ("kouhongtuijianhaoyongdebupianyi", []),
    ],
)
def test_suggests_by_pinyin_and_by_initials(
    engine: SearchIndex, typed: str, found: list[str]
) -> None:
    words = ["口红推荐", "口红", "音乐盒", "USB充电器", "usb hub", "CD机", "口红"]
    engine.put(
        [Doc("phrase", f"p{n}", n, 1, text, weight=9 - n) for n, text in enumerate(words)]
        + [Doc("phrase", "gone", 99, 1, "口红礼盒", weight=99)]
    )
    engine.drop([Ref("phrase", "gone", 2)])
    engine.refresh()

    assert [one.text for one in engine.suggest(typed, size=9)] == found


def test_long_spellings_are_compared_to_their_end(engine: SearchIndex) -> None:
    engine.put([Doc("phrase", "p1", 1, 1, "敏感肌口红推荐套装显白保湿")])
    engine.refresh()

    assert engine.suggest("minganjikouhongtuijiantaozhuangxianbai", size=3)
    assert not engine.suggest("minganjikouhongtuijiantaozhuangxianhei", size=3)


def test_many_phrases_of_one_weight_come_in_order_of_age(engine: SearchIndex) -> None:
    engine.put([Doc("phrase", f"p{n}", n, 1, f"茶{n:03}", weight=5) for n in range(150)])
    engine.refresh()

    assert [one.text for one in engine.suggest("茶", size=4)] == [
        "茶000",
        "茶001",
        "茶002",
        "茶003",
    ]


def test_what_sounds_alike_comes_before_what_does_not(engine: SearchIndex) -> None:
    engine.put([note(1, "口宏"), note(2, "口语")])
    engine.refresh()

    assert _numbers(engine, text="口红") == [1, 2]


def test_a_rebuild_replaces_everything(town: SearchIndex) -> None:
    town.rebuild([note(9, "only this")])
    town.refresh()

    assert _numbers(town) == [9]


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
def test_all_engines_find_the_same(
    tmp_path_factory: pytest.TempPathFactory, titles: list[str], asked: str
) -> None:
    docs = [note(n, title, price_fen=n % 3) for n, title in enumerate(titles)]
    answers = []
    for make in ENGINES.values():
        index = make(tmp_path_factory.mktemp("index"))
        index.put(docs)
        index.refresh()
        found = index.find(Query("note", asked, size=50))
        newest = index.find(Query("note", asked, sort=Sort.NEWEST, size=50))
        answers.append((set(found.ids), found.total, found.relaxed, newest.ids))
        index.close()

    assert answers[0] == answers[1]


def test_another_process_sees_what_was_written_and_what_was_swapped(tmp_path: Path) -> None:
    writer = TantivyIndex(tmp_path, write=True)
    reader = TantivyIndex(tmp_path, write=False)
    writer.put([note(1, "before")])
    reader.refresh()
    before = reader.find(Query("note", "before")).total

    writer.rebuild([note(2, "after")])
    reader.refresh()

    assert before == 1
    assert reader.find(Query("note", "after")).total == 1
    assert reader.find(Query("note", "before")).total == 0
    writer.put([note(3, "after all")])
    reader.refresh()
    assert reader.find(Query("note", "after")).total == 2
    reader.close()
    writer.close()


def test_only_one_may_write(tmp_path: Path) -> None:
    writer = TantivyIndex(tmp_path, write=True)

    with pytest.raises(SearchDown, match="another process"):
        TantivyIndex(tmp_path, write=True)

    reader = TantivyIndex(tmp_path, write=False)
    with pytest.raises(SearchDown, match="only read"):
        reader.put(TOWN)
    writer.close()
    TantivyIndex(tmp_path, write=True).close()


def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    reader = open_index(f"tantivy:{tmp_path / 'nothing'}", write=False)

    assert reader.find(Query("note")).total == 0
    assert reader.suggest("x", size=3) == ()


def test_an_index_of_another_analysis_is_refused(tmp_path: Path) -> None:
    TantivyIndex(tmp_path, write=True).close()
    said = json.loads((tmp_path / "CURRENT").read_text())
    (tmp_path / "CURRENT").write_text(json.dumps({**said, "analysis": 0}))

    with pytest.raises(SearchDown, match="reindex"):
        TantivyIndex(tmp_path, write=False).find(Query("note"))


def test_an_index_of_another_analysis_is_mended_by_a_rebuild(tmp_path: Path) -> None:
    TantivyIndex(tmp_path, write=True).close()
    said = json.loads((tmp_path / "CURRENT").read_text())
    (tmp_path / "CURRENT").write_text(json.dumps({**said, "analysis": 0}))
    index = TantivyIndex(tmp_path, write=True)
    with pytest.raises(AnalysisChanged):
        index.check()
    with pytest.raises(AnalysisChanged):
        index.put(TOWN)

    index.rebuild(TOWN)

    index.check()
    assert index.find(Query("note")).total == 5
    assert [one.name for one in tmp_path.iterdir() if one.name == "v0"] == []
    index.close()


def test_broken_files_are_no_crash(tmp_path: Path) -> None:
    writer = TantivyIndex(tmp_path, write=True)
    writer.put(TOWN)
    writer.close()
    for file in tmp_path.glob("v0/note/*.store"):
        file.write_bytes(b"broken")
    for file in tmp_path.glob("v0/note/meta.json"):
        file.write_text("{")

    with pytest.raises(SearchDown):
        TantivyIndex(tmp_path, write=False).find(Query("note", "口红"))


def test_unknown_engines_are_refused() -> None:
    with pytest.raises(ValueError, match="no search engine"):
        open_index("solr:x", write=False)
