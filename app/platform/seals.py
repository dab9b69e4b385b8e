"""Sealing: what may be sealed by now, the seals' tables, and whether all of them hold.

Rooms say what their streams are (`Stream`); the rule is `app.kernel.seals`.

A row is sealed once no earlier one can still appear. Streams are in order of the instant that a
row's transaction took as its own when it began, then of the key. On SQLite writers take turns,
and `SETTLED` is for a clock that is set back. On PostgreSQL `_horizon` asks, before the snapshot
that is sealed, for transactions that began longer ago than `SETTLED`; while there is one, nothing
is sealed. So whatever is still under way is later than the horizon, and what was committed before
is seen. A row that appears in a sealed range in spite of that was put in, and is told so.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    String,
    Table,
    Text,
    func,
    literal,
    select,
    text,
    tuple_,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel import seals as rule
from app.kernel.seals import Fault, Seal
from app.platform.append_only import append_only
from app.platform.db import Base
from app.platform.uow import Snapshot, UnitOfWork, snapshot, transact

SETTLED = timedelta(minutes=10)
"""Rows this old are sealed."""

BATCH = 500
"""Rows of a seal, at most."""

ROUNDS = 50
"""Seals of one run, at most; the rest waits for the next."""

log = logging.getLogger("trove.seals")


class SealRow(Base):
    """A seal; nobody can write the same one twice. ``manifest``: a line a row, key and hash."""

    __tablename__ = "platform_seal"
    personal = "manifest: keys of rows, which name nobody"

    stream: Mapped[str] = mapped_column(String(20), primary_key=True)
    sequence: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False
    )
    first_place: Mapped[str] = mapped_column(String(120))
    last_place: Mapped[str] = mapped_column(String(120))
    row_count: Mapped[int]
    manifest: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[datetime]


class HeadRow(Base):
    """Which seal of a stream is the newest, so that the newest cannot be removed unseen."""

    __tablename__ = "platform_seal_head"
    personal = "none"

    stream: Mapped[str] = mapped_column(String(20), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


append_only(SealRow.__table__)


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that belong to a row of a stream, by ``of``, its only key; sealed with it."""

    table: Any
    of: str
    order: str


@dataclass(frozen=True, slots=True)
class Stream:
    """Rows that are sealed: of a table that only grows, with every column of it.

    A new column changes every hash: whoever adds one keeps it out of the seals of before.
    """

    name: str
    table: Any
    at: str
    key: tuple[str, ...]
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a stream is sealed."""

    newest_at: datetime | None
    unsealed: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of a stream; ``head`` is the newest seal's hash, worth noting elsewhere."""

    seals: int
    rows: int
    unsealed: int
    head: str
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    at: datetime
    key: str
    digest: str

    @property
    def place(self) -> str:
        return f"{self.at.isoformat(timespec='microseconds')} {self.key}"


def seal_due(stream: Stream) -> int:
    """Seal what may be sealed, a batch a unit of work; return how many rows."""
    before = _horizon()
    if before is None:
        log.warning("a transaction is under way for long; nothing is sealed")
        return 0
    done = 0
    for _ in range(ROUNDS):
        sealed = transact(partial(_seal_next, stream=stream, before=before))
        done += sealed
        if sealed < BATCH:
            break
    return done


def verify(
    view: Snapshot, stream: Stream, *, progress: Callable[[int], None] | None = None
) -> Verified:
    """Hold all rows to their seals, and the seals to each other.

    Args:
        view: where they stand.
        stream: whose.
        progress: is told how many rows were seen, after each seal.
    """
    seen = [0, 0]
    newest = [""]

    def chain() -> Iterator[tuple[Seal, Sequence[tuple[str, str]]]]:
        before: Seal | None = None
        for seal in _seals(view, stream):
            standing = _standing_rows(view, stream, before, seal)
            seen[0], seen[1], newest[0] = seen[0] + 1, seen[1] + len(standing), seal.hash
            if progress is not None:
                progress(seen[1])
            yield seal, standing
            before = seal

    found = tuple(rule.faults(stream.name, chain(), _head(view, stream)))
    left = standing_of(view, stream).unsealed
    return Verified(seen[0], seen[1], left, newest[0], found)


def standing_of(view: Snapshot, stream: Stream) -> Standing:
    """Return how far ``stream`` is sealed."""
    last = _last(view, stream)
    counted = select(func.count()).select_from(_table(stream))
    if last is not None and (place := _place(stream, last, last.last)) is not None:
        counted = counted.where(_position(stream) > place)
    return Standing(None if last is None else last.sealed_at, int(view.value(counted) or 0))


def _horizon() -> datetime | None:
    """Return the instant before which no row can still appear; None while that is not known."""
    with snapshot() as view:
        before = view.now - SETTLED
        if view.session.connection().dialect.name == "sqlite":
            return before
        long = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend'"
            " AND xact_start < now() - make_interval(secs => :settled)"
        ).bindparams(settled=SETTLED.total_seconds())
        return None if view.value(long) else before


def _seal_next(uow: UnitOfWork, *, stream: Stream, before: datetime) -> int:
    last = _last(uow, stream)
    asked = _ordered(stream).where(_table(stream).c[stream.at] < before).limit(BATCH)
    if last is not None:
        place = _place(stream, last, last.last)
        if place is None:
            log.error("the newest seal was changed; nothing is sealed", extra={"of": stream.name})
            return 0
        asked = asked.where(_position(stream) > place)
    rows = _read(uow, stream, asked)
    if not rows:
        return 0
    made = Seal(
        stream=stream.name,
        sequence=1 if last is None else last.sequence + 1,
        first=rows[0].place,
        last=rows[-1].place,
        count=len(rows),
        rows=tuple((row.key, row.digest) for row in rows),
        previous=rule.FIRST if last is None else last.hash,
        sealed_at=uow.now,
    )
    _keep(uow, replace(made, hash=rule.hash_of(made)))
    return len(rows)


def _keep(uow: UnitOfWork, made: Seal) -> None:
    uow.add(
        SealRow(
            stream=made.stream,
            sequence=made.sequence,
            first_place=made.first,
            last_place=made.last,
            row_count=made.count,
            manifest="\n".join(f"{key} {digest}" for key, digest in made.rows),
            previous=made.previous,
            hash=made.hash,
            sealed_at=made.sealed_at,
        )
    )
    uow.change(_HEAD, {"stream": made.stream, "sequence": made.sequence, "hash": made.hash})


_HEAD = text(
    "INSERT INTO platform_seal_head (stream, sequence, hash) VALUES (:stream, :sequence, :hash)"
    " ON CONFLICT (stream) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash"
)


def _seals(view: Snapshot, stream: Stream) -> Iterator[Seal]:
    """Yield the seals in order, one at a time: together they may be large."""
    after = -1
    while True:
        asked = select(SealRow.__table__).where(
            SealRow.stream == stream.name, SealRow.sequence > after
        )
        row = view.row(asked.order_by(SealRow.sequence).limit(1))
        if row is None:
            return
        yield _seal(row)
        after = row.sequence


def _last(view: Snapshot, stream: Stream) -> Seal | None:
    asked = select(SealRow.__table__).where(SealRow.stream == stream.name)
    row = view.row(asked.order_by(SealRow.sequence.desc()).limit(1))
    return None if row is None else _seal(row)


def _seal(row: Any) -> Seal:
    lines = [line.rpartition(" ") for line in row.manifest.split("\n")]
    return Seal(
        stream=row.stream,
        sequence=row.sequence,
        first=row.first_place,
        last=row.last_place,
        count=row.row_count,
        rows=tuple((key, digest) for key, _, digest in lines),
        previous=row.previous,
        sealed_at=row.sealed_at,
        hash=row.hash,
    )


def _head(view: Snapshot, stream: Stream) -> tuple[int, str] | None:
    row = view.row(select(HeadRow.sequence, HeadRow.hash).where(HeadRow.stream == stream.name))
    return None if row is None else (row.sequence, row.hash)


def _standing_rows(
    view: Snapshot, stream: Stream, before: Seal | None, seal: Seal
) -> list[tuple[str, str]]:
    """Return the rows where ``seal`` saw its own: from the end of the seal before it on.

    Where the one before it is missing or was changed, from its own first row on.
    """
    first, last = _place(stream, seal, seal.first), _place(stream, seal, seal.last)
    if first is None or last is None:
        return []
    position = _position(stream)
    asked = _ordered(stream).where(position <= last)
    end = None if before is None else _place(stream, before, before.last)
    if end is not None and before is not None and seal.sequence == before.sequence + 1:
        asked = asked.where(position > end)
    elif seal.sequence > 1:
        asked = asked.where(position >= first)
    return [(row.key, row.digest) for row in _read(view, stream, asked)]


def _read(view: Snapshot, stream: Stream, asked: Select[Any]) -> list[_Row]:
    rows = view.rows(asked)
    parts: dict[Any, list[rule.Record]] = {}
    for part in stream.parts:
        keys = [row._mapping[stream.key[0]] for row in rows]  # noqa: SLF001 - its way
        for start in range(0, len(keys), BATCH):
            of = part.table.c[part.of]
            some = select(part.table).where(of.in_(keys[start : start + BATCH]))
            for row in view.rows(some.order_by(of, part.table.c[part.order])):
                found = dict(row._mapping)  # noqa: SLF001 - its way
                parts.setdefault(found[part.of], []).append((part.table.name, found))
    return [_row(stream, dict(row._mapping), parts) for row in rows]  # noqa: SLF001 - its way


def _row(stream: Stream, own: dict[str, Any], parts: dict[Any, list[rule.Record]]) -> _Row:
    records = [(stream.table.name, own), *parts.get(own[stream.key[0]], ())]
    key = " ".join(str(own[name]) for name in stream.key)
    return _Row(own[stream.at], key, rule.digest(records))


def _place(stream: Stream, seal: Seal, said: str) -> Any:
    """Return the position that a place of ``seal`` says; None where the seal was changed."""
    if rule.hash_of(seal) != seal.hash:
        return None
    at, *key = said.split(" ")
    columns = [_table(stream).c[name] for name in (stream.at, *stream.key)]
    try:
        values = [
            datetime.fromisoformat(at),
            *[column.type.python_type(part) for column, part in zip(columns[1:], key, strict=True)],
        ]
    except ValueError:
        return None
    # With the columns' types, which a tuple does not hand on.
    return tuple_(*map(literal, values, [column.type for column in columns]))


def _table(stream: Stream) -> Table:
    assert isinstance(stream.table, Table)
    return stream.table


def _ordered(stream: Stream) -> Select[Any]:
    columns = [_table(stream).c[name] for name in (stream.at, *stream.key)]
    return select(_table(stream)).order_by(*columns)


def _position(stream: Stream) -> Any:
    return tuple_(*[_table(stream).c[name] for name in (stream.at, *stream.key)])
