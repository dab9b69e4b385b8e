"""`trove attribution replay` on files of others: any shape that can be read, a clear word else."""

import random
from pathlib import Path

import pytest

from tests.attribution.replaying import GOLDEN, golden
from tests.support.terminal import Said, run

TOUCHES, LINES, RULE = "default_touches.csv", "default_lines.csv", "default_rule.json"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (TOUCHES, LINES, RULE):
        (tmp_path / name).write_bytes((GOLDEN / name).read_bytes())
    return tmp_path


def replay(folder: Path, *words: str) -> Said:
    given = {"touches": TOUCHES, "lines": LINES, "rule": RULE}
    options = [word for name, file in given.items() for word in (f"--{name}", str(folder / file))]
    return run({}, "attribution", "replay", *options, *words)


def rewrite(folder: Path, name: str, turn) -> None:
    path = folder / name
    path.write_bytes(turn(path.read_bytes()))


@pytest.mark.parametrize("name", ["simple", "default"])
def test_the_golden_files_are_printed_to_the_byte(folder: Path, name: str):
    for file in (TOUCHES, LINES, RULE):
        other = file.replace("default", name)
        (folder / file).write_bytes((GOLDEN / other).read_bytes())

    said = replay(folder)

    assert (said.code, said.out, said.told) == (0, golden(f"{name}_expected.csv"), "")


def quoted(text: bytes) -> bytes:
    rows = text.decode().splitlines()
    return "\n".join(",".join(f'"{cell}"' for cell in row.split(",")) for row in rows).encode()


def turned(text: bytes) -> bytes:
    rows = [row.split(",") for row in text.decode().splitlines()]
    order = list(range(len(rows[0])))
    random.Random(5).shuffle(order)
    return "\n".join(",".join(row[place] for place in order) for row in rows).encode()


def shuffled(text: bytes) -> bytes:
    header, *rows = text.splitlines(keepends=True)
    random.Random(6).shuffle(rows)
    return b"".join([header, *rows, *rows[:9]])


@pytest.mark.parametrize(
    ("turn", "files"),
    [
        (lambda text: text.replace(b"\n", b"\r\n"), (TOUCHES, LINES, RULE)),
        (lambda text: b"\xef\xbb\xbf" + text, (TOUCHES, LINES, RULE)),
        (lambda text: text.rstrip(b"\n"), (TOUCHES, LINES, RULE)),
        (lambda text: text + b"\n\n  \n", (TOUCHES, LINES, RULE)),
        (quoted, (TOUCHES, LINES)),
        (turned, (TOUCHES, LINES)),
        (shuffled, (TOUCHES,)),
    ],
    ids=["crlf", "bom", "no-last-end", "blank-rows", "quoted", "columns-turned", "rows-shuffled"],
)
@pytest.mark.parametrize(
    ("words", "expected"),
    [((), "default_expected.csv"), (("--verdicts",), "default_verdicts.csv")],
    ids=["credits", "verdicts"],
)
def test_the_same_in_another_writing_is_the_same(folder: Path, turn, files, words, expected: str):
    for name in files:
        rewrite(folder, name, turn)

    said = replay(folder, *words)

    assert said.code == 0, said.told
    assert said.out == golden(expected)


@pytest.mark.parametrize(
    ("name", "content", "code", "words"),
    [
        (TOUCHES, b"", 1, (TOUCHES, "row 1", "touch_id")),
        (LINES, b"", 1, (LINES, "row 1", "order")),
        (RULE, b"", 1, (RULE, "it is no JSON")),
        (RULE, b'{"classes": {}, "models": {}}', 1, (RULE, "classes")),
        (TOUCHES, "touch_id;ts_ms\n".encode("utf-16"), 1, (TOUCHES, "UTF-8")),
        (LINES, b"order;line;ts_ms;actor;product;brand;net_cents\n", 1, (LINES, "column order")),
        (LINES, b"order,line,ts_ms,actor,product,brand,net_cents\no,1,x,u,p,b,1\n", 1, ("row 2",)),
        (LINES, b"\x00\x01\x02", 1, (LINES,)),
        (TOUCHES, b"\xff\xfe\xfd", 1, ("UTF-8",)),
    ],
)
def test_what_cannot_be_used_is_named_on_standard_error(
    folder: Path, name: str, content: bytes, code: int, words: tuple[str, ...]
):
    (folder / name).write_bytes(content)

    said = replay(folder)

    assert (said.code, said.out) == (code, "")
    assert "What to do:" in said.told
    assert [word for word in words if word not in said.told] == []


def test_a_model_that_nobody_knows_is_named(folder: Path):
    rewrite(folder, RULE, lambda text: text.replace(b'"linear"', b'"guess"'))

    said = replay(folder)

    assert (said.code, said.out) == (1, "")
    assert "there is no model guess" in said.told


def test_files_without_rows_give_a_header(folder: Path):
    rewrite(folder, LINES, lambda text: text.splitlines(keepends=True)[0])
    assert replay(folder).out == golden("default_expected.csv").splitlines(keepends=True)[0]
    rewrite(folder, TOUCHES, lambda text: text.splitlines(keepends=True)[0])
    assert replay(folder, "--verdicts").out == "order,touch,verdict\n"


def test_a_file_that_is_not_there_is_a_matter_of_usage(folder: Path):
    (folder / RULE).unlink()

    said = replay(folder)

    assert (said.code, said.out) == (2, "")
    assert run({}, "attribution", "replay").code == 2


def test_many_rows_are_replayed_alike(folder: Path):
    # The same world thirty times over, each with names of its own.
    def many(text: bytes, columns: tuple[int, ...]) -> bytes:
        header, *rows = text.decode().splitlines()
        made = [header]
        for copy in range(30):
            for row in rows:
                cells = row.split(",")
                for place in columns:
                    cells[place] += f"-{copy:02}"
                made.append(",".join(cells))
        return "\n".join(made).encode()

    rewrite(folder, TOUCHES, lambda text: many(text, (0, 7)))
    rewrite(folder, LINES, lambda text: many(text, (0, 3)))

    said = replay(folder)

    _, *rows = golden("default_expected.csv").splitlines()
    found = said.out.splitlines()[1:]
    assert len(found) == 30 * len(rows)
    assert "\n".join(found[-len(rows) :]).replace("-29", "") == "\n".join(rows)
