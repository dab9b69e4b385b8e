"""`trove`: the commands of an installation."""

import json
import re

import rich_click as click

from app.cli import data, demo, doctor, imports, members, money, moving, processes
from app.cli.refusals import stop, tell
from app.cli.terminal import Commands, answer
from app.settings import Settings, SettingsRefused, read_settings, settings_or_exit

click.rich_click.TEXT_MARKUP = "rich"


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def trove() -> None:
    """Trove (小集): a content community that sells."""


@trove.command()
def run() -> None:
    """Serve the site: web, worker, and the sandbox provider where it is used."""
    processes.begin("run")


@trove.command()
def web() -> None:
    """Serve the site only; `trove run` starts this."""
    processes.begin("web")


@trove.command()
def worker() -> None:
    """Carry events and do due jobs; `trove run` starts this."""
    processes.begin("worker")


@trove.command()
def sandbox() -> None:
    """Be the sandbox payment provider; `trove run` starts this."""
    processes.begin("sandbox")


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
        f"TROVE_{name.upper()}": (_without_secret(getattr(settings, name)), field.description or "")
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


def _without_secret(value: object) -> str:
    """Return a setting's value as it may stand in a report: addresses without their passwords."""
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:…@", str(value))


for group in (data, demo, doctor, imports, members, money, moving):
    group.register(trove)
