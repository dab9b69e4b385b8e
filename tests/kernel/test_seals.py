"""Seals: whatever is done to sealed rows, or to seals, is found and named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.seals import FIRST, Fault, Seal, digest, faults, hash_of

pytestmark = pytest.mark.pure

AT = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.binary()
    | st.datetimes(timezones=st.just(UTC))
)
COLUMNS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)
RECORDS = st.lists(st.tuples(st.sampled_from(["entry", "move"]), COLUMNS), max_size=4)
SIZES = st.lists(st.integers(1, 4), min_size=1, max_size=5)

Rows = list[tuple[str, str]]
Chain = list[tuple[Seal, Rows]]


def sealed(sizes: list[int]) -> tuple[Chain, tuple[int, str]]:
    """Return a chain of seals of so many rows each, and its head."""
    chain: Chain = []
    previous = FIRST
    for sequence, size in enumerate(sizes, 1):
        rows = [(key := f"{sequence}-{n}", digest([("t", {"key": key})])) for n in range(size)]
        seal = Seal("s", sequence, rows[0][0], rows[-1][0], size, tuple(rows), previous, AT)
        seal = replace(seal, hash=hash_of(seal))
        chain.append((seal, rows))
        previous = seal.hash
    return chain, (len(sizes), previous)


def found(chain: Chain, head: tuple[int, str] | None) -> list[Fault]:
    return list(faults("s", chain, head))


def typed(records: object) -> object:
    """Return ``records`` so that 1, True and 1.0 differ, as they do not in Python."""
    return [
        (table, {name: (type(value), value) for name, value in columns.items()})
        for table, columns in records  # type: ignore[attr-defined] # a list of records
    ]


@given(RECORDS, RECORDS)
def test_two_rows_have_one_hash_only_if_they_are_the_same(one, other) -> None:
    assert (digest(one) == digest(other)) is (typed(one) == typed(other))


@given(st.text(min_size=1), st.data())
def test_one_character_more_or_less_is_another_hash(text: str, data) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    less = text[:place] + text[place + 1 :]
    assert digest([("t", {"a": text})]) != digest([("t", {"a": less})])


def test_the_encoding_stays_as_it_is() -> None:
    """Seals that were made must hold for ever: this hash may not change."""
    columns = {"n": None, "b": True, "i": -5, "s": "种草", "y": b"\0:", "t": AT}
    found = digest([("entry", columns), ("move", {})])

    assert found == "069fc6b49ec4c524f53818035f28782890fb56b94cef41f787fe5488f7ba9650"
    assert (
        hash_of(sealed([2])[0][0][0])
        == "04f4fef3651988daa6fdddeff6a6ae6534b4c1ded595e6850fbc7c44e8b540aa"
    )


def test_an_instant_is_one_in_every_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=8)))
    assert digest([("t", {"at": AT})]) == digest([("t", {"at": elsewhere})])


@given(SIZES)
def test_what_nobody_touched_is_clean(sizes: list[int]) -> None:
    assert found(*sealed(sizes)) == []
    assert found([], None) == []


@given(SIZES, st.data())
def test_a_row_that_was_changed_removed_or_put_in_is_named(sizes: list[int], data) -> None:
    chain, head = sealed(sizes)
    at = data.draw(st.integers(0, len(sizes) - 1))
    rows = chain[at][1]
    row = data.draw(st.integers(0, len(rows) - 1))
    key = rows[row][0]
    done = data.draw(st.sampled_from(["was changed", "is missing", "was put in"]))
    if done == "was changed":
        rows[row] = (key, "0" * 64)
    elif done == "is missing":
        del rows[row]
    else:
        key = "new"
        rows.insert(row, (key, "0" * 64))

    assert found(chain, head) == [Fault("s", at + 1, done, key)]
    assert str(found(chain, head)[0]) == f"s seal {at + 1}: row {key} {done}"


@given(st.data())
def test_two_rows_that_changed_places_are_found(data) -> None:
    chain, head = sealed([3, 4])
    seal, rows = chain[1]
    one, other = data.draw(st.permutations(range(4)))[:2]
    contents = data.draw(st.booleans())
    if contents:
        (a, x), (b, y) = rows[one], rows[other]
        rows[one], rows[other] = (a, y), (b, x)
        named = {Fault("s", 2, "was changed", key) for key in (a, b)}
    else:
        rows[one], rows[other] = rows[other], rows[one]
        named = {Fault("s", seal.sequence, "rows are in another order")}

    assert set(found(chain, head)) == named


@given(SIZES, st.data())
def test_a_seal_that_was_removed_is_named(sizes: list[int], data) -> None:
    chain, head = sealed(sizes)
    gone = data.draw(st.integers(0, len(sizes) - 1))
    del chain[gone]

    assert found(chain, head) == [Fault("s", gone + 1, "the seal is missing")]
    assert str(found(chain, head)[0]) == f"s seal {gone + 1}: the seal is missing"


@given(SIZES, st.data())
def test_a_seal_that_was_changed_is_named(sizes: list[int], data) -> None:
    chain, head = sealed(sizes)
    at = data.draw(st.integers(0, len(sizes) - 1))
    seal, rows = chain[at]
    changes = {
        "first": "x",
        "last": "x",
        "count": seal.count + 1,
        "rows": (*seal.rows[:-1], (seal.rows[-1][0], "0" * 64)),
        "previous": "0" * 64,
        "sealed_at": AT + timedelta(microseconds=1),
        "stream": "other",
    }
    name = data.draw(st.sampled_from(sorted(changes)))
    chain[at] = (replace(seal, **{name: changes[name]}), rows)

    assert {fault.seal for fault in found(chain, head)} == {at + 1}


@given(SIZES, st.data())
def test_a_seal_that_was_made_anew_for_changed_rows_breaks_the_chain(sizes, data) -> None:
    chain, head = sealed(sizes)
    at = data.draw(st.integers(0, len(sizes) - 1))
    seal, rows = chain[at]
    rows[0] = (rows[0][0], "0" * 64)
    forged = replace(seal, rows=tuple(rows))
    chain[at] = (replace(forged, hash=hash_of(forged)), rows)

    last = at + 1 == len(sizes)
    what = "is not the seal that was the newest" if last else "does not follow the seal before it"
    assert found(chain, head) == [Fault("s", at + 1 if last else at + 2, what)]


def test_the_end_of_the_chain_is_what_its_head_says() -> None:
    chain, (sequence, hash_) = sealed([1, 1])

    assert found(chain, None) == [Fault("s", 2, "nothing says that it is the newest")]
    assert found(chain, (sequence - 1, hash_)) == [
        Fault("s", 2, "is not the seal that was the newest")
    ]
    assert found([], (1, hash_)) == [Fault("s", 1, "the seal is missing")]
