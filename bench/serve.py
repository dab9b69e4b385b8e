"""Serve a WSGI target as `trove web` does: granian, so many processes and blocking threads."""

import argparse

from granian import Granian
from granian.constants import Interfaces
from granian.http import HTTP1Settings

from app.cli.processes import HEADER_TIMEOUT_MS
from app.platform.process import end_with_parent


def main() -> None:
    """Serve until told to stop."""
    words = argparse.ArgumentParser()
    words.add_argument("target")
    words.add_argument("--port", type=int, required=True)
    words.add_argument("--threads", type=int, required=True)
    words.add_argument("--processes", type=int, default=1)
    given = words.parse_args()
    end_with_parent()
    Granian(
        given.target,
        address="127.0.0.1",
        port=given.port,
        interface=Interfaces.WSGI,
        workers=given.processes,
        blocking_threads=given.threads,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        workers_kill_timeout=5,
        log_enabled=False,
        websockets=False,
    ).serve()


if __name__ == "__main__":
    main()
