"""The picture child: `python -m media.decode`. Bytes in, bytes out; it opens nothing else.

Frames on both pipes: eight hexadecimal digits, the length of a JSON header, the header, and the
blobs whose lengths it lists.
"""

import contextlib
import ctypes
import json
import os
import resource
import signal
import sys
from typing import IO

MEMORY_BYTES_MAX = 768 << 20
"""Lets an 81-megapixel PNG through, and stops what pretends to be small."""

CPU_SECONDS_MAX = 300
"""For the child's whole life, which is a hundred pictures."""

PR_SET_PDEATHSIG = 1


def send(pipe: IO[bytes], header: dict[str, object], blobs: tuple[bytes, ...] = ()) -> None:
    """Write one frame."""
    said = json.dumps({**header, "lengths": [len(blob) for blob in blobs]}).encode()
    pipe.write(b"%08x" % len(said) + said)
    pipe.writelines(blobs)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, object], list[bytes]] | None:
    """Read one frame; None when the other side has ended."""
    length = pipe.read(8)
    if len(length) < 8:
        return None
    header = json.loads(_exactly(pipe, int(length, 16)))
    return header, [_exactly(pipe, size) for size in header["lengths"]]


def main() -> None:
    """Render pictures until the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from media.pictures import Refused, render  # noqa: PLC0415 - after the limits, before the work

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    # Whatever a codec prints must not end up among the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    send(answers, {"ready": True})
    while (frame := receive(sys.stdin.buffer)) is not None:
        try:
            rendered = render(frame[1][0])
        except Refused as refused:
            send(answers, {"refused": refused.code})
        except MemoryError:
            send(answers, {"refused": "picture-too-many-pixels"})
        else:
            header = {
                "width": rendered.width,
                "height": rendered.height,
                "color": rendered.color,
                "widths": list(rendered.renditions),
            }
            send(answers, header, tuple(rendered.renditions.values()))


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    parts = []
    while size:
        part = pipe.read(size)
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError, EOFError):
        main()
