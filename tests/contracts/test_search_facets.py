"""Every search engine counts facets and suggests phrases alike."""

import pytest

from search.port import FACETS, Doc, Query, Ref, SearchIndex, Sort
from tests.support.search_engines import note, numbers

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

    assert numbers(engine, text="口红") == [1, 2]
