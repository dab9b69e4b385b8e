"""How commands speak: answers on standard output, everything else on standard error."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import rich_click as click

from app.settings import Settings


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


def current(settings: Settings) -> Any:
    """Return the application for a command that needs a database of this code's revision."""
    from app.cli import database

    if settings.on_sqlite and not settings.database_path.exists():
        raise stop(
            f"there is no database in {settings.data_dir}",
            mend="`trove run` makes one; TROVE_DATA_DIR says where it is",
        )
    here, newest = database.revision(settings), database.head()
    if here != newest:
        raise stop(
            f"the database is at {here or 'no revision'}, this code is at {newest}",
            mend="run `trove doctor`: it says what to do",
        )
    return wired(settings)


def wired(settings: Settings, *, index_writes: bool = False) -> Any:
    """Return the application for a command; when the command ends, it gives back what it holds."""
    from app.factory import close, create_app
    from app.kernel.problems import Busy

    app = create_app(settings, index_writes=index_writes, patient=True)

    def end() -> None:
        # Somebody else is writing for long: then the process ends without the last tidying up.
        with contextlib.suppress(Busy):
            close(app)

    command = click.get_current_context(silent=True)
    if command is not None:
        command.call_on_close(end)
    return app
