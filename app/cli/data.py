"""Commands on data: the search index, events."""

import rich_click as click

from app.cli.refusals import stop, tell
from app.cli.terminal import answer, current
from app.settings import settings_or_exit


def register(group: click.Group) -> None:
    """Add these commands to ``group``."""
    group.add_command(reindex)
    group.add_command(events)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def reindex(as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Make cards and the search index anew from the database; stop the worker first."""
    from app.accounts import api as accounts
    from app.catalogue import api as catalogue
    from app.content import api as content
    from app.discovery import api as discovery
    from app.platform.adapters import adapter
    from app.platform.process import AlreadyServing, Duty, hold_duty
    from app.platform.uow import snapshot, unit_of_work
    from search.port import SearchIndex

    settings = settings_or_exit()
    try:
        holding = hold_duty(settings.folders, "worker") if settings.one_worker else Duty([])
    except AlreadyServing as error:
        raise stop(str(error), mend="stop `trove run`, then try again") from None
    app = current(settings, index_writes=True)
    with app.app_context():
        with snapshot() as view:
            notes = content.all_note_ids(view)
            products = catalogue.all_product_ids(view)
            authors = {content.author_of(view, note_id=one) for one in notes}
            people = accounts.people(view, account_ids=[one for one in authors if one])
        for place, note_id in enumerate(notes):
            with unit_of_work() as uow:
                discovery.keep_note(uow, note_id=note_id)
            if place % 500 == 499:
                tell(f"{place + 1} notes")
        for product_id in products:
            with unit_of_work() as uow:
                discovery.keep_product(uow, product_id=product_id)
        for account_id in people:
            with unit_of_work() as uow:
                discovery.keep_author(uow, account_id=account_id)
        with snapshot() as view:
            made, _ = discovery.docs(view, discovery.all_refs(view))
        adapter(SearchIndex).rebuild(made)
        adapter(SearchIndex).close()
    holding.give_up()
    answer(
        {"notes": len(notes), "products": len(products), "documents": len(made)}, as_json=as_json
    )


@click.command()
@click.option("--retry", is_flag=True, help="Let parked deliveries be tried again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def events(retry: bool, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Show what waits to be delivered, and what is parked."""
    from app.cli.doctor import deliveries
    from app.platform.relay import retry_parked
    from app.platform.uow import unit_of_work

    app = current(settings_or_exit())
    with app.app_context():
        if retry:
            with unit_of_work() as uow:
                tell(f"{retry_parked(uow)} deliveries will be tried again")
        said = deliveries()
    answer(said, as_json=as_json)
    if said["parked"]:
        raise stop(f"{said['parked']} deliveries are parked", mend="`trove events --retry`")
