"""`trove`: the commands of an installation. Exit codes: 0 done, 1 a problem was found, 2 usage."""

import json
import sys
from pathlib import Path

import rich_click as click

from app.cli.terminal import Commands, answer, stop, tell
from app.settings import Settings, SettingsRefused, read_settings, settings_or_exit

click.rich_click.TEXT_MARKUP = "rich"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def trove() -> None:
    """Trove (小集): a content community that sells."""


@trove.command()
def run() -> None:
    """Serve the site: web, worker, and the sandbox provider where it is used."""
    from app.cli import processes

    settings = settings_or_exit()
    _end(processes.run(settings, tell=tell))


@trove.command()
def web() -> None:
    """Serve the site only; `trove run` starts this."""
    from app.cli import processes

    settings = settings_or_exit()
    processes.web(settings)


@trove.command()
def worker() -> None:
    """Carry events and do due jobs; `trove run` starts this."""
    from app.cli import processes

    settings = settings_or_exit()
    processes.worker(settings)


@trove.command()
def sandbox() -> None:
    """Be the sandbox payment provider; `trove run` starts this."""
    from app.cli import processes

    settings = settings_or_exit()
    processes.sandbox(settings)


@trove.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def migrate(as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Bring the database to the newest revision; `trove run` does so too."""
    from app.cli import database

    settings = settings_or_exit()
    before = database.migrate(settings, tell=tell)
    if as_json:
        answer({"before": before, "now": database.head()}, as_json=True)


@trove.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def config(as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Show every setting: its value, and what it is for; refused ones show the defaults."""
    try:
        settings, refusal = read_settings(), None
    except SettingsRefused as refused:
        settings, refusal = Settings.model_construct(), refused
    fields = type(settings).model_fields
    shown = {
        f"TROVE_{name.upper()}": (str(getattr(settings, name)), field.description or "")
        for name, field in fields.items()
    }
    if as_json:
        said = {name: {"value": value, "about": about} for name, (value, about) in shown.items()}
        click.echo(json.dumps(said, ensure_ascii=False))
    else:
        for name, (value, about) in shown.items():
            click.echo(f"{name:<24} {value or '-':<14} {about}")
    if refusal is not None:
        raise stop(str(refusal), mend="correct it; these are the defaults", code=2)


def _end(status: int) -> None:
    if status:
        raise SystemExit(status)


def main() -> int:
    """Run the command that the arguments name; return the exit status."""
    from app.cli import data, demo, doctor, imports, members, money, moving

    for group in (data, demo, doctor, imports, members, money, moving):
        group.register(trove)
    sys.path.insert(0, str(Path(__file__).parents[2]))
    return int(trove(standalone_mode=True) or 0)


if __name__ == "__main__":
    sys.exit(main())
