"""Two engines, one answer: the same order, totals and facets, over real goods and Chinese ones."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from search.port import SIZE_MAX, Doc, Hits, Query, Ref, SearchIndex, Sort
from tests.support.parity import Goods, changed, chinese, icecat, queries
from tests.support.search_engines import elastic, tantivy
from tests.support.shared_data import shared_data

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]

BATCH = 2_000
QUERIES_MIN = 400


class Pair:
    """Both engines with the same documents in them."""

    def __init__(self, goods: Goods, embedded: SearchIndex, server: SearchIndex) -> None:
        self.goods = goods
        self._engines = (embedded, server)
        self.put(goods.docs)

    def put(self, docs: Iterable[Doc]) -> None:
        for some in _batches(docs):
            for engine in self._engines:
                engine.put(some)
        self._refresh()

    def drop(self, docs: Iterable[Doc]) -> None:
        for engine in self._engines:
            engine.drop([Ref(doc.kind, doc.id, 2) for doc in docs])
        self._refresh()

    def find(self, query: Query) -> tuple[Hits, Hits]:
        embedded, server = self._engines
        return embedded.find(query), server.find(query)

    def _refresh(self) -> None:
        for engine in self._engines:
            engine.refresh()


@pytest.fixture(scope="module", params=["icecat", "chinese"])
def goods(request: pytest.FixtureRequest) -> Goods:
    return icecat(shared_data("chorus_icecat")) if request.param == "icecat" else chinese()


@pytest.fixture(scope="module")
def pair(goods: Goods, tmp_path_factory: pytest.TempPathFactory) -> Generator[Pair]:
    yield from _indexed(goods, tmp_path_factory.mktemp("tantivy"))


@pytest.fixture
def changing(goods: Goods, tmp_path: Path) -> Generator[Pair]:
    """What a test may change: a score depends on what was there before, too."""
    yield from _indexed(goods, tmp_path)


def _indexed(goods: Goods, folder: Path) -> Generator[Pair]:
    with tantivy(folder) as embedded, elastic(folder) as server:
        yield Pair(goods, embedded, server)


def test_freshly_indexed_both_give_the_same_order_totals_and_facets(pair: Pair) -> None:
    asked = queries(pair.goods)
    assert len(asked) >= QUERIES_MIN

    different = [query for query in asked if _differ(pair, query)]
    found = sum(bool(pair.find(query)[0].ids) for query in asked[::10])

    assert not different, f"{len(different)} of {len(asked)}, as {different[:3]}"
    assert found > len(asked[::10]) // 2


def test_later_pages_are_the_same_too(pair: Pair) -> None:
    followed = 0
    for query in queries(pair.goods)[::9]:
        embedded, server = pair.find(query)
        while embedded.next and followed % 5 < 4:
            assert embedded.next == server.next, query
            embedded, server = pair.find(replace(query, cursor=embedded.next))
            assert embedded == server, query
            followed += 1
        followed += 1
    assert followed > 40


def test_after_updates_and_deletes_the_members_and_totals_are_the_same(
    changing: Pair,
) -> None:
    newer, gone = changed(changing.goods)
    changing.put(newer)
    changing.drop(gone)

    for query in queries(changing.goods):
        embedded, server = changing.find(query)
        assert _counts(embedded) == _counts(server), query
        listed, also = changing.find(replace(query, sort=Sort.NEWEST, size=SIZE_MAX))
        assert listed == also, query
        if embedded.total <= query.size:
            members = embedded.total
            assert set(embedded.ids[:members]) == set(server.ids[:members]), query
        assert not {one.id for one in gone} & {*embedded.ids, *server.ids}, query


def _differ(pair: Pair, query: Query) -> bool:
    """Tell whether the engines answer differently."""
    embedded, server = pair.find(query)
    return embedded != server


def _counts(hits: Hits) -> tuple[object, ...]:
    return hits.total, hits.relaxed, hits.facets


def _batches(docs: Iterable[Doc]) -> Iterator[list[Doc]]:
    rest = iter(docs)
    while some := list(islice(rest, BATCH)):
        yield some
