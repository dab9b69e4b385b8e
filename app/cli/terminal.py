"""How commands speak: answers on standard output, everything else on standard error."""

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


def wired(settings: Settings, *, index_writes: bool = False) -> Any:
    """Return the application for a command."""
    from app.factory import create_app

    return create_app(settings, index_writes=index_writes)
