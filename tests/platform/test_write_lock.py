"""One writer over all processes: who cannot have the lock in time is told to come again."""

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from pathlib import Path

import pytest
from flask import Flask

from app.kernel.problems import Busy
from app.platform.writelock import DEADLINE_SECONDS, WriteLock
from app.settings import Settings
from app.web.problems import RETRY_SECONDS
from tests.platform.holding import holding_lock
from tests.support.engines import of_a_file
from tests.support.people import Person

HOME = {
    "recipient": "林夏",
    "phone": "+8613812341234",
    "region": "上海市",
    "street": "南京西路 1 号",
}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with limits, which speak of Retry-After too."""
    return settings.model_copy(update={"limits": True})


@pytest.fixture
def lock(settings: Settings) -> Path:
    return settings.database_path.with_suffix(".lock")


@pytest.fixture
def held(app: Flask, lock: Path) -> Generator[int]:
    """Have another process hold the lock; yield its id."""
    del app
    with holding_lock(lock) as other:
        yield other.pid


@of_a_file
@pytest.mark.slow
def test_while_another_process_writes_for_long_writes_are_told_to_wait(
    sign_up: Callable[..., Person], lock: Path
) -> None:
    ann = sign_up("ann")
    with holding_lock(lock) as other:
        begun = time.monotonic()
        refused = ann.client.post("/api/v1/me/addresses", json=HOME, headers=ann.bearer)
        took = time.monotonic() - begun

        assert refused.status_code == 503
        assert refused.json["code"] == "busy"
        assert refused.headers["Retry-After"] == str(RETRY_SECONDS)
        assert DEADLINE_SECONDS <= took < DEADLINE_SECONDS + 2
        assert ann.client.get("/api/v1/me", headers=ann.bearer).status_code == 200
        assert ann.client.get("/").status_code == 200
        assert other.poll() is None

    done = ann.client.post("/api/v1/me/addresses", json=HOME, headers=ann.bearer)
    assert done.status_code == 201, done.text
    assert "Retry-After" not in done.headers
    assert len(ann.client.get("/api/v1/me/addresses", headers=ann.bearer).json["items"]) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("app")
def test_a_process_that_was_stopped_with_the_lock_in_hand_hangs_nobody(held: int, lock: Path):
    os.kill(held, signal.SIGSTOP)
    try:
        with pytest.raises(Busy), WriteLock(lock).held():
            pass
    finally:
        os.kill(held, signal.SIGCONT)


def test_a_process_that_was_killed_with_the_lock_in_hand_gives_it_up(held: int, lock: Path) -> None:
    os.kill(held, signal.SIGKILL)

    with WriteLock(lock).held():
        pass


def test_writers_of_one_process_take_turns(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path / "x.lock")
    inside: list[int] = []
    most: list[int] = []

    def write() -> None:
        for _ in range(50):
            with lock.held():
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    writing = [threading.Thread(target=write) for _ in range(4)]
    for one in writing:
        one.start()
    for one in writing:
        one.join()

    assert max(most) == 1
    assert lock.generation == 400


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    lock = WriteLock(tmp_path / "x.lock")
    with pytest.raises(KeyError), lock.held():
        raise KeyError

    with WriteLock(tmp_path / "x.lock").held():
        pass
    assert (tmp_path / "x.lock").stat().st_mode & 0o777 == 0o600
