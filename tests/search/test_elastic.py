"""What Elasticsearch promises beside the contract: rebuilds under writes, versions, refusals."""

import re
from collections.abc import Generator, Iterator
from pathlib import Path

import httpx
import pytest

from search import open_index
from search.elastic_index import ElasticIndex
from search.port import AnalysisChanged, Doc, DocRefused, Query, Ref, SearchDown
from tests.support.engines import service_url
from tests.support.proxy import between
from tests.support.search_engines import (
    TOWN,
    elastic,
    elastic_url,
    forget,
    indexes,
    note,
    numbers,
)

pytestmark = pytest.mark.service


@pytest.fixture
def engine(tmp_path: Path) -> Generator[ElasticIndex]:
    with elastic(tmp_path) as index:
        yield index


@pytest.fixture
def url() -> Generator[str]:
    with elastic_url() as made:
        yield made


def _parts(url: str) -> tuple[str, str]:
    found = re.fullmatch(r"(elasticsearch:.*)/([^/?]+)\?.*", url)
    assert found
    return found[1], found[2]


def _say(url: str, name: str, meta: dict[str, object]) -> None:
    server, _ = _parts(url)
    address = f"{server.removeprefix('elasticsearch:')}/{name}/_mapping"
    httpx.put(address, json={"_meta": meta}).raise_for_status()


def test_what_others_write_while_it_is_rebuilt_is_not_lost(url: str) -> None:
    ours, others = open_index(url, write=True), open_index(url, write=True)
    ours.put([note(n, f"old {n}") for n in range(6)])
    ours.refresh()
    seen_meanwhile: list[int] = []

    def docs() -> Iterator[Doc]:
        yield note(0, "old 0")
        others.put([Doc("note", "note_1", 1, 3, "changed 1"), note(9, "made meanwhile")])
        others.drop([Ref("note", "note_2", 3), Ref("note", "note_0", 3)])
        others.refresh()
        seen_meanwhile.extend(numbers(others))
        for n in range(1, 6):
            yield note(n, f"old {n}")  # As the database was before the others wrote.

    ours.rebuild(docs())
    ours.refresh()

    assert sorted(seen_meanwhile) == [1, 3, 4, 5, 9]
    assert sorted(numbers(ours)) == [1, 3, 4, 5, 9]
    assert numbers(others, text="changed") == [1]
    assert numbers(others, text="meanwhile") == [9]
    others.put([note(10, "written after")])
    others.refresh()
    assert numbers(ours, text="after")[0] == 10
    for one in (ours, others):
        one.close()


def test_a_rebuild_that_fails_leaves_the_old_index_and_nothing_beside(url: str) -> None:
    index = open_index(url, write=True)
    index.put(TOWN)
    index.refresh()
    before = indexes(*_parts(url))

    def docs() -> Iterator[Doc]:
        yield note(7, "half")
        raise OSError("the database went away")

    with pytest.raises(OSError, match="went away"):
        index.rebuild(docs())

    assert indexes(*_parts(url)) == before
    assert len(numbers(index)) == 5
    index.rebuild([note(7, "whole")])
    assert numbers(index) == [7]
    assert len(indexes(*_parts(url))) == 5
    index.close()


def test_of_two_rebuilds_at_once_the_later_one_wins_and_the_other_says_so(url: str) -> None:
    first, second = open_index(url, write=True), open_index(url, write=True)

    def docs() -> Iterator[Doc]:
        yield note(1, "of the first")
        second.rebuild([note(2, "of the second")])
        yield note(3, "of the first")

    with pytest.raises(SearchDown):
        first.rebuild(docs())

    assert numbers(second) == [2]
    assert len(indexes(*_parts(url))) == 5
    for one in (first, second):
        one.close()


@pytest.mark.parametrize("meta", [{"analysis": 0}, {"analysis": 2, "shape": "another"}, {}])
def test_an_index_of_another_version_is_refused_until_it_is_rebuilt(
    url: str, meta: dict[str, object]
) -> None:
    index = open_index(url, write=True)
    index.put(TOWN)
    _say(url, indexes(*_parts(url))[0], meta)
    index.refresh()

    for call in (
        index.check,
        lambda: index.find(Query("note")),
        lambda: index.put([note(6, "tea")]),
        lambda: index.drop([Ref("note", "note_1", 9)]),
    ):
        with pytest.raises(AnalysisChanged, match="reindex"):
            call()

    index.rebuild(TOWN)
    index.check()
    assert len(numbers(index)) == 5
    index.close()


def test_code_of_another_version_reads_on_but_writes_nothing_into_the_new_index(url: str) -> None:
    old, new = open_index(url, write=True), open_index(url, write=True)
    old.put(TOWN)
    old.refresh()
    server, prefix = _parts(url)

    def docs() -> Iterator[Doc]:
        (beside,) = [one for one in indexes(server, f"{prefix}-note") if not one.endswith("-0")]
        _say(url, beside, {"analysis": 99})
        assert len(numbers(old)) == 5
        with pytest.raises(AnalysisChanged):
            old.put([note(6, "of the old code")])
        yield note(7, "of the new code")

    new.rebuild(docs())
    old.refresh()
    with pytest.raises(AnalysisChanged):
        old.find(Query("note"))
    for one in (old, new):
        one.close()


def test_documents_that_will_never_be_taken_are_named_and_all_others_kept(
    engine: ElasticIndex,
) -> None:
    too_long_a_word = note(7, "tea", topics=("茶" * 20_000,))
    too_long_an_id = Doc("note", "x" * 600, 8, 1, "tea")

    with pytest.raises(DocRefused, match="note/note_7") as caught:
        engine.put([*TOWN, too_long_a_word, too_long_an_id, note(9, "tea")])

    assert {ref.id for ref in caught.value.refs} == {"note_7", "x" * 600}
    engine.refresh()
    assert sorted(numbers(engine)) == [1, 2, 3, 4, 5, 9]


def test_a_server_that_says_nothing_is_waited_for_briefly_and_then_left_alone() -> None:
    server = re.sub(r"/[^/]*$", "", service_url("SEARCH")).removeprefix("elasticsearch:")
    with between(server) as (proxy, address), elastic_url() as direct:
        prefix = _parts(direct)[1]
        seed = open_index(direct, write=True)
        seed.put(TOWN)
        seed.refresh()
        seed.close()
        index = open_index(f"elasticsearch:{address}/{prefix}?seconds=0.5", write=True)
        assert len(_patiently(index)) == 5
        proxy.hold()
        said = []
        for _ in range(6):
            with pytest.raises(SearchDown) as caught:
                index.find(Query("note"))
            said.append(str(caught.value))
        with pytest.raises(SearchDown):
            index.suggest("tea", size=3)

        assert ["Timeout" in one for one in said] == [True] * 5 + [False]
        assert "left alone" in said[5]
        proxy.come_back()
        index.close()


def _patiently(index) -> list[int]:
    """Ask until a busy machine answers in time."""
    for _ in range(20):
        try:
            return numbers(index)
        except SearchDown:
            continue
    raise AssertionError("the server never answered in time")


def test_a_dead_server_takes_no_writes_and_takes_them_when_it_is_back() -> None:
    server = re.sub(r"/[^/]*$", "", service_url("SEARCH")).removeprefix("elasticsearch:")
    with between(server) as (proxy, address), elastic_url() as direct:
        prefix = _parts(direct)[1]
        index = open_index(f"elasticsearch:{address}/{prefix}?seconds=20", write=True)
        proxy.leave()
        for call in (
            lambda: index.put(TOWN),
            lambda: index.drop([Ref("note", "note_1", 1)]),
            lambda: index.find(Query("note")),
            index.check,
            index.refresh,
            lambda: index.rebuild(TOWN),
        ):
            with pytest.raises(SearchDown):
                call()

        proxy.come_back()
        index.put(TOWN)
        index.refresh()
        assert len(numbers(index)) == 5
        index.close()


def test_a_name_that_is_gone_never_comes_back_as_an_index_of_the_servers_making(url: str) -> None:
    index = open_index(url, write=True)
    index.put(TOWN)
    forget(*_parts(url))

    index.put(TOWN)
    index.refresh()

    assert len(numbers(index)) == 5
    index.check()
    index.close()
