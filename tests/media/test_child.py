"""The picture child answers, dies alone, and is followed by another."""

import io
import os
import signal
import threading
import time
from collections.abc import Generator
from pathlib import Path

import pytest
from PIL import Image

from media.child import PictureChild, PictureRefused, PictureWorkerDown
from tests.support.waiting import wait_until


def _jpeg(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 80).convert("RGB").save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.fixture
def child() -> Generator[PictureChild]:
    made = PictureChild()
    yield made
    made.close()


def test_renders_in_a_process_of_its_own(child: PictureChild) -> None:
    seen = child.render(_jpeg(640, 480))

    assert (seen.width, seen.height) == (640, 480)
    assert set(seen.renditions) == {360, 720, 1080}
    assert child.pid not in {None, os.getpid()}


def test_refuses_by_code_and_goes_on(child: PictureChild) -> None:
    with pytest.raises(PictureRefused) as refused:
        child.render(b"no picture")

    assert refused.value.code == "picture-unsupported"
    assert child.render(_jpeg(100, 100)).width == 100


def test_killed_while_it_works_it_still_answers(child: PictureChild) -> None:
    picture = _jpeg(4000, 3000)
    child.render(_jpeg(100, 100))
    answers: list[int] = []
    asking = threading.Thread(target=lambda: answers.append(child.render(picture).width))
    asking.start()
    assert wait_until(lambda: child.busy, 5)
    first = child.pid
    assert first is not None
    assert wait_until(lambda: _cpu_seconds(first) > 0.3, 5)

    os.kill(first, signal.SIGKILL)

    asking.join(20)
    assert answers == [4000]
    assert child.pid != first
    assert child.render(_jpeg(100, 100)).width == 100


def test_a_picture_that_takes_too_long_is_given_up(child: PictureChild) -> None:
    child.render(_jpeg(100, 100))

    with pytest.raises(PictureWorkerDown, match="over"):
        child.render(_jpeg(4000, 3000), seconds=0.01)

    assert child.render(_jpeg(100, 100)).width == 100


def test_a_child_that_never_works_is_given_up_after_the_second_try() -> None:
    broken = PictureChild(lambda: ["/bin/false"])

    with pytest.raises(PictureWorkerDown, match="twice"):
        broken.render(b"anything")

    broken.close()


def test_closing_leaves_no_thread_and_no_process(child: PictureChild) -> None:
    child.render(_jpeg(100, 100))
    process = child.pid
    assert process is not None

    child.close()

    assert "pictures" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_a_bomb_costs_the_caller_neither_time_nor_memory(child: PictureChild) -> None:
    small = io.BytesIO()
    Image.new("1", (16_000, 16_000)).save(small, "PNG")
    child.render(_jpeg(100, 100))
    begun = time.monotonic()

    with pytest.raises(PictureRefused) as refused:
        child.render(small.getvalue())

    assert refused.value.code == "picture-too-many-pixels"
    assert time.monotonic() - begun < 5


def _cpu_seconds(process: int) -> float:
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
