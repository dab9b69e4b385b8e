"""Typed public ids: `note_01J…`, sortable by time, never a bare integer on the wire."""

import re
from typing import Final, NewType

from ulid import ULID

AccountId = NewType("AccountId", str)
AddressId = NewType("AddressId", str)
BrandId = NewType("BrandId", str)
CategoryId = NewType("CategoryId", str)
CheckoutId = NewType("CheckoutId", str)
DeviceId = NewType("DeviceId", str)
LineId = NewType("LineId", str)
MerchantId = NewType("MerchantId", str)
NoteId = NewType("NoteId", str)
OrderId = NewType("OrderId", str)
PaymentId = NewType("PaymentId", str)
PictureId = NewType("PictureId", str)
ProductId = NewType("ProductId", str)
RefundId = NewType("RefundId", str)
SkuId = NewType("SkuId", str)
TermsId = NewType("TermsId", str)
TouchId = NewType("TouchId", str)

PREFIXES: Final = {
    "account": "acc",
    "address": "adr",
    "api token": "tok",
    "brand": "brand",
    "category": "cat",
    "checkout": "chk",
    "device": "dev",
    "event": "evt",
    "ledger entry": "ent",
    "line": "line",
    "merchant": "mer",
    "note": "note",
    "order": "order",
    "payment": "pay",
    "picture": "pic",
    "product": "prod",
    "receipt": "rcpt",
    "refund": "ref",
    "request": "req",
    "session": "ses",
    "sku": "sku",
    "terms": "terms",
    "touch": "touch",
}
"""What each prefix stands for; a new kind of id is one more line."""

ID_LENGTH = 40
"""Columns that hold a public id are this wide: the longest prefix, `_`, 26 characters, and room."""

_SHAPE = re.compile(r"[a-z]{2,12}_[0-9a-hjkmnp-tv-z]{26}")


def pattern(kind: str) -> str:
    """Return the regular expression that an id of ``kind`` fits, as JSON Schema writes it."""
    return f"^{PREFIXES[kind]}_[0-9a-hjkmnp-tv-z]{{26}}$"


def mint(kind: str) -> str:
    """Return a new id of ``kind``, a key of `PREFIXES`; ids of one process sort by time."""
    return f"{PREFIXES[kind]}_{str(ULID()).lower()}"


def is_id(text: str, kind: str) -> bool:
    """Tell whether ``text`` has the shape of an id of ``kind``; says nothing of its existence."""
    return text.startswith(PREFIXES[kind] + "_") and _SHAPE.fullmatch(text) is not None
