"""Replaying a log of touches over order lines, from files to files; pure.

Files are CSV with a header. Rows come in any order; so do columns; others are passed over.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from app.attribution.errors import RowRefused
from app.attribution.rules import Line, Rule, Touch, TouchClass, judge, share
from app.kernel.money import Money

TOUCH_COLUMNS = ("touch_id", "ts_ms", "kind", "creator", "post", "product", "brand", "actor")
LINE_COLUMNS = ("order", "line", "ts_ms", "actor", "product", "brand", "net_cents")
CREDIT_COLUMNS = ("order", "model", "pos", "touch", "creator", "age_ms", "weight", "credit_cents")
VERDICT_COLUMNS = ("order", "touch", "verdict")
MODELS = ("first", "last", "linear", "position", "time_decay", "creator_equal")
NUMBER_MAX = 2**63 - 1


def read_touches(text: str, file: str = "touches") -> list[Touch]:
    """Return the touches of a CSV text.

    Raises:
        RowRefused: the first row that cannot be used.
    """
    seen: set[str] = set()
    touches = []
    for row, cells in _rows(text, TOUCH_COLUMNS, file):
        if cells["touch_id"] in seen:
            raise RowRefused(file, row, "touch_id", f"{cells['touch_id']} is there twice")
        seen.add(cells["touch_id"])
        ts_ms = _number(cells, "ts_ms", file, row)
        words = {name: cells[name] for name in TOUCH_COLUMNS[2:]}
        touches.append(Touch(id=cells["touch_id"], ts_ms=ts_ms, **words))
    return touches


def read_lines(text: str, file: str = "lines") -> list[Line]:
    """Return the order lines of a CSV text, in its order.

    Raises:
        RowRefused: the first row that cannot be used.
    """
    lines = []
    for row, cells in _rows(text, LINE_COLUMNS, file):
        net = _number(cells, "net_cents", file, row)
        lines.append(
            Line(
                order=cells["order"],
                line=cells["line"],
                ts_ms=_number(cells, "ts_ms", file, row),
                actor=cells["actor"],
                product=cells["product"],
                brand=cells["brand"],
                net=Money(net),
            )
        )
    return lines


def read_rule(text: str, file: str = "rule") -> Rule:
    """Return the rule of a JSON text.

    Raises:
        RowRefused: a member is missing or cannot be used.
    """
    try:
        said = json.loads(text.lstrip("\ufeff"))
        classes = tuple(
            TouchClass(name, frozenset(one["kinds"]), _whole(one["window_ms"]))
            for name, one in said["classes"].items()
        )
        rule = Rule(
            classes=classes,
            waterfall=tuple(said.get("waterfall", list(said["classes"]))),
            match=said.get("match", "product"),
            dedup_ms=_whole(said.get("dedup_ms", 0)),
            path_cap=_whole(said.get("path_cap", 256)),
            models=dict(said["models"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RowRefused(file, 1, "-", f"it is no rule ({error!r})") from None
    unknown = [name for name in rule.models if name not in MODELS]
    if unknown:
        raise RowRefused(file, 1, "models", f"there is no model {unknown[0]}")
    if rule.match not in {"product", "brand"}:
        raise RowRefused(file, 1, "match", "must be product or brand")
    if not classes or rule.path_cap < 1:
        raise RowRefused(file, 1, "classes", "there must be a class, and a path_cap of 1 or more")
    return rule


def credit_rows(
    touches: Sequence[Touch], lines: Sequence[Line], rule: Rule
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of `CREDIT_COLUMNS`, line by line, model by model, along the path."""
    by_actor = _by_actor(touches)
    for line in lines:
        judgement = judge(line, by_actor.get(line.actor, ()), rule)
        for model in rule.models:
            receipt = share(line, judgement, rule, model)
            if not receipt.credits:
                yield (line.order, model, 0, "", "", "", "", 0)
            for place, one in enumerate(receipt.credits, 1):
                touch = one.touch
                yield (
                    line.order,
                    model,
                    place,
                    touch.id,
                    touch.creator,
                    one.age_ms,
                    one.weight,
                    one.credited.fen,
                )


def verdict_rows(
    touches: Sequence[Touch], lines: Sequence[Line], rule: Rule
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of `VERDICT_COLUMNS`: every touch of the buyer, for every line."""
    by_actor = _by_actor(touches)
    for line in lines:
        for touch, why in judge(line, by_actor.get(line.actor, ()), rule).verdicts:
            yield (line.order, touch.id, why)


def write_rows(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a CSV text, each with its line end."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    for row in chain([columns], rows):
        writer.writerow(row)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()


def _by_actor(touches: Iterable[Touch]) -> dict[str, list[Touch]]:
    found: dict[str, list[Touch]] = {}
    for touch in touches:
        found.setdefault(touch.actor, []).append(touch)
    return found


def _rows(text: str, columns: Sequence[str], file: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), skipinitialspace=True)
    names = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    missing = [name for name in columns if name not in names]
    if missing:
        raise RowRefused(file, 1, missing[0], "the column is missing")
    for cells in reader:
        row = reader.line_num
        if None in cells or any(cells[name] is None for name in columns):
            raise RowRefused(file, row, "-", f"{len(names)} cells are expected")
        plain = {name: cells[name].strip() for name in columns}
        if not plain[columns[0]]:
            raise RowRefused(file, row, columns[0], "it is empty")
        yield row, plain


def _number(cells: Mapping[str, str], column: str, file: str, row: int) -> int:
    text = cells[column]
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > NUMBER_MAX:
        raise RowRefused(file, row, column, f"{text!r} is not a whole number of 0 or more")
    return int(text)


def _whole(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError(f"{value!r} is not a whole number of 0 or more")
    return value
