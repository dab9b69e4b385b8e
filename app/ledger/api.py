"""The ledger's door."""

from app.ledger.chart import FEES, Holder, creator, merchant, world
from app.ledger.commands import post
from app.ledger.errors import BelowZero
from app.ledger.journal import Entry, Move
from app.ledger.queries import (
    SEALED,
    Audit,
    EntryView,
    audit,
    balance,
    balances,
    entries,
    entries_of_facts,
    moves_of_lines,
)
from app.ledger.rules import (
    LineMoney,
    Share,
    accounts_of,
    paid,
    reattributed,
    refund_line,
    refunded,
    released,
    unmatched,
    unmatched_returned,
)

__all__ = [
    "FEES",
    "SEALED",
    "Audit",
    "BelowZero",
    "Entry",
    "EntryView",
    "Holder",
    "LineMoney",
    "Move",
    "Share",
    "accounts_of",
    "audit",
    "balance",
    "balances",
    "creator",
    "entries",
    "entries_of_facts",
    "merchant",
    "moves_of_lines",
    "paid",
    "post",
    "reattributed",
    "refund_line",
    "refunded",
    "released",
    "unmatched",
    "unmatched_returned",
    "world",
]
