"""What a row says, in our terms, or everything that is wrong with it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from app.catalogue import rules
from app.catalogue.imports.mapping import ATTRIBUTES, ColumnMap
from app.catalogue.rules import Scalar


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong in a row: ``column`` as the file calls it, empty for the row as a whole."""

    row: int
    column: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A product with its one SKU, as a row tells it."""

    merchant: str
    sku: str
    name: str
    brand: str
    category: tuple[str, ...]
    price_fen: int
    stock: int | None
    description: str
    pictures: tuple[str, ...]
    attributes: dict[str, Scalar]

    def as_json(self) -> str:
        """Return the row as JSON; the same row is the same text."""
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> "ImportRow":
        """Return the row that ``text`` spells."""
        said = json.loads(text)
        said["category"], said["pictures"] = tuple(said["category"]), tuple(said["pictures"])
        return cls(**said)


def digest(text: str) -> bytes:
    """Return what tells one row's text from another."""
    return hashlib.sha256(text.encode()).digest()


class RowReader:
    """Reads rows by one map; the merchant and the stock may be given for all rows."""

    def __init__(self, columns: ColumnMap, *, merchant: str | None, stock: int | None) -> None:
        """Read by ``columns``."""
        self._map = columns
        self._defaults: dict[str, object] = dict(columns.defaults)
        if stock is not None:
            self._defaults["stock"] = stock
        if merchant is not None:
            self._defaults["merchant"] = merchant

    def read(self, number: int, values: Mapping[str, Any]) -> ImportRow | list[RowFault]:
        """Return the row, or all its faults."""
        work = _Work(number, self._map, values, self._defaults)
        made = ImportRow(
            merchant=work.text("merchant", most=30, needed=True),
            sku=work.text("sku", most=rules.CODE_MAX, needed=True),
            name=work.text("name", most=rules.NAME_MAX, needed=True),
            brand=work.text("brand", most=rules.ORG_NAME_MAX, needed=True),
            category=work.category(),
            price_fen=work.price(),
            stock=work.stock(),
            description=work.text("description", most=rules.DESCRIPTION_MAX, lines=True),
            pictures=work.pictures(),
            attributes=work.attributes(),
        )
        return work.faults or made


class _Work:
    """One row while it is read; faults are gathered."""

    def __init__(
        self,
        number: int,
        columns: ColumnMap,
        values: Mapping[str, Any],
        defaults: Mapping[str, object],
    ) -> None:
        self._number = number
        self._map = columns
        self._values = values
        self._defaults = defaults
        self.faults: list[RowFault] = []

    def text(self, name: str, *, most: int, needed: bool = False, lines: bool = False) -> str:
        """Return a text, spaces put in order."""
        said = self._plain(name)
        if said is None:
            if needed and self._value(name) is None:
                self._fault(name, "missing", "It must say something.")
            return ""
        if any(ord(mark) < 32 and mark not in "\t\n\r" for mark in said) or _is_torn(said):
            self._fault(name, "bad-characters", "There are characters that no text has.")
            return ""
        found = said.strip() if lines else " ".join(said.split())
        if not found and needed:
            self._fault(name, "missing", "It must say something.")
        if len(found) > most:
            self._fault(name, "too-long", f"{len(found)} characters; at most {most}.")
        return found

    def category(self) -> tuple[str, ...]:
        """Return the names on the way down to the category."""
        said = self.text("category", most=320)
        if not said:
            return ()
        path = rules.category_path(said)
        if path is None:
            self._fault("category", "bad-category", "Write it as `Home > Kitchen`, 5 deep at most.")
        return path or ()

    def price(self) -> int:
        """Return the price in fen."""
        for name, unit in (("price", self._map.price_unit), ("price_fen", "cents")):
            said = self._plain(name)
            if not said or not said.strip():
                continue
            fen = rules.read_price(said.strip(), unit)
            if fen is None:
                self._fault(name, "bad-price", f"{said[:40]!r} is no price in {unit}.")
            elif not rules.PRICE_FEN_MIN <= fen <= rules.PRICE_FEN_MAX:
                self._fault(name, "price-out-of-range", "From ¥0.01 to ¥10,000,000.")
            return fen or 0
        self._fault("price", "missing", "It must say something.")
        return 0

    def stock(self) -> int | None:
        """Return the stock; None where none is told."""
        said = self._plain("stock")
        if not said or not said.strip():
            return None
        count = rules.read_count(said.strip())
        if count is None or count > rules.STOCK_MAX:
            self._fault("stock", "bad-stock", f"A whole number up to {rules.STOCK_MAX:,}.")
        return count

    def pictures(self) -> tuple[str, ...]:
        """Return addresses of pictures: a list, or a text with spaces or bars between them."""
        said = self._value("pictures")
        if isinstance(said, list) and all(isinstance(one, str) for one in said):
            found = [one.strip() for one in said if one.strip()]
        else:
            found = (self._plain("pictures") or "").replace("|", " ").split()
        if len(found) > rules.URLS_MAX:
            self._fault("pictures", "too-many", f"At most {rules.URLS_MAX}.")
        for url in found:
            if not url.startswith(("http://", "https://")) or len(url) > rules.URL_MAX:
                self._fault("pictures", "bad-url", "Addresses begin with http:// or https://.")
                break
        return tuple(found)

    def attributes(self) -> dict[str, Scalar]:
        """Return what else is said of the product; empty values are left out."""
        found: dict[str, Any] = {}
        nested = self._value(ATTRIBUTES)
        if nested is not None:
            if not isinstance(nested, dict):
                self._fault(ATTRIBUTES, "bad-attributes", "They are an object of names and values.")
                return {}
            found.update(nested)
        for column, name in self._map.attributes(self._values).items():
            found[name] = self._values.get(column)
        made = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in found.items()
            if value is not None and value != ""
        }
        for name, value in made.items():
            code = rules.attribute_fault(name, value)
            if code is None and isinstance(value, str) and _is_torn(value):
                code = "bad-characters"
            if code:
                self._fault(ATTRIBUTES, code, f"The attribute {name[:60]!r} cannot be kept.")
                break
        if len(made) > rules.ATTRIBUTES_MAX:
            self._fault(ATTRIBUTES, "too-many", f"At most {rules.ATTRIBUTES_MAX}.")
        return made

    def _value(self, name: str) -> Any:
        source = self._map.source(name)
        found = self._values.get(source) if source is not None else None
        return self._defaults.get(name) if found is None or found == "" else found

    def _plain(self, name: str) -> str | None:
        """Return a value as text; numbers of JSON are spelled as they stand."""
        said = self._value(name)
        if said is None:
            return None
        if isinstance(said, (bool, list, dict)):
            self._fault(name, "wrong-kind", "A text or a number is meant.")
            return None
        return said if isinstance(said, str) else _number(said)

    def _fault(self, name: str, code: str, detail: str) -> None:
        column = self._map.source(name) or name
        self.faults.append(RowFault(self._number, column, code, detail))


def _number(value: float) -> str:
    """Return a number of JSON as text, without an exponent where it is whole."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is_torn(text: str) -> bool:
    """Tell whether half a character stands in ``text``: no UTF-8 can spell it."""
    return any(0xD800 <= ord(mark) <= 0xDFFF for mark in text)
