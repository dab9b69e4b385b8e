"""How the columns of a file are called, and in which unit its prices are."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from app.catalogue.imports.reading import FileRefused
from app.catalogue.rules import UNITS

CANONICAL: Final = (
    "sku",
    "name",
    "brand",
    "category",
    "price",
    "price_fen",
    "stock",
    "description",
    "pictures",
    "merchant",
)
ATTRIBUTES: Final = "attributes"
PREFIX: Final = "attributes."
REQUIRED: Final = ("sku", "name", "brand")

DEFAULTS: Final = frozenset({"brand", "category", "stock", "merchant", "description"})
"""Columns of which one value may stand for all rows."""

_TABLES = {"columns", "units", "ignore", "defaults"}


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """What the file calls each canonical column; what is not renamed keeps its name."""

    columns: dict[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    price_unit: str = "yuan"
    defaults: dict[str, str] = field(default_factory=dict)

    def source(self, canonical: str) -> str | None:
        """Return the file's name of a column; None where the file uses the name otherwise."""
        if canonical in self.columns:
            return self.columns[canonical]
        taken = canonical in self.columns.values() or canonical in self.ignored
        return None if taken else canonical

    def attributes(self, names: Iterable[str]) -> dict[str, str]:
        """Return which of the file's columns are attributes, by column, and their names."""
        found = {name: name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)}
        for canonical, source in self.columns.items():
            if canonical.startswith(PREFIX):
                found[source] = canonical.removeprefix(PREFIX)
        return found

    def unknown(self, names: Iterable[str]) -> list[str]:
        """Return the file's columns that mean nothing."""
        known = {self.source(one) for one in (*CANONICAL, ATTRIBUTES)}
        known |= set(self.columns.values()) | self.ignored
        return sorted(one for one in names if one not in known and not one.startswith(PREFIX))

    def missing(self, names: Iterable[str]) -> list[str]:
        """Return the canonical columns that are needed and that the file does not have."""
        there = set(names)
        found = [
            one for one in REQUIRED if self.source(one) not in there and one not in self.defaults
        ]
        if not there & {self.source("price"), self.source("price_fen")}:
            found.append("price")
        return found


def read_map(path: Path) -> ColumnMap:
    """Return the map in a TOML file.

    ``ignore`` is a list of columns; ``[columns]`` says canonical = "the file's"; ``[units]`` has
    ``price``, one of `UNITS`; ``[defaults]`` has what stands in every row.

    Raises:
        FileRefused: it is no such map; the text names the mistake.
    """
    said = _load(path)
    columns = _texts(path, said, "columns")
    for name in columns:
        if name not in {*CANONICAL, ATTRIBUTES} and not name.startswith(PREFIX):
            raise FileRefused(f"{path}: there is no column {name}; there are {_list(CANONICAL)}")
    units = _texts(path, said, "units")
    if set(units) - {"price"} or units.get("price", "yuan") not in UNITS:
        raise FileRefused(f"{path}: [units] has price only, one of {_list(UNITS)}")
    ignored = said.get("ignore", [])
    if not isinstance(ignored, list) or not all(isinstance(one, str) for one in ignored):
        raise FileRefused(f"{path}: ignore is a list of column names")
    defaults = _texts(path, said, "defaults")
    if set(defaults) - DEFAULTS:
        raise FileRefused(f"{path}: [defaults] may have {_list(DEFAULTS)}")
    return ColumnMap(columns, frozenset(ignored), units.get("price", "yuan"), defaults)


def _load(path: Path) -> dict[str, Any]:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise FileRefused(f"{path} is no TOML: {error}") from None
    strange = sorted(set(said) - _TABLES)
    if strange:
        raise FileRefused(f"{path}: {strange[0]} means nothing; there are {_list(_TABLES)}")
    return said


def _texts(path: Path, said: dict[str, Any], table: str) -> dict[str, str]:
    found = said.get(table, {})
    if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
        raise FileRefused(f'{path}: [{table}] has lines of the kind name = "text"')
    return found


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
