"""How candidates are put in order, and what is shown of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.han import ask, streams
from search.ranking import Candidate, highlight, rank
from tests.support.shared_data import shared_data

pytestmark = pytest.mark.pure


def _found(number: int, title: str, *, score: float = 1.0, **more: float) -> Candidate:
    made = streams(title)
    return Candidate(
        id=str(number),
        doc_no=number,
        score=score,
        title_tokens=made.t,
        all_tokens=made.all,
        title=title,
        created_s=int(more.get("created_s", 0)),
        quality=more.get("quality", 0.0),
    )


def _order(text: str, *found: Candidate, now_s: int = 0) -> list[str]:
    return [one.id for one in rank(ask(text), found, now_s=now_s)]


def test_who_meets_more_of_the_query_comes_first() -> None:
    assert _order("red shoes", _found(1, "shoes"), _found(2, "red shoes")) == ["2", "1"]


def test_the_query_unbroken_in_the_title_counts() -> None:
    assert _order("红茶", _found(1, "茶是红的"), _found(2, "一杯红茶")) == ["2", "1"]


def test_the_last_han_word_names_the_thing() -> None:
    assert _order("红色 口红", _found(1, "红色 袋子"), _found(2, "口红 袋子")) == ["2", "1"]


def test_newer_and_better_ones_come_first_among_equals() -> None:
    day = 86_400
    old, new = _found(1, "tea"), _found(2, "tea", created_s=100 * day)
    plain, good = _found(3, "tea"), _found(4, "tea", quality=3.0)

    assert _order("tea", old, new, now_s=100 * day) == ["2", "1"]
    assert _order("tea", plain, good) == ["4", "3"]


def test_tiny_differences_of_engines_do_not_matter() -> None:
    first, second = _found(1, "tea", score=1.0), _found(2, "tea", score=1.0 - 3e-7)

    assert _order("tea", first, second) == ["2", "1"]


def test_highlights_are_pieces_of_the_text() -> None:
    assert highlight("一杯红茶", ask("红茶")) == (("一杯", False), ("红茶", True))
    assert highlight("<b>Tea</b>", ask("tea")) == (("<b>", False), ("Tea", True), ("</b>", False))


@given(st.text(max_size=60), st.text(max_size=20))
def test_pieces_join_to_the_text(text: str, asked: str) -> None:
    assert "".join(piece for piece, _ in highlight(text, ask(asked))) == text


@pytest.mark.slow
def test_judged_queries_over_real_products(tmp_path, capsys) -> None:
    import csv
    import gzip
    import json
    import math

    from search.port import Doc, Query
    from search.tantivy_index import TantivyIndex

    folder = shared_data("chorus_icecat")
    with gzip.open(folder / "products.jsonl.gz", "rt") as file:
        products = [json.loads(line) for line in file]
    numbers = {str(product["id"]): place for place, product in enumerate(products)}
    index = TantivyIndex(tmp_path, write=True)
    index.rebuild(
        Doc(
            "product",
            str(product["id"]),
            numbers[str(product["id"])],
            1,
            str(product.get("title") or product.get("name")),
            brand=str(product.get("brand") or product.get("supplier") or ""),
            attributes=tuple(str(value) for value in product.get("attributes", {}).values()),
        )
        for product in products
    )
    index.refresh()
    judged: dict[str, dict[str, int]] = {}
    with (folder / "dev_qrels.tsv").open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            names = list(row)
            judged.setdefault(row[names[0]], {})[row[names[-2]]] = int(float(row[names[-1]]))
    with (folder / "dev_queries.tsv").open() as file:
        queries = list(csv.reader(file, delimiter="\t"))
    gains = []
    for number, text in queries:
        grades = judged.get(number, {})
        ideal = sorted(grades.values(), reverse=True)[:10]
        best = sum((2**g - 1) / math.log2(place + 2) for place, g in enumerate(ideal))
        if not best:
            continue
        ids = index.find(Query("product", text, size=10)).ids
        got = sum(
            (2 ** grades.get(one, 0) - 1) / math.log2(place + 2) for place, one in enumerate(ids)
        )
        gains.append(got / best)
    index.close()
    score = sum(gains) / len(gains)
    with capsys.disabled():
        print(f"\nnDCG@10 over {len(gains)} judged queries: {score:.3f}")
    assert score >= 0.7
