"""`trove demo`: look around without entering anything."""

import os
import re
import shutil
import sys
from datetime import timedelta

import rich_click as click

from app.cli.delivery import deliver
from app.cli.refusals import stop, tell
from app.cli.terminal import answer, current
from app.settings import Settings, read_settings, settings_or_exit

UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def register(group: click.Group) -> None:
    """Add these commands to ``group``."""
    group.add_command(demo)


@click.group()
def demo() -> None:
    """A small town of invented people, to look around in."""


@demo.command()
def up() -> None:
    """Make the town where the data folder is new, and serve it."""
    from app.cli import processes

    settings = _as_demo()
    processes.check_free(settings)
    seed_town(settings)
    if settings.demo:
        tell("Look around as a reader, a creator, a brand or a merchant: one click, on top.")
    # What made the town is not needed any more, and would be kept as long as the site is served.
    command = [sys.executable, "-m", "app.cli.main", "run"]
    os.execv(sys.executable, command)  # noqa: S606 - no shell is wanted


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def seed(as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Make the town where the data folder is new; where it is not, nothing is done."""
    settings = _as_demo()
    made = seed_town(settings)
    answer({"folder": settings.data_dir, "made": made}, as_json=as_json)


@demo.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def clear(as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Remove the demo's data folder; a folder that is no demo's is refused."""
    from app.platform.process import hold_duty

    settings = settings_or_exit()
    if not (settings.data_dir / "demo").exists():
        raise stop(
            f"{settings.data_dir} is no demo's", mend="remove it yourself, if that is what you want"
        )
    held = [hold_duty(settings.folders, duty) for duty in ("supervisor", "web", "worker")]
    shutil.rmtree(settings.data_dir)
    for one in held:
        one.give_up()
    answer({"removed": settings.data_dir}, as_json=as_json)


@demo.command("pass")
@click.argument("span")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def let_pass(span: str, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Let SPAN of time pass (15d, 6h, 40m), so that what falls due then happens now."""
    from app.platform import clock
    from app.platform.uow import unit_of_work

    settings = settings_or_exit()
    if not (settings.testing or (settings.data_dir / "demo").exists()):
        raise stop("time passes by itself here", mend="try it in a demo: `make run`")
    found = re.fullmatch(r"([1-9][0-9]{0,3})([dhm])", span)
    if found is None:
        raise stop(f"{span} is no span of time", mend="write 15d, 6h or 40m", code=2)
    by = timedelta(**{UNITS[found[2]]: int(found[1])})
    app = current(settings)
    with app.app_context(), unit_of_work() as uow:
        offset = clock.move(uow.session.connection(), by)
    deliver(settings, due=True)
    answer({"passed": span, "clock_ahead_by": offset}, as_json=as_json)


@demo.command("bank")
@click.argument("what", type=click.Choice(["payment", "refund", "notices"]))
@click.argument("value")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def tell_bank(what: str, value: str, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Tell the sandbox how its next payment or refund (WHAT) goes (VALUE).

    `notices now` has it send at once what it has to say; docs/payments.md tells all there is.
    """
    from app.cli.demo import bank

    settings = settings_or_exit()
    if settings.payment != "sandbox":
        raise stop("no sandbox takes the money here", mend="set TROVE_PAYMENT=sandbox", code=2)
    try:
        with current(settings).app_context():
            bank.tell(what, value)
    except bank.BankRefused as error:
        raise stop(str(error), mend="see docs/payments.md", code=2) from None
    except bank.BankAway as error:
        raise stop(str(error), mend="start it: `trove run`") from None
    answer({what: value}, as_json=as_json)


def seed_town(settings: Settings) -> bool:
    """Make the town, or say which package is missing for it; tell whether it was made now."""
    if not settings.on_sqlite or settings.database_path.exists():
        # Most starts: what makes the town is not even loaded.
        return False
    from app.cli.demo import seed as town
    from app.platform.process import hold_duty
    from media.scenes import AssetMissing

    # Two that begin at once would make it in one folder.
    holding = hold_duty(settings.folders, "supervisor")
    try:
        return town.make_town(settings, tell=tell)
    except AssetMissing as error:
        raise stop(str(error), mend="run `make setup`") from None
    finally:
        holding.give_up()


def _as_demo() -> Settings:
    """Return the settings, in demo mode where the data folder is a demo's, or new."""
    settings = settings_or_exit()
    new = settings.on_sqlite and not settings.database_path.exists()
    demo_folder = (settings.data_dir / "demo").exists() or new
    if demo_folder and not settings.demo:
        os.environ["TROVE_DEMO"] = "true"
        settings = read_settings()
    return settings
