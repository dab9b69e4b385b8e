"""`trove` on a machine whose clock is set back and forth: `python -m tests.kills.shifted WORDS…`.

The file that `CLOCK_FILE` names holds by how many seconds. What measures how long something takes
goes on, as it does on a machine.
"""

import os
import sys
import time
from datetime import datetime, tzinfo
from pathlib import Path

from app.platform import clock

TRUE = time.time
FILE = Path(os.environ["CLOCK_FILE"])


def _now_s() -> float:
    return TRUE() + float(FILE.read_text())


class _Machine(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "datetime":  # type: ignore[override]
        return datetime.fromtimestamp(_now_s(), tz)


time.time = _now_s
time.time_ns = lambda: int(_now_s() * 1e9)
clock.datetime = _Machine  # type: ignore[misc]

if __name__ == "__main__":
    from app.cli.main import main

    sys.exit(main())
