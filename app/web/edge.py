"""One way through the edge for every operation that writes: limits, key, one unit of work."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from flask import request

from app.kernel.problems import InvalidInput, field_error
from app.platform import idempotency
from app.platform.idempotency import KEY_LENGTH_MAX, Answer, Claim, KeyMissing
from app.platform.uow import UnitOfWork, snapshot, transact
from app.web.caller import find_caller

KeyRule = Literal["none", "optional", "required"]


@dataclass(frozen=True, slots=True)
class Done:
    """An answer, and whether it was given before."""

    answer: Answer
    replayed: bool


def perform(
    work: Callable[[UnitOfWork], Answer], *, scope: str, key: str | None, key_rule: KeyRule
) -> Done:
    """Do ``work`` in a unit of work of its own, once per key.

    Args:
        work: writes, and renders the answer before the commit, so that both are kept or neither.
        scope: the operation; a key counts within it.
        key: what the caller sent.
        key_rule: whether a key is needed. Keys of callers without an account are not kept: an
            anonymous caller's answer must never be read by another.

    Raises:
        KeyMissing, KeyReused, KeyRunning: see `app.platform.idempotency`.
        Busy: see `unit_of_work`.

    """
    found = find_caller()
    if key is None and key_rule == "required":
        raise KeyMissing
    if key is None or key_rule == "none" or found is None:
        return Done(transact(work), replayed=False)
    # An empty key is refused too: whoever sends one believes that the request is kept by it.
    if not 0 < len(key) <= KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        fault = field_error(
            "/headers/Idempotency-Key", "invalid-key", "1 to 80 characters, please."
        )
        raise InvalidInput([fault])
    seen = request.headers.get("If-Match")
    digest = idempotency.digest_of(f"{request.path}\0{seen!r}\0".encode() + _input())
    claim = Claim(found.account_id, scope, key, digest)
    with idempotency.running(claim):
        with snapshot() as view:
            before = idempotency.find_answer(view, claim)
        if before is not None:
            return Done(before, replayed=True)
        return transact(lambda uow: _once(uow, claim, work))


def _once(uow: UnitOfWork, claim: Claim, work: Callable[[UnitOfWork], Answer]) -> Done:
    idempotency.begin(uow, claim)
    # Another process may have answered between the look and the lock.
    before = idempotency.find_answer(uow, claim)
    if before is not None:
        return Done(before, replayed=True)
    answer = work(uow)
    idempotency.keep_answer(uow, claim, answer)
    return Done(answer, replayed=False)


def _input() -> bytes:
    """Return what makes two requests the same: the body, without what changes at each render."""
    if not request.form:
        return request.get_data(cache=True)
    pairs = sorted(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", "idempotency_key"}
    )
    return repr(pairs).encode()
