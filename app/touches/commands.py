"""What the touches room does: mint tokens, take them back, link devices to accounts."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import bindparam, delete, insert, text

from app.events.touches import TouchesRecorded
from app.kernel.ids import AccountId, DeviceId, NoteId
from app.kernel.time import to_ms
from app.platform import locks
from app.platform.db import UtcDateTime
from app.platform.keys import Keys
from app.platform.uow import UnitOfWork
from app.touches import rules
from app.touches.models import SpentRow, TouchRow
from app.touches.rules import TaggedProduct, Token

SPENT_KEPT = timedelta(days=3)
"""A spent token is remembered for longer than it could have been used."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a batch: how many touches counted, and each other's place and reason."""

    accepted: int
    refused: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Toucher:
    """Whose touches a batch holds."""

    device_id: DeviceId
    account_id: AccountId | None


def mint(
    *,
    device_id: DeviceId,
    note_id: NoteId,
    author_id: AccountId,
    goods: Sequence[TaggedProduct],
    now: datetime,
) -> str:
    """Return a token for one showing of a note, or of one tag, on one device.

    Several goods: opening, saving or sharing the note is a touch of each of them.
    """
    token = Token(
        nonce=secrets.token_urlsafe(12),
        device_id=device_id,
        note_id=note_id,
        author_id=author_id,
        goods=tuple(goods),
        issued_s=int(now.timestamp()),
    )
    return rules.sign(token, _key())


def record(uow: UnitOfWork, *, presented: Sequence[tuple[str, str]], by: Toucher) -> Recorded:
    """Write the touches of ``presented`` tokens, each with its kind, that hold.

    The log's sequence is the order of arrival: writers are serialised, so that whoever has read
    up to a number has read all there will ever be up to it.
    """
    now_ms = to_ms(uow.now)
    refused: list[tuple[int, str]] = []
    rows = []
    accepted = 0
    for place, (token_text, kind) in enumerate(presented):
        token = rules.read(token_text, _key())
        why = rules.refusal(token, kind=kind, device_id=by.device_id, now_s=now_ms // 1000)
        if why is None and token is not None and not _spend(uow, token.nonce, kind, now_ms):
            why = "token-used"
        if why is None:
            accepted += 1
        else:
            refused.append((place, why))
        if token is not None and (why is None or why in rules.KEPT_REFUSALS):
            rows += [_row(token, good, kind, by, now_ms, ok=why is None) for good in token.goods]
    if rows:
        _write(uow, rows)
    return Recorded(accepted, tuple(refused))


def link(uow: UnitOfWork, *, device_id: DeviceId, account_id: AccountId) -> None:
    """Link a device to an account from now on; again is the same as once."""
    uow.change(_LINK, {"device": device_id, "account": account_id, "at": uow.now})


def forget_spent(uow: UnitOfWork) -> int:
    """Forget tokens that could not be used again anyway; return how many."""
    old = to_ms(uow.now - SPENT_KEPT)
    return uow.change(delete(SpentRow).where(SpentRow.ts_ms < old))


_LINK = text(
    "INSERT INTO touches_link (device_id, account_id, at) VALUES (:device, :account, :at)"
    " ON CONFLICT (device_id, account_id) DO NOTHING"
).bindparams(bindparam("at", type_=UtcDateTime()))

_SPEND = text(
    "INSERT INTO touches_spent (nonce, kind, ts_ms) VALUES (:nonce, :kind, :ts_ms)"
    " ON CONFLICT (nonce, kind) DO NOTHING"
)


def _spend(uow: UnitOfWork, nonce: str, kind: str, now_ms: int) -> bool:
    return uow.change(_SPEND, {"nonce": nonce, "kind": kind, "ts_ms": now_ms}) == 1


def _row(
    token: Token, good: TaggedProduct, kind: str, by: Toucher, now_ms: int, *, ok: bool
) -> dict[str, object]:
    return {
        "ts_ms": now_ms,
        "kind": kind,
        "device_id": by.device_id,
        "account_id": by.account_id,
        "note_id": token.note_id,
        "author_id": token.author_id,
        "product_id": good.product_id,
        "brand_id": good.brand_id,
        "merchant_id": good.merchant_id,
        "token_ok": ok,
        "nonce": token.nonce,
    }


def _write(uow: UnitOfWork, rows: Sequence[dict[str, object]]) -> None:
    # Held until the commit, so that numbers become visible in their order.
    locks.take(uow, "touches")
    numbers = [row.seq for row in uow.rows(insert(TouchRow).returning(TouchRow.seq), rows)]
    uow.announce(TouchesRecorded(first_seq=min(numbers), last_seq=max(numbers)))


def _key() -> bytes:
    keys: Keys = current_app.extensions["trove_keys"]
    return keys.derive("touches")
