"""The attribution room's door."""

from app.attribution.commands import LineFacts, pay, refund, regrade, release
from app.attribution.errors import RowRefused
from app.attribution.exports import Exported, export
from app.attribution.queries import (
    CreditView,
    PaidLine,
    ReceiptView,
    RefusedTouch,
    ShareView,
    all_lines,
    credits_of,
    line_money,
    paid_lines,
    receipts,
    refused_touches,
    shares,
)
from app.attribution.replay import (
    CREDIT_COLUMNS,
    LINE_COLUMNS,
    TOUCH_COLUMNS,
    VERDICT_COLUMNS,
    credit_rows,
    read_lines,
    read_rule,
    read_touches,
    verdict_rows,
    write_rows,
)

__all__ = [
    "CREDIT_COLUMNS",
    "LINE_COLUMNS",
    "TOUCH_COLUMNS",
    "VERDICT_COLUMNS",
    "CreditView",
    "Exported",
    "LineFacts",
    "PaidLine",
    "ReceiptView",
    "RefusedTouch",
    "RowRefused",
    "ShareView",
    "all_lines",
    "credit_rows",
    "credits_of",
    "export",
    "line_money",
    "paid_lines",
    "pay",
    "read_lines",
    "read_rule",
    "read_touches",
    "receipts",
    "refund",
    "refused_touches",
    "regrade",
    "release",
    "shares",
    "verdict_rows",
    "write_rows",
]
