"""Merchants, brands and who belongs to them."""

import rich_click as click

from app.cli.delivery import deliver
from app.cli.refusals import stop
from app.cli.terminal import answer, current
from app.settings import settings_or_exit


def register(group: click.Group) -> None:
    """Add these commands to ``group``."""
    for made in (merchant, brand, member):
        group.add_command(made)


@click.group()
def merchant() -> None:
    """Who sells and ships."""


@click.group()
def brand() -> None:
    """Whose name is on the goods."""


@click.group()
def member() -> None:
    """Who works for a merchant, or belongs to a brand."""


@merchant.command("add")
@click.argument("handle")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_merchant(handle: str, name: str, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Add a merchant called NAME, at HANDLE."""
    _add("merchant", handle, name, as_json=as_json)


@brand.command("add")
@click.argument("handle")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_brand(handle: str, name: str, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Add a brand called NAME, at HANDLE."""
    _add("brand", handle, name, as_json=as_json)


@member.command("add")
@click.argument("kind", type=click.Choice(["merchant", "brand"]))
@click.argument("org")
@click.argument("account")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add_member(kind: str, org: str, account: str, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Let ACCOUNT (a handle) work for ORG (a handle too); KIND says what ORG is."""
    from app.accounts import api as accounts
    from app.catalogue import api as catalogue
    from app.kernel.problems import NotFound
    from app.platform.uow import unit_of_work

    app = current(settings_or_exit())
    with app.app_context(), unit_of_work() as uow:
        person = accounts.find_by_handle(uow, handle=account)
        if person is None:
            raise stop(f"there is no account {account}", mend="sign up first, then try again")
        try:
            catalogue.add_member(uow, kind=kind, handle=org, account_id=person.id)
        except NotFound:
            raise stop(f"there is no {kind} {org}", mend=f"`trove {kind} add`") from None
    answer({"account": account, kind: org}, as_json=as_json)


def _add(kind: str, handle: str, name: str, *, as_json: bool) -> None:
    from app.catalogue import api as catalogue
    from app.platform.uow import unit_of_work

    settings = settings_or_exit()
    app = current(settings)
    make = catalogue.add_merchant if kind == "merchant" else catalogue.add_brand
    with app.app_context(), unit_of_work() as uow:
        made = make(uow, handle=handle, name=name)
    deliver(settings)
    answer({"id": made, "handle": handle, "name": name}, as_json=as_json)
