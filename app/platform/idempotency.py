"""Idempotency keys: a request sent twice is done once, and answered alike.

The claim is a row in the transaction that does the work, so a lost reply costs nothing. Who is
still running is known to this process, and to others by a lock in the database.
"""

import hashlib
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Index, LargeBinary, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.problems import Problem
from app.platform import locks
from app.platform.db import Base
from app.platform.uow import Snapshot, UnitOfWork

KEPT_DAYS = 7
"""How long an answer is kept; what must be unique for ever has a unique column of its own."""

KEY_LENGTH_MAX = 80


class KeyReused(Problem):
    """The key was used before, for another request."""

    code, status = "idempotency-key-reused", 422
    title = "This Idempotency-Key belongs to another request"
    hint = "Use a new key for a new request; send the same body to repeat one."


class KeyRunning(Problem):
    """The first request with this key has not ended yet."""

    code, status = "idempotency-key-running", 409
    title = "The same request is still being worked on"
    hint = "Wait a moment and send it again with the same key."


class KeyMissing(Problem):
    """Money moves here, so the request must be repeatable."""

    code, status = "idempotency-key-missing", 400
    title = "This operation needs an Idempotency-Key"
    hint = "Send an Idempotency-Key header: any text of 1 to 80 characters, new for each request."


class IdempotencyRow(Base):
    """The answer that was given to a key; written with what it answers for."""

    __tablename__ = "platform_idempotency"
    __table_args__ = (Index(None, "at"),)
    personal = "body: what was answered, kept a week"

    actor: Mapped[str] = mapped_column(String(40), primary_key=True)
    scope: Mapped[str] = mapped_column(String(120), primary_key=True)
    key: Mapped[str] = mapped_column(String(KEY_LENGTH_MAX), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Claim:
    """One request under one key: who, which operation, which key, and a digest of the input."""

    actor: str
    scope: str
    key: str
    digest: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: a status, and the body, or the address for a redirect."""

    status: int
    body: bytes


_running: set[tuple[str, str, str]] = set()
_running_lock = threading.Lock()


def digest_of(body: bytes) -> str:
    """Return the digest by which two inputs are the same."""
    return hashlib.sha256(body).hexdigest()


@contextmanager
def running(claim: Claim) -> Generator[None]:
    """Mark ``claim`` as being worked on for the block.

    Raises:
        KeyRunning: it is being worked on already.

    """
    mark = (claim.actor, claim.scope, claim.key)
    with _running_lock:
        if mark in _running:
            raise KeyRunning
        _running.add(mark)
    try:
        yield
    finally:
        with _running_lock:
            _running.discard(mark)


def begin(uow: UnitOfWork, claim: Claim) -> None:
    """Make sure that no other process works on ``claim`` until the commit.

    Raises:
        KeyRunning: one does.
    """
    if not locks.try_take(uow, f"key/{claim.actor}/{claim.scope}/{claim.key}"):
        raise KeyRunning


def find_answer(view: Snapshot, claim: Claim) -> Answer | None:
    """Return the answer that ``claim`` was given before, if it was.

    Raises:
        KeyReused: the key stands for another input.

    """
    row = view.row(
        select(IdempotencyRow.digest, IdempotencyRow.status, IdempotencyRow.body).where(
            IdempotencyRow.actor == claim.actor,
            IdempotencyRow.scope == claim.scope,
            IdempotencyRow.key == claim.key,
        )
    )
    if row is None:
        return None
    if row.digest != claim.digest:
        raise KeyReused
    return Answer(row.status, row.body)


def keep_answer(uow: UnitOfWork, claim: Claim, answer: Answer) -> None:
    """Store ``answer`` in the transaction that did the work."""
    uow.add(
        IdempotencyRow(
            actor=claim.actor,
            scope=claim.scope,
            key=claim.key,
            digest=claim.digest,
            status=answer.status,
            body=answer.body,
            at=uow.now,
        )
    )


def prune(uow: UnitOfWork) -> int:
    """Forget answers older than `KEPT_DAYS`; return how many."""
    old = uow.now - timedelta(days=KEPT_DAYS)
    return uow.change(delete(IdempotencyRow).where(IdempotencyRow.at < old))
