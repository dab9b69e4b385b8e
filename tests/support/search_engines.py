"""Every search engine, freshly opened and empty, and what is put into it."""

import re
import secrets
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from search import open_index
from search.elastic_index import ElasticIndex
from search.memory_index import MemoryIndex
from search.port import Doc, Query, SearchIndex
from search.tantivy_index import TantivyIndex
from tests.support.engines import service_url
from tests.support.near import near_client


@contextmanager
def memory(_folder: Path) -> Generator[SearchIndex]:
    yield MemoryIndex()


@contextmanager
def tantivy(folder: Path) -> Generator[SearchIndex]:
    index = TantivyIndex(folder, write=True)
    yield index
    index.close()


@contextmanager
def elastic(_folder: Path) -> Generator[ElasticIndex]:
    """Open a real server under a prefix of its own; a busy machine may take its time."""
    with elastic_url() as url:
        index = open_index(url, write=True)
        assert isinstance(index, ElasticIndex)
        yield index
        index.close()


@contextmanager
def elastic_url() -> Generator[str]:
    """Yield an address with a prefix of its own, of which nothing is left after."""
    server = re.sub(r"/[^/]*$", "", service_url("SEARCH"))
    prefix = f"test-{secrets.token_hex(6)}"
    try:
        yield f"{server}/{prefix}?seconds=20"
    finally:
        forget(server, prefix)


def indexes(server: str, prefix: str) -> list[str]:
    """Return the names of the indexes under a prefix, on ``server`` (`elasticsearch:http…`)."""
    with near_client(server.removeprefix("elasticsearch:")) as client:
        return sorted(client.get(f"/_cat/indices/{prefix}-*?h=index").text.split())


def forget(server: str, prefix: str) -> None:
    if names := indexes(server, prefix):
        with near_client(server.removeprefix("elasticsearch:")) as client:
            client.delete(f"/{','.join(names)}").raise_for_status()


ENGINES: dict[str, Callable[[Path], AbstractContextManager[SearchIndex]]] = {
    "memory": memory,
    "tantivy": tantivy,
    "elastic": elastic,
}
PARAMS = [
    pytest.param(name, marks=[pytest.mark.service] if name == "elastic" else []) for name in ENGINES
]


def note(number: int, title: str, **more: object) -> Doc:
    return Doc("note", f"note_{number}", number, 1, title, created_s=number, **more)  # type: ignore[arg-type] # by name


TOWN = [
    note(1, "这支口红很显白", topics=("美妆",), likes=5, price_fen=12_900, author_id="ann"),
    note(2, "周末喝茶 Longjing", topics=("茶",), likes=9, price_fen=4_900, author_id="bob"),
    note(3, "红色的口袋", topics=("穿搭",), likes=5, price_fen=4_900, in_stock=False),
    note(4, "Running shoes for wide feet", body="Light and soft", brand="Swift", brand_id="b1"),
    note(5, "USB-C charger 65w", attributes=("GaN",), category_ids=("c1", "c2"), merchant_id="m1"),
]


def numbers(index: SearchIndex, **asked: object) -> list[int]:
    """Return the numbers of the notes that are found."""
    hits = index.find(Query("note", **asked))  # type: ignore[arg-type] # by name
    return [int(one.removeprefix("note_")) for one in hits.ids]
