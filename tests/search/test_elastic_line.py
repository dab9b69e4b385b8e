"""How the line to Elasticsearch holds when the server is busy, broken, or somebody else."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from search.elastic_index import ElasticIndex
from search.elastic_link import FAILURES, OPEN_SECONDS, WITHIN_SECONDS, Breaker, Line
from search.elastic_parts import META
from search.elastic_writing import Action, Writing
from search.port import AnalysisChanged, Query, Ref, SearchDown, SearchRefused
from tests.support.search_engines import TOWN
from tests.support.stub import Answer, stub

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

REAL = {"X-Elastic-Product": "Elasticsearch", "Content-Type": "application/json"}
INDEXES = {
    "t-note-0": {"aliases": {"t-note": {}}, "mappings": {"_meta": META}},
}
EMPTY: dict[str, Any] = {
    "timed_out": False,
    "_shards": {"failed": 0},
    "hits": {"total": {"value": 0}, "hits": []},
}


def _server(bulk: Callable[[list[str]], Answer] | None = None, search: Any = None):
    def say(method: str, path: str, body: bytes) -> Answer:
        if path.startswith("/_bulk"):
            assert bulk is not None
            lines = [json.loads(line) for line in body.splitlines() if line]
            heads = [next(iter(one.values())) for one in lines if {"index", "delete"} & set(one)]
            return bulk([head["_id"] for head in heads])
        if "/_search" in path:
            return 200, search
        return 200, INDEXES

    return stub(say, headers=REAL)


def _items(*statuses: int) -> dict[str, Any]:
    def one(status: int) -> dict[str, Any]:
        error = {} if status < 300 else {"error": {"type": "said", "reason": "so"}}
        return {"index": {"status": status, **error}}

    return {"errors": True, "items": [one(status) for status in statuses]}


def test_what_a_busy_server_leaves_is_sent_again_in_order() -> None:
    sent: list[list[str]] = []
    answers = [
        (429, {"error": "busy"}),
        (200, _items(201, 429, 409, 503, 201)),
        (200, _items(429, 201)),
        (200, _items(200)),
    ]

    def bulk(ids: list[str]) -> Answer:
        sent.append(ids)
        return answers[len(sent) - 1]

    with _server(bulk) as address:
        line = Line(f"{address}/t")
        Writing(line, back_off=(0.0, 0.0, 0.0)).send([Action.put(doc) for doc in TOWN])
        line.close()

    whole = [doc.id for doc in TOWN]
    assert sent == [whole, whole, [whole[1], whole[3]], [whole[1]]]


def test_a_server_that_stays_busy_is_down() -> None:
    with _server(lambda ids: (200, _items(*[429 for _ in ids]))) as address:
        line = Line(f"{address}/t")
        with pytest.raises(SearchDown, match="busy"):
            Writing(line, back_off=(0.0,)).send([Action.put(doc) for doc in TOWN])
        line.close()


def test_a_drop_of_what_is_not_there_is_done() -> None:
    gone = {"items": [{"delete": {"status": 404, "result": "not_found"}}]}
    with _server(lambda _: (200, gone)) as address:
        index = ElasticIndex(f"{address}/t")
        index.drop([Ref("note", "n", 1)])
        index.close()


@pytest.mark.parametrize(
    "answer", [{**EMPTY, "timed_out": True}, {**EMPTY, "_shards": {"failed": 1}}]
)
def test_a_part_of_an_answer_is_none(answer: dict[str, Any]) -> None:
    with _server(search=answer) as address:
        index = ElasticIndex(f"{address}/t?seconds=20")
        with pytest.raises(SearchDown, match="part"):
            index.find(Query("note"))
        index.close()
    with _server(search=EMPTY) as address:
        index = ElasticIndex(f"{address}/t?seconds=20")
        assert index.find(Query("note")).total == 0
        index.close()


@pytest.mark.parametrize(
    ("status", "headers", "raised"),
    [
        (401, REAL, SearchRefused),
        (403, REAL, SearchRefused),
        (200, {"Content-Type": "application/json"}, SearchRefused),
        (500, REAL, SearchDown),
        (400, REAL, SearchDown),
    ],
)
def test_what_the_server_says_is_said_in_the_ports_words(
    status: int, headers: dict[str, str], raised: type[Exception]
) -> None:
    with stub(lambda *_: (status, {"error": "x"}), headers=headers) as address:
        index = ElasticIndex(f"{address}/t?seconds=20")
        for call in (index.check, lambda: index.find(Query("note")), lambda: index.put(TOWN)):
            with pytest.raises(raised):
                call()
        index.close()


def test_credentials_of_the_address_are_sent_as_they_are() -> None:
    heard: list[dict[str, str]] = []
    with stub(lambda *_: (200, INDEXES), headers=REAL, heard=heard) as address:
        index = ElasticIndex(address.replace("//", "//me:p%40ss@") + "/t?seconds=20")
        index.check()
        index.close()

    sent = {one["authorization"].removeprefix("Basic ") for one in heard}
    assert [base64.b64decode(one) for one in sent] == [b"me:p@ss"]


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def _fail(breaker: Breaker, error: type[SearchDown] = SearchDown) -> str:
    with pytest.raises(SearchDown) as caught, breaker.guard():
        raise error("itself")
    return str(caught.value)


@pytest.mark.pure
def test_after_several_failures_nobody_waits_until_one_tries_again() -> None:
    clock = _Clock()
    breaker = Breaker(clock)
    assert {_fail(breaker) for _ in range(FAILURES)} == {"itself"}
    assert "left alone" in _fail(breaker)

    clock.now += OPEN_SECONDS
    assert _fail(breaker) == "itself"  # The one that tries it.
    assert "left alone" in _fail(breaker)

    clock.now += OPEN_SECONDS
    with breaker.guard():
        assert "left alone" in _fail(breaker)  # Meanwhile the others go on waiting.
    assert {_fail(breaker) for _ in range(FAILURES)} == {"itself"}
    assert "left alone" in _fail(breaker)


@pytest.mark.pure
def test_failures_far_apart_or_with_an_answer_between_open_nothing() -> None:
    clock = _Clock()
    breaker = Breaker(clock)
    for _ in range(3 * FAILURES):
        clock.now += WITHIN_SECONDS / (FAILURES - 1) + 0.1
        assert _fail(breaker) == "itself"
    clock.now += WITHIN_SECONDS + 1
    for _ in range(3):
        for _ in range(FAILURES - 1):
            assert _fail(breaker) == "itself"
        with breaker.guard():
            pass


@pytest.mark.pure
def test_a_server_that_answers_that_the_index_is_old_is_well() -> None:
    breaker = Breaker(_Clock())

    assert {_fail(breaker, AnalysisChanged) for _ in range(3 * FAILURES)} == {"itself"}
