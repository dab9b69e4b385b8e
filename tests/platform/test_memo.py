"""What is recalled is what the database says now: every commit, of any process, makes it void."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from app.platform.memo import KEPT_MAX, recall
from app.platform.uow import Snapshot, snapshot, unit_of_work
from app.platform.writelock import WriteLock
from app.settings import Settings
from tests.support import engines
from tests.support.engines import of_a_file

TRIES = 200

WRITER = """
import sys, os
from app.platform.writelock import WriteLock
from pathlib import Path
with WriteLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_an_answer_is_recalled_until_somebody_commits(app: Flask):
    del app
    _rows(1)
    assert _count() == (1, "read")
    assert _kept() == 1
    _rows(1)
    assert _count() == (2, "read")
    assert _kept() == 2


def test_a_rolled_back_write_costs_a_read_and_changes_nothing(app: Flask):
    del app
    _rows(1)
    _count()
    try:
        with unit_of_work() as uow:
            uow.change(text("INSERT INTO memo_test VALUES (9)"))
            raise KeyError
    except KeyError:
        pass
    assert _count() == (1, "read")


def test_what_is_not_committed_changes_nothing(app: Flask):
    del app
    _rows(1)
    with unit_of_work() as uow:
        uow.change(text("INSERT INTO memo_test VALUES (9)"))
        assert _count()[0] == 1
        assert _count()[0] == 1
    assert _count() == (2, "read")
    assert _kept() == 2


@of_a_file
def test_nothing_is_kept_while_somebody_writes(app: Flask):
    del app
    _rows(1)
    with unit_of_work() as uow:
        uow.change(text("INSERT INTO memo_test VALUES (9)"))
        assert _count() == (1, "read")
        assert _count() == (1, "read")
    assert _count() == (2, "read")


def test_a_view_that_was_begun_before_keeps_nothing(app: Flask):
    del app
    _rows(1)
    with snapshot() as old:
        old.value(text("SELECT count(*) FROM memo_test"))
        _rows(1)
        assert recall(old, "count", lambda: _read(old)) == 1
    assert _count() == (2, "read")


@of_a_file
def test_a_commit_of_another_process_counts(app: Flask, settings: Settings):
    del app
    _rows(1)
    _count()
    assert _kept() == 1
    with _writer(settings.database_path.with_suffix(".lock")) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        assert _count() == (1, "read")
        other.communicate(b"\n", timeout=10)
    assert _count() == (1, "read")
    assert _kept() == 1


@of_a_file
def test_a_killed_writer_stops_the_keeping_until_the_next_write(app: Flask, settings: Settings):
    del app
    _rows(1)
    with _writer(settings.database_path.with_suffix(".lock")) as other:
        assert other.stdout
        assert other.stdout.readline() == b"held\n"
        os.kill(other.pid, signal.SIGKILL)
    _count()
    assert _count() == (1, "read")
    _rows(1)
    _count()
    assert _kept() == 2


@of_a_file
def test_the_oldest_makes_room(app: Flask):
    _rows(1)
    for number in range(KEPT_MAX + 1):
        with snapshot() as view:
            recall(view, number, lambda view=view: _read(view))
    memo = app.extensions["trove_memo"]
    generation = WriteLock(_lock(app)).generation
    assert generation is not None
    assert memo.find(0, generation) is None
    assert memo.find(1, generation) == memo.find(KEPT_MAX, generation) == 1


def _rows(count: int) -> None:
    with unit_of_work() as uow:
        uow.change(text("CREATE TABLE IF NOT EXISTS memo_test (n INTEGER)"))
        for number in range(count):
            uow.change(text("INSERT INTO memo_test VALUES (:n)"), {"n": number})


def _count() -> tuple[int, str]:
    """Return how many rows there are, and whether that was read or kept."""
    said: list[str] = []

    def read() -> int:
        said.append("read")
        return _read(view)

    with snapshot() as view:
        found = recall(view, "count", read)
    return found, "".join(said) or "kept"


def _kept() -> int:
    """Return how many rows there are, told without reading.

    On a server with other databases a commit in any of them costs a read: it is asked again.
    """
    for _ in range(TRIES if engines.SCALE else 1):
        found, how = _count()
        if how == "kept":
            return found
    raise AssertionError("read each time")


def _read(view: Snapshot) -> int:
    return int(view.value(text("SELECT count(*) FROM memo_test")))


def _lock(app: Flask) -> Path:
    settings: Settings = app.config["TROVE_SETTINGS"]
    return settings.database_path.with_suffix(".lock")


def _writer(path: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", WRITER, str(path)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
