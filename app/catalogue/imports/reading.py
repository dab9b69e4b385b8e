"""Reading a file row by row: CSV or JSON Lines, gzipped or not, of any length."""

import csv
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Final, NoReturn, cast

LINE_MAX: Final = 1 << 20
"""No row of a catalogue is longer; a file that is something else ends here, not in memory."""

DELIMITERS: Final = ",;\t"

Row = tuple[int, dict[str, Any] | None, str]
"""Its number as a spreadsheet shows it (the header is row 1; in JSON Lines, the line), its values
by column, and what is wrong with its shape, if anything; then there are no values."""


class FileRefused(Exception):
    """The file as a whole cannot be imported; the text says why, and names the place."""


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file.

    Raises:
        FileRefused: it cannot be opened or unpacked, is not UTF-8, or has no usable header.
    """
    name = path.name.removesuffix(".gz").lower()
    if not name.endswith((".csv", ".jsonl", ".ndjson")):
        raise FileRefused(f"{path.name} is neither .csv nor .jsonl (nor one of them with .gz)")
    reader = _csv if name.endswith(".csv") else _json_lines
    try:
        with closing(_open(path)) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as text:
            yield from reader(text)
    except UnicodeDecodeError as error:
        raise FileRefused(
            f"{path.name} is not UTF-8 (byte {error.object[error.start]:#04x}); save it as UTF-8"
        ) from None
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileRefused(f"{path.name} cannot be unpacked: {error}") from None
    except OSError as error:
        raise FileRefused(f"{path} cannot be read: {error.strerror or error}") from None


def _open(path: Path) -> IO[bytes]:
    if path.name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _csv(text: IO[str]) -> Iterator[Row]:
    lines = _bounded(text)
    header_line = next(lines, "")
    if not header_line.strip():
        raise FileRefused("the file is empty; its first row names the columns")
    delimiter = max(DELIMITERS, key=header_line.count)
    csv.field_size_limit(LINE_MAX)
    header = [cell.strip() for cell in next(csv.reader([header_line], delimiter=delimiter))]
    while header and not header[-1]:
        header.pop()
    _check_header(header)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, None, f"the quotes of this row do not end, or: {error}"
            return
        if any(cells):
            yield _row(number, header, cells)


def _row(number: int, header: list[str], cells: list[str]) -> Row:
    while len(cells) > len(header) and not cells[-1]:
        cells.pop()
    if len(cells) != len(header):
        return number, None, f"{len(cells)} cells, where the header has {len(header)}"
    return number, dict(zip(header, cells, strict=True)), ""


def _check_header(header: list[str]) -> None:
    if "" in header:
        raise FileRefused(f"column {header.index('') + 1} has no name in the first row")
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise FileRefused(f"the column {twice[0]} stands twice in the first row")


def _json_lines(text: IO[str]) -> Iterator[Row]:
    empty = True
    for number, line in enumerate(_bounded(text), start=1):
        if not line.strip():
            continue
        empty = False
        try:
            said = json.loads(line, parse_constant=_refuse, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            yield number, None, f"this line is no JSON: {error}"
            continue
        if isinstance(said, dict):
            yield number, said, ""
        else:
            yield number, None, "this line is no JSON object"
    if empty:
        raise FileRefused("the file is empty; each of its lines is a JSON object")


def _bounded(text: IO[str]) -> Iterator[str]:
    """Yield lines, and stop at one that no catalogue has."""
    while line := text.readline(LINE_MAX):
        if len(line) == LINE_MAX:
            raise FileRefused(f"a line is longer than {LINE_MAX:,} characters; is it a catalogue?")
        if "\0" in line:
            raise FileRefused("there are NUL characters in it; save it as UTF-8 text")
        yield line


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
