"""Where somebody is signed in, and which programs hold a token of theirs."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from app.accounts import rules
from app.accounts.models import Account, ApiToken, SessionRow
from app.accounts.queries.sealed import keys
from app.kernel.ids import AccountId, DeviceId
from app.platform.uow import Snapshot

SESSIONS_SHOWN = 50
"""The latest; nobody reads more, and a session that is not used ends by itself."""


@dataclass(frozen=True, slots=True)
class SessionView:
    """A browser that is signed in; ``seen_at`` is exact to the hour."""

    id: str
    agent: str
    started_at: datetime
    seen_at: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token, without its secret: nobody has that but whoever made it."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime


_TOKEN = select(ApiToken.id, ApiToken.name, ApiToken.scopes, ApiToken.created_at)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret of at least 128 random bits; those need no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def alive(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return what is true of a session that still counts at ``now``."""
    return (
        SessionRow.ended_at.is_(None),
        SessionRow.started_at > now - rules.SESSION_LIFE,
        SessionRow.seen_at > now - rules.SESSION_IDLE,
    )


def knows_device(view: Snapshot, *, login: str, device_id: DeviceId) -> bool:
    """Tell whether whom ``login`` would sign in has signed in with that browser before."""
    index = keys().blind_index(rules.login_key(login))
    asked = (
        select(SessionRow.id)
        .join(Account, Account.id == SessionRow.account_id)
        .where((Account.email_index == index) | (Account.phone_index == index))
        .where(SessionRow.device_id == device_id)
        .limit(1)
    )
    return view.row(asked) is not None


def sessions(
    view: Snapshot, *, account_id: AccountId, current_id: str | None
) -> tuple[SessionView, ...]:
    """Return where ``account_id`` is signed in, the latest seen first."""
    rows = view.rows(
        select(SessionRow.id, SessionRow.agent, SessionRow.started_at, SessionRow.seen_at)
        .where(SessionRow.account_id == account_id, *alive(view.now))
        .order_by(SessionRow.seen_at.desc(), SessionRow.id.desc())
        .limit(SESSIONS_SHOWN)
    )
    return tuple(
        SessionView(row.id, row.agent, row.started_at, row.seen_at, row.id == current_id)
        for row in rows
    )


def tokens(view: Snapshot, *, account_id: AccountId) -> tuple[TokenView, ...]:
    """Return the tokens of ``account_id``, the latest first."""
    mine = _TOKEN.where(ApiToken.account_id == account_id, ApiToken.ended_at.is_(None))
    return tuple(_token(row) for row in view.rows(mine.order_by(ApiToken.id.desc())))


def token_of(view: Snapshot, *, secret: str) -> TokenView:
    """Return the token whose secret this is; call it with one that was made just now."""
    return _token(view.rows(_TOKEN.where(ApiToken.digest == digest_of(secret)))[0])


def count_tokens(view: Snapshot, *, account_id: AccountId) -> int:
    """Return how many tokens ``account_id`` has."""
    counted = select(func.count()).where(
        ApiToken.account_id == account_id, ApiToken.ended_at.is_(None)
    )
    return int(view.value(counted))


def _token(row: Any) -> TokenView:
    return TokenView(row.id, row.name, tuple(row.scopes.split()), row.created_at)
