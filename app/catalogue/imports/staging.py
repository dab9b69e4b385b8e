"""Where rows wait until all of them are known to be good: a file of its own, never memory."""

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from app.catalogue.imports.rows import ImportRow, digest

_TABLE = """
CREATE TABLE stage (
  place INTEGER PRIMARY KEY, merchant TEXT NOT NULL, sku TEXT NOT NULL, number INTEGER NOT NULL,
  digest BLOB NOT NULL, body TEXT NOT NULL, UNIQUE (merchant, sku));
"""
_PUT = """
INSERT INTO stage (merchant, sku, number, digest, body) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (merchant, sku) DO UPDATE
SET number = excluded.number, digest = excluded.digest, body = excluded.body
"""


@dataclass(frozen=True, slots=True)
class Staged:
    """A row that waits, with its digest."""

    row: ImportRow
    digest: bytes


class Stage:
    """Rows by merchant and SKU; of two for the same SKU the later one stays."""

    def __init__(self) -> None:
        """Make the file in the system's folder for such."""
        self._folder = tempfile.TemporaryDirectory(prefix="trove-import-")
        self._db = sqlite3.connect(Path(self._folder.name) / "stage", isolation_level=None)
        self._db.execute("PRAGMA journal_mode=OFF")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute(_TABLE)
        self._db.execute("BEGIN")

    def __enter__(self) -> Self:
        """Return the stage."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Remove the file."""
        self._db.close()
        self._folder.cleanup()

    def put(self, number: int, row: ImportRow) -> None:
        """Keep a row."""
        body = row.as_json()
        self._db.execute(_PUT, (row.merchant, row.sku, number, digest(body), body))

    def merchants(self) -> dict[str, int]:
        """Return the merchants' handles, each with the first row that names it."""
        asked = "SELECT merchant, min(number) FROM stage GROUP BY merchant ORDER BY 2"
        return dict(self._db.execute(asked).fetchall())

    def count(self) -> int:
        """Return how many rows wait."""
        return int(self._db.execute("SELECT count(*) FROM stage").fetchone()[0])

    def units(self, size: int) -> Iterator[tuple[str, list[Staged]]]:
        """Yield the rows in units of one merchant each, in the order of the file."""
        for merchant in self.merchants():
            asked = "SELECT digest, body FROM stage WHERE merchant = ? ORDER BY place"
            rows = self._db.execute(asked, (merchant,))
            while part := rows.fetchmany(size):
                yield merchant, [Staged(ImportRow.from_json(body), mark) for mark, body in part]
