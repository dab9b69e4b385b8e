"""Signing in and out of browsers and programs."""

import secrets
from collections.abc import Iterable, Sequence
from functools import partial

from sqlalchemy import update

from app.accounts import queries, rules
from app.accounts.errors import TokensFull
from app.accounts.models import ApiToken, SessionRow
from app.kernel.ids import AccountId, DeviceId, mint
from app.kernel.problems import NotFound
from app.platform.uow import UnitOfWork
from app.touches import api as touches

SECRET_BYTES = 32
"""256 bits; 128 would do (OWASP ASVS 7.2.3)."""

TOKEN_PREFIX = "trove_"  # noqa: S105 - what a secret begins with, so that scanners know it
"""Lets people and secret scanners tell what the text is."""


def start_session(
    uow: UnitOfWork, *, account_id: AccountId, device_id: DeviceId, user_agent: str
) -> str:
    """Sign a browser in; return the secret for its cookie, which is kept nowhere else.

    Links the device to the account, so that what was touched before counts for the person.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    uow.add(
        SessionRow(
            digest=queries.digest_of(secret),
            id=mint("session"),
            account_id=account_id,
            device_id=device_id,
            agent=rules.agent_label(user_agent),
            started_at=uow.now,
            seen_at=rules.hour_of(uow.now),
        )
    )
    touches.link(uow, device_id=device_id, account_id=account_id)
    return secret


def end_session(uow: UnitOfWork, *, account_id: AccountId, session_id: str) -> None:
    """Sign one browser out.

    Raises:
        NotFound: the session is not theirs, or has ended.
    """
    ended = uow.change(
        update(SessionRow)
        .where(
            SessionRow.id == session_id,
            SessionRow.account_id == account_id,
            SessionRow.ended_at.is_(None),
        )
        .values(ended_at=uow.now)
    )
    if not ended:
        raise NotFound
    uow.after_commit(partial(queries.drop_caller, account_id))


def end_sessions(
    uow: UnitOfWork, *, account_id: AccountId, but_session_id: str | None = None
) -> int:
    """Sign all browsers out, but for one where it is named; return how many."""
    asked = update(SessionRow).where(
        SessionRow.account_id == account_id, SessionRow.ended_at.is_(None)
    )
    if but_session_id is not None:
        asked = asked.where(SessionRow.id != but_session_id)
    uow.after_commit(partial(queries.drop_caller, account_id))
    return uow.change(asked.values(ended_at=uow.now))


def mark_seen(uow: UnitOfWork, *, digests: Iterable[str]) -> None:
    """Note that sessions were used in this hour."""
    hour = rules.hour_of(uow.now)
    uow.change(
        update(SessionRow)
        .where(SessionRow.digest.in_(set(digests)), SessionRow.seen_at < hour)
        .values(seen_at=hour)
    )


def make_token(uow: UnitOfWork, *, account_id: AccountId, name: str, scopes: Sequence[str]) -> str:
    """Make a token for a program; return its secret, which is kept nowhere else.

    Raises:
        TokensFull: there are `rules.TOKENS_MAX` already.
    """
    if queries.count_tokens(uow, account_id=account_id) >= rules.TOKENS_MAX:
        raise TokensFull
    secret = TOKEN_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    uow.add(
        ApiToken(
            digest=queries.digest_of(secret),
            id=mint("api token"),
            account_id=account_id,
            name=name,
            scopes=" ".join(sorted(set(scopes))),
            created_at=uow.now,
        )
    )
    return secret


def end_token(uow: UnitOfWork, *, account_id: AccountId, token_id: str) -> None:
    """End a token.

    Raises:
        NotFound: the token is not theirs, or has ended.
    """
    if not _end_tokens(uow, account_id, token_id):
        raise NotFound


def end_tokens(uow: UnitOfWork, *, account_id: AccountId) -> int:
    """End every token; return how many."""
    return _end_tokens(uow, account_id, None)


def _end_tokens(uow: UnitOfWork, account_id: AccountId, token_id: str | None) -> int:
    asked = update(ApiToken).where(ApiToken.account_id == account_id, ApiToken.ended_at.is_(None))
    if token_id is not None:
        asked = asked.where(ApiToken.id == token_id)
    uow.after_commit(partial(queries.drop_caller, account_id))
    return uow.change(asked.values(ended_at=uow.now))
