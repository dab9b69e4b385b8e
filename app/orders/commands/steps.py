"""The timeline of an order."""

from app.kernel.ids import OrderId
from app.orders.models import StepRow
from app.platform.uow import UnitOfWork


def write_step(
    uow: UnitOfWork,
    order_id: OrderId,
    *,
    what: str,
    by: str,
    amount_fen: int | None = None,
    note: str = "",
) -> None:
    """Write what happened to an order into its timeline.

    Args:
        uow: of the command that made it happen.
        order_id: whose timeline.
        what: a state, or `refund-asked`, `refund-refused`, `refund-confirmed`, `refund-failed`.
        by: `buyer`, `merchant`, `provider` or `clock`.
        amount_fen: the money concerned, if any.
        note: what a person wrote.
    """
    uow.add(
        StepRow(order_id=order_id, what=what, by=by, amount_fen=amount_fen, note=note, at=uow.now)
    )
