"""The sandbox provider in a process of its own, to be started, killed and started again."""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.waiting import wait_until

START_SECONDS = 20


@dataclass
class Sandbox:
    """The program: its folder, port and secret, and where it sends its notices."""

    folder: Path
    port: int
    secret: bytes
    notify_url: str
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        secret = self.folder / "secret"
        secret.write_text(self.secret.hex())
        command = [sys.executable, "-m", "app.orders.providers.bank", "--data", str(self.folder)]
        command += ["--port", str(self.port), "--secret-file", str(secret)]
        command += ["--notify-url", self.notify_url]
        self.process = subprocess.Popen(command)
        assert wait_until(lambda: self.answers, START_SECONDS), "the sandbox did not start"

    def kill(self) -> None:
        """End it as a crash would: it learns nothing of it."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.wait_for_death()

    def wait_for_death(self) -> None:
        """Wait until it is dead, by whatever hand."""
        assert self.process is not None
        assert self.process.wait(START_SECONDS) == -signal.SIGKILL

    def stop(self) -> None:
        """End it in order, if it runs."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(START_SECONDS)

    @property
    def unsent(self) -> int:
        """How many notices the site has not taken yet."""
        address = f"http://127.0.0.1:{self.port}/health"
        with urllib.request.urlopen(address, timeout=5) as answer:
            return int(json.load(answer)["unsent"])

    @property
    def answers(self) -> bool:
        """Whether it can be reached."""
        try:
            return self.unsent >= 0
        except OSError:
            return False

    @property
    def came(self) -> list[tuple[str, int]]:
        """Every transaction that it took in, and its sum, from its own file."""
        return self._rows("SELECT txn_id, amount_fen FROM txn ORDER BY rowid")

    @property
    def went(self) -> list[tuple[str, int]]:
        """Every refund that it sent: of which transaction, how much."""
        return self._rows(
            "SELECT txn_id, amount_fen FROM refund WHERE state = 'succeeded' ORDER BY rowid"
        )

    def _rows(self, statement: str) -> list[tuple[str, int]]:
        file = f"file:{self.folder / 'sandbox.sqlite'}?mode=ro"
        with contextlib.closing(sqlite3.connect(file, uri=True)) as connection:
            return connection.execute(statement).fetchall()
