"""Signed touch tokens: what they say, and whether they hold; pure.

A token is minted when a note or a product tag is shown and comes back when it is touched. It is
signed, bound to the device, good for a day and for one touch of each kind.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass

from app.kernel.ids import AccountId, BrandId, DeviceId, MerchantId, NoteId, ProductId

KINDS = ("open", "tag_click", "save", "share_open")
"""What a reader may do that counts; impressions never settle and are no touches."""

TOKEN_SECONDS = 86_400
"""A page that was left open for longer earns nobody anything."""

KEPT_REFUSALS = frozenset({"token-expired", "other-device"})
"""Touches of tokens that are ours but do not hold: logged, so that a creator sees why they do not
count. A token that is spent is not logged again: one token could fill the log."""

BATCH_MAX = 50
MARK_BYTES = 16
"""128 bits of HMAC-SHA256, which RFC 2104 section 5 allows to truncate to half."""

ID_DIGITS = 12
"""Touch ids are sequence numbers of fixed width, so that (ts_ms, touch_id) sorts everywhere."""


@dataclass(frozen=True, slots=True)
class TaggedProduct:
    """A product as it was tagged at the moment of a touch."""

    product_id: ProductId
    brand_id: BrandId
    merchant_id: MerchantId


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says."""

    nonce: str
    device_id: DeviceId
    note_id: NoteId
    author_id: AccountId
    goods: tuple[TaggedProduct, ...]
    issued_s: int


@dataclass(frozen=True, slots=True)
class Touch:
    """One row of the touch log: a reader touched a note of an author about one product."""

    touch_id: str
    ts_ms: int
    kind: str
    author_id: AccountId
    note_id: NoteId
    product_id: ProductId
    brand_id: BrandId
    merchant_id: MerchantId
    device_id: DeviceId
    account_id: AccountId | None
    token_ok: bool
    nonce: str
    """The token's: rows of one touch, one for each product, have it in common."""


def touch_id(seq: int) -> str:
    """Return the public id of the touch with this sequence number."""
    return f"t{seq:0{ID_DIGITS}d}"


def seq_of(touch_id_: str) -> int:
    """Return the sequence number of the touch with this public id."""
    return int(touch_id_[1:])


def sign(token: Token, key: bytes) -> str:
    """Return ``token`` as text that only a holder of ``key`` can make."""
    goods = [[one.product_id, one.brand_id, one.merchant_id] for one in token.goods]
    said = [token.nonce, token.device_id, token.note_id, token.author_id, goods, token.issued_s]
    body = json.dumps(said, separators=(",", ":")).encode()
    return _text(body) + "." + _text(_mark(body, key))


def read(text: str, key: bytes) -> Token | None:
    """Return what ``text`` says, or None where it was not made with ``key``."""
    body_text, _, mark_text = text.partition(".")
    try:
        body, mark = _bytes(body_text), _bytes(mark_text)
    except (ValueError, binascii.Error):
        return None
    # Unpadded base64 has spare bits: of several spellings only the one that was signed is read.
    if _text(body) != body_text or _text(mark) != mark_text:
        return None
    if not hmac.compare_digest(mark, _mark(body, key)):
        return None
    nonce, device, note, author, goods, issued = json.loads(body)
    tagged = tuple(TaggedProduct(*one) for one in goods)
    return Token(nonce, device, note, author, tagged, issued)


def refusal(token: Token | None, *, kind: str, device_id: DeviceId, now_s: int) -> str | None:
    """Return why a touch may not be counted, or None; whether it is the first, the log decides."""
    if token is None:
        return "bad-token"
    if kind not in KINDS:
        return "unknown-kind"
    if token.device_id != device_id:
        return "other-device"
    if not 0 <= now_s - token.issued_s <= TOKEN_SECONDS:
        return "token-expired"
    return None


def _mark(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()[:MARK_BYTES]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
