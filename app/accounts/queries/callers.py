"""Whose a secret is: asked on nearly every request, so kept for a second."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select

from app.accounts import rules
from app.accounts.models import Account, ApiToken, SessionRow
from app.accounts.queries.sessions import alive, digest_of
from app.kernel.ids import AccountId, PictureId
from app.pictures import api as pictures
from app.platform.uow import Snapshot, snapshot
from app.web.caller import Caller, Seat

KEPT_SECONDS = 1.0
"""How long another process's change may stay unseen; changes of this process are seen at once."""

KEPT_MAX = 4_096
"""Callers that are kept; about 2 MB."""

SECRET_LENGTH_MAX = 200
"""Ours have 43 characters, and a token's prefix."""

SeatsOf = Callable[[Snapshot, AccountId], tuple[tuple[Seat, ...], tuple[Seat, ...]]]
"""From an account to the merchants and the brands it works for."""

_WHO = (
    Account.id.label("account_id"),
    Account.handle,
    Account.name,
    Account.avatar_picture_id,
    Account.is_creator,
)
_BY_TOKEN = select(*_WHO, ApiToken.scopes).where(
    ApiToken.digest == bindparam("digest"),
    ApiToken.ended_at.is_(None),
    Account.id == ApiToken.account_id,
    Account.banned_at.is_(None),
)
_BY_SESSION = select(*_WHO, SessionRow.id.label("session_id"), SessionRow.seen_at).where(
    SessionRow.digest == bindparam("digest"),
    Account.id == SessionRow.account_id,
    Account.banned_at.is_(None),
)


@dataclass(frozen=True, slots=True)
class _Kept:
    caller: Caller
    until: float


class _Callers:
    """The callers of the last second, by what they came with; unknown secrets are never kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[bool, str], _Kept] = OrderedDict()
        self._due: set[str] = set()
        self.changes = 0

    def find(self, key: tuple[bool, str]) -> Caller | None:
        kept = self._kept.get(key)
        return kept.caller if kept and kept.until > time.monotonic() else None

    def keep(self, key: tuple[bool, str], caller: Caller, *, changes: int) -> None:
        with self._lock:
            if changes != self.changes:
                # Somebody was dropped while this one was read: it may be what they were before.
                return
            self._kept[key] = _Kept(caller, time.monotonic() + KEPT_SECONDS)
            self._kept.move_to_end(key)
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)

    def drop(self, account_id: AccountId) -> None:
        with self._lock:
            self.changes += 1
            for key in [
                k for k, kept in self._kept.items() if kept.caller.account_id == account_id
            ]:
                del self._kept[key]

    def seen(self, digest: str) -> None:
        with self._lock:
            self._due.add(digest)

    def take_seen(self) -> set[str]:
        if not self._due:
            return set()
        with self._lock:
            due, self._due = self._due, set()
        return due


_callers = _Callers()


def find_caller(secret: str, is_token: bool, seats_of: SeatsOf | None) -> Caller | None:  # noqa: FBT001 - the shape that the edge asks for
    """Return whose ``secret`` is, a session's or an API token's, or None.

    Opens a snapshot of its own. An answer may be a second old; signing out, a new password, a
    ban, and a change of the profile or of the creator switch drop it at once.
    """
    if len(secret) > SECRET_LENGTH_MAX:
        return None
    key = (is_token, digest_of(secret))
    kept = _callers.find(key)
    if kept is not None:
        return kept
    changes = _callers.changes
    with snapshot() as view:
        found = _read(view, *key)
        if found is None:
            return None
        caller = _caller(view, found, seats_of)
    _callers.keep(key, caller, changes=changes)
    return caller


def drop_caller(account_id: AccountId) -> None:
    """Forget what was read of ``account_id``; call it when a change of theirs is committed."""
    _callers.drop(account_id)


def take_seen() -> set[str]:
    """Return the digests of sessions whose last-seen hour is out of date, once."""
    return _callers.take_seen()


def _read(view: Snapshot, is_token: bool, digest: str) -> Any:  # noqa: FBT001 - see `find_caller`
    if is_token:
        rows = view.rows(_BY_TOKEN, {"digest": digest})
    else:
        rows = view.rows(_BY_SESSION.where(*alive(view.now)), {"digest": digest})
    if not rows:
        return None
    if not is_token and rows[0].seen_at < rules.hour_of(view.now):
        _callers.seen(digest)
    return rows[0]


def _caller(view: Snapshot, row: Any, seats_of: SeatsOf | None) -> Caller:
    account_id = AccountId(row.account_id)
    merchants, brands = seats_of(view, account_id) if seats_of else ((), ())
    picture_id = row.avatar_picture_id and PictureId(row.avatar_picture_id)
    avatar = (
        pictures.pictures(view, picture_ids=[picture_id]).get(picture_id) if picture_id else None
    )
    given = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    return Caller(
        account_id=account_id,
        handle=row.handle,
        name=row.name,
        avatar_url=avatar.url_360 if avatar else None,
        is_creator=row.is_creator,
        session_id=given.get("session_id"),
        scopes=frozenset(given["scopes"].split()) if "scopes" in given else None,
        merchants=merchants,
        brands=brands,
    )
