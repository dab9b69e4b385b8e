"""How commands answer, and the application that they work in."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

import rich_click as click
from click.exceptions import Exit

from app.cli.refusals import told
from app.kernel.problems import Busy
from app.settings import Settings


def answer(said: Mapping[str, Any], *, as_json: bool) -> None:
    """Print an answer: a line a member, or JSON."""
    if as_json:
        click.echo(json.dumps(said, ensure_ascii=False, default=str))
        return
    for name, value in said.items():
        click.echo(f"{name:>14}  {value}")


class Commands(click.RichGroup):
    """A group of commands that end with words, whatever happens in them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with told(click.ClickException, click.Abort, Exit):
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
