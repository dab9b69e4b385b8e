"""JSON endpoints of the attribution room."""

from typing import Any

from app.attribution import queries
from app.attribution.queries import CreditView, PaidLine, ReceiptView
from app.attribution.schemas import CreditsOut, ReceiptsOut
from app.catalogue import api as catalogue
from app.kernel.ids import AccountId, OrderId
from app.kernel.page import Page
from app.kernel.problems import NotFound
from app.platform.uow import Snapshot
from app.web.caller import signed_in
from app.web.http import ApiBlueprint, PageQuery

blp = ApiBlueprint("attribution", __name__, url_prefix="/api/v1", description="Who is credited")


@blp.reads("/orders/<order_id>/receipts", gives=ReceiptsOut, refuses=(NotFound,))
def list_receipts(view: Snapshot, order_id: OrderId) -> dict[str, Any]:
    """Show the receipts of an order.

    Its buyer, its seller, its brands and whoever is credited may see them.
    """
    lines = queries.paid_lines(view, order_id=order_id)
    found = queries.receipts(view, order_id=order_id)
    seen = [one for one in found if _may_see(view, signed_in(), lines[one.line_id], one)]
    if not seen:
        raise NotFound
    return {"items": seen}


@blp.reads("/me/credits", gives=CreditsOut, query=PageQuery)
def list_credits(view: Snapshot, page: dict[str, Any]) -> Page[CreditView]:
    """List the order lines that one is credited for, the newest first."""
    return queries.credits_of(view, creator_id=signed_in(), **page)


def _may_see(view: Snapshot, actor: AccountId, line: PaidLine, receipt: ReceiptView) -> bool:
    return (
        actor == line.buyer_id
        or actor in {share.creator_id for share in receipt.shares}
        or catalogue.is_staff(view, account_id=actor, merchant_id=line.merchant_id)
        or catalogue.is_brand_member(view, account_id=actor, brand_id=line.brand_id)
    )
