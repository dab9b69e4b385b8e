"""How a command that cannot do what it should ends: with words, a mend and an exit status.

What supervises and what serves say so too: nothing of the command line is loaded for it.
"""

import contextlib
import os
import sys
import tempfile
import traceback
from collections.abc import Callable, Generator, Iterator
from typing import Any

from app.platform.process import AlreadyServing


class Refused(Exception):
    """This installation cannot work as it is; the text says why, ``mend`` what to do."""

    def __init__(self, text: str, *, mend: str, code: int = 2) -> None:
        """Keep the mend, and how the process ends."""
        super().__init__(text)
        self.mend, self.code = mend, code


def tell(text: str) -> None:
    """Say something to whoever sits at the terminal, apart from what is the answer."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def stop(text: str, *, mend: str, code: int = 1) -> SystemExit:
    """Return the end of the process: what happened, and what to do."""
    tell(f"trove: {text}\n       What to do: {mend}")
    return SystemExit(code)


@contextlib.contextmanager
def told(*passing: type[BaseException]) -> Generator[None]:
    """Turn whatever ends the block into words, a mend and an exit status; never a traceback.

    Those of the kinds ``passing`` pass.
    """
    try:
        yield
    except passing:
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
    for kind, words in _words():
        if isinstance(error, kind):
            return words(error)
    with tempfile.NamedTemporaryFile("w", prefix="trove-fault-", suffix=".txt", delete=False) as to:
        to.write("".join(traceback.format_exception(error)))
    text = f"unexpected: {type(error).__name__} ({to.name} has the details)"
    return Refused(text, mend="try again; if it goes on, tell us, with that file", code=1)


def _words() -> Iterator[tuple[type[Exception], Callable[[Any], Refused]]]:
    """Yield what each expected end means to whoever sits at the terminal; the first that fits."""
    from app.kernel.problems import Busy, Problem
    from app.platform.keys import KeysRefused
    from search.port import SearchDown

    yield (
        AlreadyServing,
        lambda error: Refused(
            str(error), mend="end the other process, or use another folder or port", code=1
        ),
    )
    yield KeysRefused, lambda error: Refused(str(error), mend="restore keys.json from a backup")
    yield (
        SearchDown,
        lambda error: Refused(
            str(error), mend="end the other process, or run `trove reindex`", code=1
        ),
    )
    yield (
        Busy,
        lambda _error: Refused(
            "the database cannot be reached, or others write for too long",
            mend="try again in a moment; `trove doctor` tells more",
            code=1,
        ),
    )
    yield (
        Problem,
        lambda error: Refused(
            f"{error.title} ({_named(error)})", mend=error.hint or "see /developers/errors", code=1
        ),
    )
    yield OSError, _of_the_system


def _named(problem: Any) -> str:
    """Return what a problem is about: the fields that are wrong, or else its code."""
    faults = problem.facts.get("errors", ())
    said = [f"{one['pointer'].strip('/')}: {one['detail']}" for one in faults]
    return " · ".join(said) or problem.code


def _of_the_system(error: Any) -> Refused:
    text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return Refused(text, mend="see that it is there, is yours, and has room", code=1)
