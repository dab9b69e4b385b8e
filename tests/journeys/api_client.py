"""A client that openapi-python-client makes of the document of a running site, and its steps."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
REQUIREMENTS = HERE / "client-requirements.txt"
STEPS = HERE / "client_steps.py"
NAME = "trove_client"


@dataclass(frozen=True)
class Steps:
    """The process in which the generated client lives."""

    process: "subprocess.Popen[str]"
    log: Path

    def __call__(self, who: str, step: str, **given: Any) -> Any:
        """Let somebody take a step; return what they saw."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = json.dumps({"who": who, "step": step, "given": given})
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline()
        assert said, f"{line}\n{self.log.read_text()}"
        return json.loads(said)


def environment_of_client() -> Path:
    """Return a Python with the generator in it: made once for what is pinned.

    Where packages cannot be had the test is skipped; in CI (TROVE_CI=1) it fails.
    """
    pinned = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = ROOT / "build" / f"client-{pinned}"
    python, stamp = folder / "bin" / "python", folder / "ready"
    if not stamp.exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
        done = _run([*install, "-r", str(REQUIREMENTS)])
        if done.returncode:
            reason = f"the generator of clients cannot be installed:\n{done.stderr}"
            if os.environ.get("TROVE_CI") == "1":
                pytest.fail(reason)
            pytest.skip(reason)
        stamp.touch()
    return python


def generate(python: Path, document: Path, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Make a client of a document in ``folder``; any warning fails it."""
    command = [str(python), "-W", "error", "-m", "openapi_python_client", "generate"]
    command += ["--path", str(document), "--output-path", str(folder / NAME)]
    return _run(
        [*command, "--meta", "none", "--fail-on-warning"],
        # It tidies what it wrote with the ruff of its own environment.
        PATH=f"{python.parent}{os.pathsep}{os.environ['PATH']}",
    )


@contextmanager
def steps_of(python: Path, folder: Path, origin: str) -> Generator[Steps]:
    """Start the steps with the client in ``folder`` at ``origin``; warnings are errors there."""
    log = folder / "steps.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [str(python), "-W", "error", str(STEPS), origin],
            env={**os.environ, "PYTHONPATH": str(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    # Leaving closes what it reads, so that it ends, and waits for it.
    with process:
        yield Steps(process, log)
    assert process.returncode == 0, log.read_text()


def _run(command: list[str], **more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, env={**os.environ, **more}, capture_output=True, text=True, check=False
    )
