"""JSON endpoints of the programmes room."""

from typing import Any

from app.catalogue import api as catalogue
from app.kernel.ids import MerchantId
from app.kernel.problems import NotFound
from app.platform.uow import Snapshot, UnitOfWork
from app.programmes import commands, queries
from app.programmes.queries import Terms
from app.programmes.schemas import TermsIn, TermsListOut, TermsOut
from app.web.caller import caller, signed_in
from app.web.http import ApiBlueprint

blp = ApiBlueprint("programmes", __name__, url_prefix="/api/v1", description="Commission terms")


@blp.reads("/merchants/<merchant_id>/terms", gives=TermsListOut, refuses=(NotFound,))
def list_terms(view: Snapshot, merchant_id: MerchantId) -> dict[str, Any]:
    """List a merchant's terms, the newest first, to creators and to its own staff."""
    staff = catalogue.is_staff(view, account_id=signed_in(), merchant_id=merchant_id)
    found = queries.terms_of(view, merchant_id=merchant_id)
    if not staff and (not caller().is_creator or not found):
        raise NotFound
    return {"items": found}


@blp.writes(
    "PUT", "/merchants/<merchant_id>/terms", takes=TermsIn, gives=TermsOut, refuses=(NotFound,)
)
def set_terms(uow: UnitOfWork, offer: dict[str, int], merchant_id: MerchantId) -> Terms:
    """Set what a merchant pays from now on; a click that was made keeps its rate."""
    if not catalogue.is_staff(uow, account_id=signed_in(), merchant_id=merchant_id):
        raise NotFound
    return commands.set_terms(
        uow, merchant_id=merchant_id, rate_bp=offer["rate_bp"], by=signed_in()
    )
