"""Waiting for something to become true, with an end."""

import time
from collections.abc import Callable


def wait_until(is_true: Callable[[], object], seconds: float, *, every: float = 0.005) -> bool:
    """Ask ``every`` so many seconds until ``is_true`` or ``seconds`` are over; tell which."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_true():
            return True
        time.sleep(every)
    return bool(is_true())
