"""Rules that the rows alone cannot tell: answers that were given, bytes, the index, the wire."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.attribution import api as attribution
from app.content import api as content
from app.kernel.ids import NoteId
from app.ledger import api as ledger
from app.platform import seals
from app.platform.adapters import adapter
from app.platform.uow import Snapshot
from media import keys
from media.port import BlobMissing, Key, MediaStore
from search.port import Query, SearchIndex, Sort

CHECKOUTS = ("POST /checkouts", "POST /checkout")
"""Under which operations checkouts are placed: over JSON, and by the page's form."""

OWNED = {
    "chk": ("orders_checkout", "buyer_id"),
    "order": ("orders_order", "buyer_id"),
    "pay": ("orders_payment", None),
    "ref": ("orders_refund", None),
    "note": ("content_note", "author_id"),
    "pic": ("pictures_picture", "owner_id"),
}
"""Where the row of an id is, and which column says whose it is."""

MUST_DISCLOSE = """
    SELECT note.id FROM content_note AS note
    JOIN accounts_account AS author ON author.id = note.author_id
    WHERE note.state = 'published' AND author.banned_at IS NULL
    AND (SELECT turn.is_on FROM accounts_creator_switch AS turn
         WHERE turn.account_id = author.id ORDER BY turn.at DESC, turn.seq DESC LIMIT 1)
    AND EXISTS (
        SELECT 1 FROM content_note_tag AS tag
        JOIN catalogue_product AS product ON product.id = tag.product_id
        JOIN programmes_terms AS terms ON terms.merchant_id = product.merchant_id
        WHERE tag.note_id = note.id AND terms.rate_bp > 0 AND terms.version = (
            SELECT max(version) FROM programmes_terms WHERE merchant_id = product.merchant_id))
"""

_CHECKOUT_ID = re.compile(rb"chk_[0-9a-z]{26}")


def keys_lead_to_checkouts(view: Snapshot) -> list[str]:
    """Return idempotency keys whose answer names no checkout of theirs, or one of another key."""
    buyers = dict(_pairs(view, "SELECT id, buyer_id FROM orders_checkout"))
    answers = view.rows(
        text("SELECT actor, scope, key, body FROM platform_idempotency ORDER BY at, key")
    )
    broken, led = [], set()
    for row in answers:
        if row.scope not in CHECKOUTS:
            continue
        found = _CHECKOUT_ID.search(bytes(row.body))
        checkout = found[0].decode() if found else ""
        if buyers.get(checkout) != row.actor or checkout in led:
            broken.append(f"{row.actor} {row.key}")
        led.add(checkout)
    return broken


def pictures_have_their_bytes(view: Snapshot) -> list[str]:
    """Return pictures of which a rendition is missing, or is none.

    Otherwise: bytes without a row are no fault: they are kept before it, and found again by their
    name when the same picture is sent once more.
    """
    store = adapter(MediaStore)
    broken = []
    for picture_id, digest in _pairs(view, "SELECT id, digest FROM pictures_picture ORDER BY id"):
        if not all(_is_webp(store, keys.rendition(digest, width)) for width in keys.WIDTHS):
            broken.append(picture_id)
    return broken


def the_index_has_what_is_shown(view: Snapshot) -> list[str]:
    """Return what is shown and not found, or found and not shown.

    Otherwise: an engine does not tell versions; that it was sent the newest, I30 and I31 say.
    """
    shown = {
        "note": "SELECT id FROM content_note WHERE state = 'published'",
        "product": "SELECT id FROM catalogue_product WHERE listed",
    }
    broken = []
    for kind, statement in shown.items():
        rows = {str(row.id) for row in view.rows(text(statement))}
        broken += [f"{kind}/{id_}" for id_ in sorted(rows ^ set(_indexed(kind)))]
    return broken


def who_earns_says_so(view: Snapshot) -> list[str]:
    """Return notes that must say that their authors may earn by them, and do not; or the reverse.

    Otherwise: no row says so; it is worked out whenever a note is shown, and is asked for here.
    """
    ids = [NoteId(row.id) for row in view.rows(text("SELECT id FROM content_note"))]
    told = content.disclosing(view, note_ids=ids) & content.shown(view, note_ids=ids)
    must = {str(row.id) for row in view.rows(text(MUST_DISCLOSE))}
    return sorted(told ^ must)


def seals_hold(view: Snapshot) -> list[str]:
    """Return what was changed, removed or put in after it was sealed, and seals that do not hold.

    Otherwise: what is not sealed yet is held by the other rules only.
    """
    streams = (ledger.SEALED, attribution.SEALED)
    return [str(fault) for one in streams for fault in seals.verify(view, one).faults]


LOOKS = (
    ("I11", "a key leads to one checkout of whoever sent it", keys_lead_to_checkouts),
    ("I33", "a picture has its renditions", pictures_have_their_bytes),
    ("I34", "the index has what is shown, and nothing else", the_index_has_what_is_shown),
    ("I35", "whoever earns by a note says so", who_earns_says_so),
    ("I36", "what was sealed is as it was", seals_hold),
)


def lost(view: Snapshot, told: Path) -> list[str]:
    """Return what a client was told and is not there (I12).

    Args:
        view: where it should be.
        told: the client's own log, a JSON object a line: the ``id`` that it was answered, and
            ``actor``, whose it is, where that is known.
    """
    broken = []
    for line in told.read_text(encoding="utf-8").splitlines():
        said: dict[str, Any] = json.loads(line)
        table, owner = OWNED[said["id"].partition("_")[0]]
        row = view.rows(text(f"SELECT * FROM {table} WHERE id = :id"), {"id": said["id"]})  # noqa: S608 - OWNED names it
        whose = said.get("actor")
        if not row or (owner and whose and row[0]._mapping[owner] != whose):  # noqa: SLF001 - documented, in spite of its name
            broken.append(said["id"])
    return broken


def _indexed(kind: str) -> Iterator[str]:
    cursor = None
    while True:
        hits = adapter(SearchIndex).find(Query(kind, sort=Sort.NEWEST, size=50, cursor=cursor))
        yield from hits.ids
        cursor = hits.next
        if cursor is None:
            return


def _is_webp(store: MediaStore, key: Key) -> bool:
    try:
        with store.open(key) as blob:
            head = blob.read(12)
    except BlobMissing:
        return False
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _pairs(view: Snapshot, statement: str) -> list[tuple[str, str]]:
    return [(str(row[0]), str(row[1])) for row in view.rows(text(statement))]
