"""Replaying a log of touches over order lines, from files to files; pure.

Files are CSV with a header. Rows come in any order; so do columns; others are passed over. What is
printed follows the order of the lines file.
"""

import csv
import io
import json
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from app.attribution.errors import RowRefused
from app.attribution.rules import LIVE_VERDICTS, Line, Rule, Touch, TouchClass, judge, share
from app.kernel.money import Money

TOUCH_COLUMNS = ("touch_id", "ts_ms", "kind", "creator", "post", "product", "brand", "actor")
BARRED_KIND = "barred_kind"
"""A column that a touches file may have: the kind of a touch that only live data bar, whose `kind`
says what bars it."""

LINE_COLUMNS = ("order", "line", "ts_ms", "actor", "product", "brand", "net_cents")
CREDIT_COLUMNS = ("order", "model", "pos", "touch", "creator", "age_ms", "weight", "credit_cents")
VERDICT_COLUMNS = ("order", "touch", "verdict")
MODELS = ("first", "last", "linear", "position", "time_decay", "creator_equal")
NUMBER_MAX = 2**63 - 1
HALF_LIFE_MAX_H = 24 * 366
"""A weight is a root of this degree: a year of hours is taken in no time, a century is not."""
BITS_MAX = 62


def read_touches(text: str, file: str = "touches") -> list[Touch]:
    """Return the touches of a CSV text; a row that is there twice is one touch.

    One that several actors share, as they do a device, is there once for each.

    Raises:
        RowRefused: the first row that cannot be used.
    """
    found: dict[tuple[str, str], Touch] = {}
    for row, cells in _rows(text, TOUCH_COLUMNS, file, filled=("touch_id",)):
        ts_ms = _number(cells, "ts_ms", file, row)
        words = {name: cells[name] for name in TOUCH_COLUMNS[2:]}
        if cells.get(BARRED_KIND):
            if cells["kind"] not in LIVE_VERDICTS:
                raise RowRefused(file, row, BARRED_KIND, f"nothing is barred by {cells['kind']}")
            words |= {"kind": cells[BARRED_KIND], "bar": cells["kind"]}
        touch = Touch(id=cells["touch_id"], ts_ms=ts_ms, **words)
        if found.setdefault((touch.id, touch.actor), touch) != touch:
            raise RowRefused(file, row, "touch_id", f"{touch.id} is there twice, and differs")
    return list(found.values())


def read_lines(text: str, file: str = "lines") -> list[Line]:
    """Return the order lines of a CSV text, in its order.

    Raises:
        RowRefused: the first row that cannot be used.
    """
    return [
        Line(
            order=cells["order"],
            line=cells["line"],
            ts_ms=_number(cells, "ts_ms", file, row),
            actor=cells["actor"],
            product=cells["product"],
            brand=cells["brand"],
            net=Money(_number(cells, "net_cents", file, row)),
        )
        for row, cells in _rows(text, LINE_COLUMNS, file, filled=("order", "actor"))
    ]


def read_rule(text: str, file: str = "rule") -> Rule:
    """Return the rule of a JSON text.

    Raises:
        RowRefused: a member is missing or cannot be used; its name stands for the column.
    """
    said = _json(text, file)
    try:
        classes = _classes(said["classes"])
        return Rule(
            classes=classes,
            waterfall=_words(said.get("waterfall", [one.name for one in classes]), "waterfall"),
            match=_match(said.get("match", "product")),
            dedup_ms=_whole(said.get("dedup_ms", 0), "dedup_ms"),
            path_cap=_whole(said.get("path_cap", 256), "path_cap", least=1),
            models=_models(said["models"]),
        )
    except KeyError as missing:
        raise RowRefused(file, 1, str(missing.args[0]), "the member is missing") from None
    except _Unusable as bad:
        raise RowRefused(file, 1, bad.member, bad.why) from None


def credit_rows(
    touches: Sequence[Touch], lines: Sequence[Line], rule: Rule
) -> Iterator[tuple[object, ...]]:
    """Yield the rows of `CREDIT_COLUMNS`, line by line, model by model, along the path."""
    by_actor = _by_actor(touches)
    for line in lines:
        # Nothing outside the longest window can be in the path, so it need not be judged.
        found = by_actor.get(line.actor, [])
        since = bisect_right(found, line.ts_ms - rule.longest_ms, key=_ts_ms)
        until = bisect_right(found, line.ts_ms, key=_ts_ms)
        judgement = judge(line, found[since:until], rule)
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
        for touch, why in judge(line, by_actor.get(line.actor, []), rule).verdicts:
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


def _ts_ms(touch: Touch) -> int:
    return touch.ts_ms


def _by_actor(touches: Iterable[Touch]) -> dict[str, list[Touch]]:
    found: dict[str, list[Touch]] = {}
    for touch in sorted(touches, key=_ts_ms):
        found.setdefault(touch.actor, []).append(touch)
    return found


def _rows(
    text: str, columns: Sequence[str], file: str, *, filled: Sequence[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield number and cells of each row, those of ``filled`` not empty; pass blank rows over."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), skipinitialspace=True)
    try:
        names = [name.strip() for name in next(reader, [])]
        for column in columns:
            if names.count(column) != 1:
                why = "the column is there twice" if column in names else "the column is missing"
                raise RowRefused(file, 1, column, why)
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if any(cells):
                row = reader.line_num
                yield row, _cells(cells, names, columns, filled, (file, row))
    except csv.Error as error:
        raise RowRefused(file, reader.line_num, "-", f"it is no CSV ({error})") from None


def _cells(
    cells: Sequence[str],
    names: Sequence[str],
    columns: Sequence[str],
    filled: Sequence[str],
    place: tuple[str, int],
) -> dict[str, str]:
    if any(cells[len(names) :]):
        raise RowRefused(*place, "-", f"{len(names)} cells are expected, not {len(cells)}")
    found = dict(zip(names, cells, strict=False))
    for column in columns:
        if column not in found:
            raise RowRefused(*place, column, "the row ends before it")
        if column in filled and not found[column]:
            raise RowRefused(*place, column, "it is empty")
    return found


def _number(cells: Mapping[str, str], column: str, file: str, row: int) -> int:
    text = cells[column]
    if not (text.isascii() and text.isdigit()) or len(text) > 19 or int(text) > NUMBER_MAX:
        raise RowRefused(file, row, column, f"{text!r} is not a whole number of 0 or more")
    return int(text)


class _Unusable(Exception):
    def __init__(self, member: str, why: str) -> None:
        self.member, self.why = member, why


def _json(text: str, file: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise RowRefused(file, error.lineno, "-", f"it is no JSON ({error.msg})") from None
    except (ValueError, RecursionError) as error:
        raise RowRefused(file, 1, "-", f"it is no JSON ({error})") from None
    if not isinstance(said, dict):
        raise RowRefused(file, 1, "-", "it must be a JSON object")
    return said


def _object(value: object, member: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _Unusable(member, "it must be an object")
    return value


def _whole(value: object, member: str, *, least: int = 0, most: int = NUMBER_MAX) -> int:
    if type(value) is not int or not least <= value <= most:
        raise _Unusable(member, f"it must be a whole number from {least} to {most}")
    return value


def _words(value: object, member: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise _Unusable(member, "it must be a list of words")
    return tuple(value)


def _match(value: object) -> str:
    if value not in ("product", "brand"):
        raise _Unusable("match", "it must be product or brand")
    return str(value)


def _classes(value: object) -> tuple[TouchClass, ...]:
    said = _object(value, "classes")
    found = []
    seen: set[str] = set()
    for name, one in said.items():
        kinds = _words(_object(one, "classes")["kinds"], "kinds")
        if seen & set(kinds):
            raise _Unusable("kinds", f"{min(seen & set(kinds))} is in two classes")
        seen.update(kinds)
        found.append(TouchClass(name, frozenset(kinds), _whole(one["window_ms"], "window_ms")))
    if not found:
        raise _Unusable("classes", "there must be one")
    return tuple(found)


def _models(value: object) -> dict[str, dict[str, object]]:
    found = {}
    for name, said in _object(value, "models").items():
        if name not in MODELS:
            raise _Unusable("models", f"there is no model {name}")
        parameters = dict(_object(said, name))
        if "ends" in parameters:
            _check_ends(parameters["ends"])
        _whole(parameters.get("half_life_h", 1), "half_life_h", least=1, most=HALF_LIFE_MAX_H)
        _whole(parameters.get("bits", 1), "bits", least=1, most=BITS_MAX)
        found[name] = parameters
    return found


def _check_ends(value: object) -> None:
    ends = [_whole(one, "ends") for one in value] if isinstance(value, list) else []
    if len(ends) != 2 or ends[1] == 0 or 2 * ends[0] > ends[1]:
        raise _Unusable("ends", "it must be [p, q], p/q for each end, a half at most")
