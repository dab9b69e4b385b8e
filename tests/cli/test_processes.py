"""`trove run`, `web` and `worker` as real processes: who may start, how they end, what is left."""

import json
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.support.engines import one_mode
from tests.support.processes import (
    START_SECONDS,
    Installation,
    Running,
    all_gone,
    family,
    installation,
)
from tests.support.town import picture_bytes
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, one_mode, pytest.mark.allow_hosts(["127.0.0.1"])]

SOON_SECONDS = 20
"""Until something small is seen, however busy the machine is."""


@pytest.fixture
def place(tmp_path: Path) -> Generator[Installation]:
    with installation(tmp_path) as made:
        yield made


def upload(place: Installation) -> Running:
    """Upload a picture; return the process that worked on it."""
    sent = place.send(
        "POST",
        "/api/v1/pictures",
        files={"file": ("it.png", picture_bytes(), "image/png")},
        headers={"Authorization": f"Bearer {place.token()}"},
    )
    assert sent.status_code == 201, sent.text
    running = [one for started in place.started for one in started.family()]
    return next(one for one in running if "media.decode" in one.command)


def named(running: list[Running], words: str) -> Running:
    """Return the one whose command has ``words``."""
    return next(one for one in running if words in one.command)


def half_sent(place: Installation) -> socket.socket:
    """Begin a request that the site is working on: it waits for the rest of the body."""
    open_ = socket.create_connection(("127.0.0.1", place.port), timeout=20)
    head = "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    open_.sendall(f"{head}Content-Length: 40\r\nConnection: close\r\n\r\n{{".encode())
    return open_


def test_what_is_under_way_is_finished_before_the_end(place: Installation) -> None:
    for how in (signal.SIGTERM, signal.SIGINT):
        started = place.serve()
        upload(place)
        running = started.family()
        with half_sent(place) as open_:
            started.process.send_signal(how)
            assert wait_until(lambda: not place.listens, SOON_SECONDS)

            open_.sendall(json.dumps({"login": "nobody", "password": "no"}).encode().ljust(40)[1:])
            answer = b"".join(iter(lambda: open_.recv(65_536), b""))

        assert answer.startswith(b"HTTP/1.1 401 "), answer
        assert started.end(how) == 0
        assert all_gone(running)
        assert "Traceback" not in started.told


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_an_end_in_the_middle_of_the_start_is_an_end(place: Installation, how: int) -> None:
    place.migrate()
    started = place.start("run")
    assert wait_until(lambda: "play money" in started.told, SOON_SECONDS)
    assert wait_until(lambda: len(started.family()) >= 4, SOON_SECONDS)
    running = started.family()

    assert started.end(how) == 0

    assert all_gone(running)
    assert "Traceback" not in started.told


def test_nothing_is_left_behind_a_killed_supervisor_and_the_next_one_serves(
    place: Installation,
) -> None:
    started = place.serve()
    child = upload(place)
    running = started.family()
    assert len(running) >= 6, [one.command for one in running]

    started.kill()
    again = place.start("run")

    assert all_gone(running), [one.command for one in running if one.alive]
    assert not child.alive
    assert wait_until(lambda: place.answers or again.process.poll() is not None, START_SECONDS)
    assert again.process.poll() is None, again.told


def test_nothing_is_left_behind_a_supervisor_killed_in_the_middle_of_the_start(
    place: Installation,
) -> None:
    place.migrate()
    for least in (2, 3, 4, 5):
        started = place.start("run")
        assert wait_until(lambda: len(started.family()) >= least, SOON_SECONDS)  # noqa: B023 - asked at once
        running = started.family()
        started.kill()
        assert all_gone(running), [one.command for one in running if one.alive]


def test_what_dies_is_started_again_and_leaves_nothing_behind(place: Installation) -> None:
    started = place.serve()
    upload(place)
    running = started.family()
    for words in ("trove worker", "granian wsgi", "providers.bank"):
        one = named(running, words)
        below = family(one.pid)
        signal_ = signal.SIGKILL
        import os

        os.kill(one.pid, signal_)
        assert all_gone(below), [left.command for left in below if left.alive]

    def whole() -> bool:
        commands = " ".join(one.command for one in started.family())
        return all(words in commands for words in ("trove worker", "worker-1", "providers.bank"))

    assert wait_until(lambda: whole() and place.answers, START_SECONDS)
    assert "web ended with status" in started.told
    assert started.end() == 0


def test_who_is_started_by_somebody_gone_serves_on(place: Installation) -> None:
    """A service manager, or the init of a container, is no parent to end with."""
    place.migrate()
    command = (
        f'"{sys.executable}" -m app.cli.main web & "{sys.executable}" -m app.cli.main worker &'
    )
    shell = subprocess.run(
        ["sh", "-c", f"{command} echo started"],
        env=place.environment,
        cwd=place.folder.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
    )
    assert shell.returncode == 0
    assert wait_until(lambda: place.answers, START_SECONDS)
    holders = [int((place.folder / f"{duty}.pid").read_text()) for duty in ("web", "worker")]
    running = [one for pid in holders for one in family(pid)]
    try:
        assert all(one.alive for one in running)
    finally:
        import os

        for pid in holders:
            os.kill(pid, signal.SIGTERM)
    assert all_gone(running)


def test_a_second_one_on_the_folder_or_the_port_is_refused(
    place: Installation, tmp_path: Path
) -> None:
    first = place.serve()
    other_port = Installation(place.folder)
    other_folder = Installation(tmp_path / "other", port=place.port)
    other_bank = Installation(tmp_path / "third", bank_port=place.bank_port)
    beside = Installation(
        tmp_path / "beside", {"TROVE_DATABASE_URL": f"sqlite:///{place.folder}/trove.sqlite"}
    )
    refused = {
        "the supervisor of": other_port.start("run"),
        "the web of": other_port.start("web"),
        "the worker of": other_port.start("worker"),
        "set TROVE_PORT": other_folder.start("run"),
        "set TROVE_SANDBOX_PORT": other_bank.start("run"),
        f"the supervisor of {place.folder}": beside.start("run"),
        f"the web of {place.folder}": beside.start("web"),
        f"the worker of {place.folder}": beside.start("worker"),
    }

    for words, one in refused.items():
        assert one.status() == 1, one.told
        assert one.told.startswith("trove: "), one.told
        assert one.told.count("\n") == 2, one.told
        assert "What to do: " in one.told
        assert words in one.told
    assert str(first.process.pid) in refused["the supervisor of"].told
    assert place.answers
    assert first.process.poll() is None


def test_a_port_of_a_stranger_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        place = Installation(tmp_path / "data", port=stranger.getsockname()[1])

        for words in (("run",), ("demo", "up")):
            started = place.start(*words)
            assert started.status() == 1
            assert f"127.0.0.1:{place.port} cannot be used" in started.told

    assert not (place.folder / "trove.sqlite").exists()


def newer(place: Installation) -> str:
    with sqlite3.connect(place.folder / "trove.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999_tomorrow'")
    database.close()
    return "newer than the code"


def torn_keys(place: Installation) -> str:
    (place.folder / "keys.json").write_text("{}")
    return "cannot be read as a key ring"


def no_database(place: Installation) -> str:
    (place.folder / "trove.sqlite").write_bytes(b"this is no database, and never was one" * 90)
    return "cannot be read"


def other_analysis(place: Installation) -> str:
    search = place.folder / "search"
    search.mkdir(exist_ok=True)
    (search / "CURRENT").write_text('{"folder": "v0", "analysis": "of another time"}')
    return "trove reindex"


@pytest.mark.parametrize("spoil", [newer, torn_keys, no_database, other_analysis])
def test_what_cannot_work_is_refused_at_the_start_in_one_line(place: Installation, spoil) -> None:
    place.migrate()
    words = spoil(place)

    for command in ("run", "web", "worker"):
        started = place.start(command)
        status = started.status()
        said = [line for line in started.told.splitlines() if line.startswith("trove: ")]

        assert status in (1, 2), started.told
        assert said, started.told
        assert any(words in line for line in started.told.splitlines()), started.told
        assert "What to do: " in started.told
        assert "Traceback" not in started.told
        assert "starting it again" not in started.told
