"""Over a served site: every odd file answers as agreed, and a killed child takes nobody with it."""

import csv
import io
import os
import signal
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from app.pictures.errors import BY_CODE
from tests.support.processes import Installation, Running, installation
from tests.support.shared_data import shared_data
from tests.support.waiting import wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.allow_hosts(["127.0.0.1"]),
]

NO_PICTURES = {"LICENSE", "SOURCE.txt", "verdicts.csv"}
READ = ("/", "/api/v1/feed", "/search?q=tea", "/u/nobody")
START_CPU_SECONDS = 0.25
"""More than a child needs to be there: it reads the codecs in."""

TRIES = 3

BUSY_CPU_SECONDS = 0.2
"""What is on top of that goes into a picture."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Generator[Installation]:
    with installation(tmp_path_factory.mktemp("live"), TROVE_LIMITS="false") as made:
        made.serve()
        yield made


@dataclass
class Readers:
    """What readers were answered, by status; they go on until they are told to stop."""

    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """How many were answered by now."""
        return self.statuses.total()


@contextmanager
def readers(place: Installation, many: int = 2) -> Generator[Readers]:
    """Have readers ask for pages, one after the other, until the block ends."""
    seen, stop = Readers(), threading.Event()

    def read() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{place.port}", trust_env=False) as client:
            while not stop.is_set():
                for path in READ:
                    seen.statuses[client.get(path, timeout=20).status_code] += 1

    threads = [threading.Thread(target=read) for _ in range(many)]
    for thread in threads:
        thread.start()
    try:
        yield seen
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)
    assert set(seen.statuses) == {200, 404}, seen.statuses
    assert seen.statuses[404] * (len(READ) - 1) == seen.statuses[200]


@dataclass
class Upload:
    """An upload under way in a thread of its own."""

    thread: threading.Thread
    answers: list[httpx.Response]

    def answer(self) -> httpx.Response:
        """Wait for the answer."""
        self.thread.join(60)
        return self.answers[0]


def start_upload(place: Installation, token: str, data: bytes) -> Upload:
    """Begin to upload a file."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(send(place, token, data)))
    thread.start()
    return Upload(thread, answers)


def send(place: Installation, token: str, data: bytes) -> httpx.Response:
    """Upload a file; return the answer."""
    return place.send(
        "POST",
        "/api/v1/pictures",
        files={"file": ("it", data, "application/octet-stream")},
        headers={"Authorization": f"Bearer {token}"},
    )


def large() -> bytes:
    """Return a picture that takes seconds."""
    grain = Image.frombytes("RGB", (1000, 800), os.urandom(1000 * 800 * 3))
    out = io.BytesIO()
    grain.resize((9000, 7000), Image.Resampling.BILINEAR).save(out, "JPEG", quality=60)
    return out.getvalue()


def busy_child(place: Installation, *, other_than: Running | None = None) -> Running:
    """Return the picture child, when it is proven to work on a picture."""
    at_rest = {one: _cpu_seconds(one.pid) for one in children(place)}
    found: list[Running] = []

    def is_busy() -> bool:
        found[:] = [
            one
            for one in children(place)
            if one != other_than
            and _cpu_seconds(one.pid)
            > max(START_CPU_SECONDS, at_rest.get(one, 0)) + BUSY_CPU_SECONDS
        ]
        return bool(found)

    assert wait_until(is_busy, 40), "the child was never busy"
    return found[0]


def children(place: Installation) -> list[Running]:
    """Return the picture children that run."""
    running = [one for started in place.started for one in started.family()]
    return [one for one in running if "media.decode" in one.command]


def _cpu_seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _small() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (90, 120), "teal").save(out, "PNG")
    return out.getvalue()


def _expected(row: dict[str, str]) -> tuple[Any, ...]:
    if row["verdict"] == "accepted":
        return (201, int(row["upright_width"]), int(row["upright_height"]))
    return (BY_CODE[row["code"]].status, row["code"])


def _said(answer: httpx.Response) -> tuple[Any, ...]:
    body = answer.json()
    if answer.status_code == 201:
        return (201, body["width"], body["height"])
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["hint"]
    return (answer.status_code, body["code"])


def test_every_odd_file_answers_as_agreed_while_others_read(place: Installation) -> None:
    folder = shared_data("photos_edge_cases")
    rows = list(csv.DictReader((folder / "verdicts.csv").read_text().splitlines()))
    assert {row["file"] for row in rows} == {one.name for one in folder.iterdir()} - NO_PICTURES
    token = place.token()

    with readers(place) as seen:
        said = {
            row["file"]: _said(send(place, token, (folder / row["file"]).read_bytes()))
            for row in rows
        }

    assert said == {row["file"]: _expected(row) for row in rows}
    assert seen.answered > len(rows)


def killed_twice(place: Installation, token: str, picture: bytes) -> httpx.Response:
    """Upload while two children that work on it are killed; return the answer.

    It is 201 where the second had done its work in the moment before.
    """
    with readers(place) as seen:
        upload = start_upload(place, token, picture)
        first = busy_child(place)
        os.kill(first.pid, signal.SIGKILL)
        second = busy_child(place, other_than=first)
        before = seen.answered
        os.kill(second.pid, signal.SIGKILL)
        answer = upload.answer()
        assert wait_until(lambda: seen.answered > before + 4, 20)
    return answer


def test_a_child_killed_while_it_works_takes_nobody_with_it(place: Installation) -> None:
    token, picture = place.token(), large()
    assert send(place, token, _small()).status_code == 201

    answer = next(
        said
        for said in (killed_twice(place, token, picture) for _ in range(TRIES))
        if said.is_error
    )

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (503, "picture-not-processed")
    assert problem["hint"]
    again = send(place, token, picture)
    assert (again.status_code, again.json()["width"]) == (201, 9000)


def test_a_child_killed_once_is_replaced_within_the_upload(place: Installation) -> None:
    token, picture = place.token(), large()

    with readers(place):
        upload = start_upload(place, token, picture)
        os.kill(busy_child(place).pid, signal.SIGKILL)
        answer = upload.answer()

    assert (answer.status_code, answer.json()["width"]) == (201, 9000)


def test_a_child_that_stands_still_is_given_up(place: Installation) -> None:
    token, picture = place.token(), large()

    with readers(place) as seen:
        upload = start_upload(place, token, picture)
        child = busy_child(place)
        os.kill(child.pid, signal.SIGSTOP)
        before = seen.answered
        answer = upload.answer()

    assert (answer.status_code, answer.json()["code"]) == (503, "picture-not-processed")
    assert seen.answered > before
    assert not child.alive
    assert send(place, token, picture).status_code == 201
