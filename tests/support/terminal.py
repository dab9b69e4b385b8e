"""`trove` commands in this process: what they print, where, and how they end."""

import contextvars
from collections.abc import Mapping
from dataclasses import dataclass

from click.testing import CliRunner

from app.cli.commands import trove


@dataclass(frozen=True)
class Said:
    """What a command answered (standard output), told (standard error), and its exit code."""

    code: int
    out: str
    told: str


def run(environment: Mapping[str, str], *words: str) -> Said:
    """Run `trove WORDS…` with these settings; an exception that nobody catches is raised."""
    context = contextvars.Context()
    done = context.run(
        lambda: CliRunner().invoke(trove, list(words), env=dict(environment), prog_name="trove")
    )
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Said(done.exit_code, done.stdout, done.stderr)
