"""JSON endpoints of the ledger: everybody sees their own accounts, and only these."""

from typing import Any

from app.kernel.page import Page
from app.ledger import chart, queries
from app.ledger.queries import EntryView
from app.ledger.schemas import BalanceOut, EntriesOut
from app.platform.uow import Snapshot
from app.web.caller import signed_in
from app.web.http import ApiBlueprint, PageQuery

blp = ApiBlueprint("ledger", __name__, url_prefix="/api/v1", description="Money by state")


@blp.reads("/me/balance", gives=BalanceOut)
def get_balance(view: Snapshot) -> dict[str, int]:
    """Show what one has as a creator, by state of the money."""
    mine = chart.creator(signed_in())
    states = {name: getattr(mine, name) for name in chart.STATES}
    stands = queries.balances(view, accounts=list(states.values()))
    return {f"{name}_fen": stands[account].fen for name, account in states.items()}


@blp.reads("/me/entries", gives=EntriesOut, query=PageQuery)
def list_entries(view: Snapshot, page: dict[str, Any]) -> Page[EntryView]:
    """List the ledger entries that changed what one has, the newest first."""
    mine = chart.creator(signed_in())
    accounts = [getattr(mine, name) for name in chart.STATES]
    return queries.entries(view, accounts=accounts, **page)
