"""The touches room's door."""

from app.touches.commands import Recorded, Toucher, link, mint, record
from app.touches.queries import candidates, last_note, last_seq, touches, unheld
from app.touches.rules import KINDS, TaggedProduct, Touch, seq_of, touch_id

__all__ = [
    "KINDS",
    "Recorded",
    "TaggedProduct",
    "Touch",
    "Toucher",
    "candidates",
    "last_note",
    "last_seq",
    "link",
    "mint",
    "record",
    "seq_of",
    "touch_id",
    "touches",
    "unheld",
]
