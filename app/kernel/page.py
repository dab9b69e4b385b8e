"""Pages of a list, and the cursor to the next one."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.kernel.problems import InvalidInput, field_error

T = TypeVar("T")

PAGE_SIZE = 20
"""Items on a page when the caller does not say."""

PAGE_SIZE_MAX = 50
"""No page is longer: it bounds the work of one request."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A run of items in order, and where to go on; ``next`` is None at the end."""

    items: tuple[T, ...]
    next: str | None = None


def dump_cursor(*values: str | int) -> str:
    """Return an opaque, URL-safe cursor that carries ``values``."""
    raw = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def load_cursor(cursor: str, *shape: type) -> tuple[str | int, ...]:
    """Return the values of a cursor, whose types must be ``shape``.

    Raises:
        InvalidInput: it was not made by `dump_cursor` for this list.

    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        values = json.loads(raw)
    except (ValueError, RecursionError, binascii.Error):
        values = None
    if (
        not isinstance(values, list)
        or [type(value) for value in values] != list(shape)
        or not all(_storable(value) for value in values)
    ):
        raise invalid_cursor()
    return tuple(values)


def invalid_cursor() -> InvalidInput:
    """Return the refusal of a cursor that its list did not give."""
    return InvalidInput(
        [field_error("/cursor", "invalid-cursor", "This cursor is not from this list.")]
    )


def cut(rows: Sequence[T], size: int, cursor_of: Callable[[T], tuple[str | int, ...]]) -> Page[T]:
    """Return the page of ``rows``, which were asked for one longer than ``size``."""
    if len(rows) <= size:
        return Page(tuple(rows))
    kept = tuple(rows[:size])
    return Page(kept, dump_cursor(*cursor_of(kept[-1])))


def _storable(value: str | int) -> bool:
    """Tell whether a database can be asked for ``value``: no lone surrogate, not above 2**63."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return value.isprintable()
