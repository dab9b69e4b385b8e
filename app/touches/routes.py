"""JSON endpoints of the touches room."""

from typing import Any

from app.platform.uow import UnitOfWork
from app.touches import commands
from app.touches.commands import Toucher
from app.touches.schemas import RecordedOut, TouchesIn
from app.web.caller import device_id, find_caller
from app.web.http import ApiBlueprint

blp = ApiBlueprint("touches", __name__, url_prefix="/api/v1", description="What readers touch")


@blp.writes(
    "POST",
    "/touches",
    takes=TouchesIn,
    gives=RecordedOut,
    public=True,
    key="none",
    limit="240/minute",
)
def record_touches(uow: UnitOfWork, batch: dict[str, Any]) -> dict[str, Any]:
    """Record a batch of touches; each token counts once for each kind."""
    found = find_caller()
    by = Toucher(device_id(), found.account_id if found else None)
    presented = [(touch["token"], touch["kind"]) for touch in batch["touches"]]
    recorded = commands.record(uow, presented=presented, by=by)
    refused = [{"index": index, "code": code} for index, code in recorded.refused]
    return {"accepted": recorded.accepted, "refused": refused}
