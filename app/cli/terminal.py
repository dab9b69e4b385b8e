"""How commands speak: answers on standard output, everything else on standard error."""

import contextlib
import json
import os
import tempfile
import traceback
from collections.abc import Callable, Generator, Mapping
from typing import Any

import rich_click as click
from click.exceptions import Exit

from app.cli.refusals import Refused
from app.kernel.problems import Busy, Problem
from app.platform.keys import KeysRefused
from app.platform.process import AlreadyServing
from app.settings import Settings
from search.port import SearchDown


def tell(text: str) -> None:
    """Say something to whoever sits at the terminal, apart from what is the answer."""
    click.echo(text, err=True)


def answer(said: Mapping[str, Any], *, as_json: bool) -> None:
    """Print an answer: a line a member, or JSON."""
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False, default=str))
        return
    for name, value in said.items():
        click.echo(f"{name:>14}  {value}")


def stop(text: str, *, mend: str, code: int = 1) -> SystemExit:
    """Return the end of the process: what happened, and what to do."""
    click.echo(f"trove: {text}\n       What to do: {mend}", err=True)
    return SystemExit(code)


@contextlib.contextmanager
def told() -> Generator[None]:
    """Turn whatever ends the block into words, a mend and an exit status; never a traceback."""
    try:
        yield
    except (click.ClickException, click.Abort, Exit):
        raise
    except BrokenPipeError:
        # Whoever reads has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise SystemExit(0) from None
    except Exception as error:  # noqa: BLE001 - the outermost edge of the command line
        why = _why(error)
        raise stop(str(why), mend=why.mend, code=why.code) from None


def _why(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    for kind, words in _WORDS.items():
        if isinstance(error, kind):
            return words(error)
    with tempfile.NamedTemporaryFile("w", prefix="trove-fault-", suffix=".txt", delete=False) as to:
        to.write("".join(traceback.format_exception(error)))
    text = f"unexpected: {type(error).__name__} ({to.name} has the details)"
    return Refused(text, mend="try again; if it goes on, tell us, with that file", code=1)


def _named(problem: Problem) -> str:
    """Return what a problem is about: the fields that are wrong, or else its code."""
    faults = problem.facts.get("errors", ())
    said = [f"{one['pointer'].strip('/')}: {one['detail']}" for one in faults]
    return " · ".join(said) or problem.code


def _of_the_system(error: Any) -> Refused:
    text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return Refused(text, mend="see that it is there, is yours, and has room", code=1)


_WORDS: dict[type[Exception], Callable[[Any], Refused]] = {
    AlreadyServing: lambda error: Refused(
        str(error), mend="end the other process, or use another folder or port", code=1
    ),
    KeysRefused: lambda error: Refused(str(error), mend="restore keys.json from a backup"),
    SearchDown: lambda error: Refused(
        str(error), mend="end the other process, or run `trove reindex`", code=1
    ),
    Busy: lambda _error: Refused(
        "the database cannot be reached, or others write for too long",
        mend="try again in a moment; `trove doctor` tells more",
        code=1,
    ),
    Problem: lambda error: Refused(
        f"{error.title} ({_named(error)})", mend=error.hint or "see /developers/errors", code=1
    ),
    OSError: _of_the_system,
}
"""What each expected end means to whoever sits at the terminal; the first that fits."""


class Commands(click.RichGroup):
    """A group of commands that end with words, whatever happens in them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with told():
            return super().invoke(ctx)


def current(settings: Settings, *, index_writes: bool = False) -> Any:
    """Return the application for a command that needs a database of this code's revision."""
    from app.cli import database

    database.check_revision(settings)
    return wired(settings, index_writes=index_writes)


def wired(settings: Settings, *, index_writes: bool = False) -> Any:
    """Return the application for a command; when the command ends, it gives back what it holds."""
    from app.factory import close, create_app

    app = create_app(settings, index_writes=index_writes, patient=True)

    def end() -> None:
        # Somebody else is writing for long: then the process ends without the last tidying up.
        with contextlib.suppress(Busy):
            close(app)

    command = click.get_current_context(silent=True)
    if command is not None:
        command.call_on_close(end)
    return app
