"""Another process that holds the write lock."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

HOLD = """
import sys
from pathlib import Path
from app.platform.writelock import WriteLock
with WriteLock(Path(sys.argv[1])).held():
    print("held", flush=True)
    sys.stdin.readline()
"""


@contextmanager
def holding_lock(path: Path) -> Generator["subprocess.Popen[bytes]"]:
    """Have a process of its own hold the lock at ``path`` for the block."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        try:
            assert other.stdout
            assert other.stdout.readline() == b"held\n"
            yield other
        finally:
            other.kill()
