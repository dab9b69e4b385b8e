"""Seals: hashes over ranges of rows that never change, each chained over the one before; pure.

A seal keeps the key and the hash of every row that it covers, so that whatever is wrong later
can be named: the stream, the seal, and the row. Its own hash covers all of itself and the hash
before it.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

Value = None | bool | int | str | bytes | datetime
Record = tuple[str, Mapping[str, Value]]
"""A table's name, and a row of it by columns."""

FIRST = ""
"""What the first seal of a stream has for the hash before it."""

_FORMAT = "trove-seal-1"


@dataclass(frozen=True, slots=True)
class Seal:
    """A sealed range of a stream: ``rows`` are key and hash of each row, in order."""

    stream: str
    sequence: int
    first: str
    last: str
    count: int
    rows: tuple[tuple[str, str], ...]
    previous: str
    sealed_at: datetime
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where; ``row`` is the row's key where one can be named."""

    stream: str
    seal: int
    what: str
    row: str | None = None

    def __str__(self) -> str:
        """Return it in words."""
        where = f"{self.stream} seal {self.seal}"
        return (
            f"{where}: {self.what}" if self.row is None else f"{where}: row {self.row} {self.what}"
        )


def digest(records: Sequence[Record]) -> str:
    """Return the hash of a row with what belongs to it: every column of every record."""
    parts = []
    for table, columns in records:
        parts += [_netstring(table.encode()), _netstring(str(len(columns)).encode())]
        for name in sorted(columns):
            parts += [_netstring(name.encode()), _netstring(_encoded(columns[name]))]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def hash_of(seal: Seal) -> str:
    """Return the hash that ``seal`` must have: over all of it but that."""
    parts = [_netstring(_FORMAT.encode())]
    for field in fields(seal):
        if field.name == "rows":
            parts.append(_netstring(str(len(seal.rows)).encode()))
            parts += [_netstring(text.encode()) for row in seal.rows for text in row]
        elif field.name != "hash":
            parts.append(_netstring(_encoded(getattr(seal, field.name))))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def chain_faults(before: Seal | None, seal: Seal) -> Iterator[Fault]:
    """Yield what is wrong between ``seal`` and the one found before it, and in itself."""
    expected = 1 if before is None else before.sequence + 1
    for lost in range(expected, seal.sequence):
        yield Fault(seal.stream, lost, "the seal is missing")
    if hash_of(seal) != seal.hash or seal.count != len(seal.rows):
        yield Fault(seal.stream, seal.sequence, "the seal was changed")
    follows = FIRST if before is None else before.hash
    if seal.sequence == expected and seal.previous != follows:
        yield Fault(seal.stream, seal.sequence, "does not follow the seal before it")


def row_faults(seal: Seal, standing: Sequence[tuple[str, str]]) -> Iterator[Fault]:
    """Yield what is wrong with the rows that stand where ``seal`` saw its own."""
    sealed, found = dict(seal.rows), dict(standing)
    for key, kept in sealed.items():
        if key not in found:
            yield Fault(seal.stream, seal.sequence, "is missing", key)
        elif found[key] != kept:
            yield Fault(seal.stream, seal.sequence, "was changed", key)
    for key in found:
        if key not in sealed:
            yield Fault(seal.stream, seal.sequence, "was put in", key)
    if len(sealed) == len(found) and sealed == found and tuple(standing) != seal.rows:
        yield Fault(seal.stream, seal.sequence, "rows are in another order")


def end_faults(stream: str, last: Seal | None, head: tuple[int, str] | None) -> Iterator[Fault]:
    """Yield what is wrong at the end of the chain, where ``head`` says which seal is the newest."""
    sequence = 0 if last is None else last.sequence
    if head is None:
        if last is not None:
            yield Fault(stream, sequence, "nothing says that it is the newest")
        return
    for lost in range(sequence + 1, head[0] + 1):
        yield Fault(stream, lost, "the seal is missing")
    if last is not None and (head[0] < sequence or (head[0] == sequence and head[1] != last.hash)):
        yield Fault(stream, sequence, "is not the seal that was the newest")


def faults(
    stream: str,
    chain: Iterable[tuple[Seal, Sequence[tuple[str, str]]]],
    head: tuple[int, str] | None,
) -> Iterator[Fault]:
    """Yield everything wrong with ``chain``: seals in order, each with the rows that stand there.

    Rows are not held to a seal that was changed itself: it proves nothing.
    """
    before = None
    for seal, standing in chain:
        yield from chain_faults(before, seal)
        if hash_of(seal) == seal.hash:
            yield from row_faults(seal, standing)
        before = seal
    yield from end_faults(stream, before, head)


def _encoded(value: Value) -> bytes:
    """Return ``value`` with its type, so that no two values have one encoding."""
    match value:
        case None:
            return b"n"
        case bool():
            return b"b1" if value else b"b0"
        case int():
            return b"i%d" % value
        case str():
            return b"s" + value.encode()
        case bytes():
            return b"y" + value
        case _:
            return b"t" + value.astimezone(UTC).isoformat(timespec="microseconds").encode()


def _netstring(body: bytes) -> bytes:
    return b"%d:%s" % (len(body), body)
