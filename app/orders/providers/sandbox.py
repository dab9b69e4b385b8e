"""The sandbox provider as the site sees it: over HTTP, with deadlines."""

import json
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import httpx

from app.orders.providers.port import (
    ChargeRef,
    ChargeState,
    Notice,
    NoticeForged,
    Paid,
    ProviderDown,
    ProviderRefused,
    RefundState,
)
from app.orders.providers.signing import HEADER, sign, why_forged

TIMEOUT = httpx.Timeout(5.0, connect=2.0)
TYPES = frozenset({"charge.paid", "refund.succeeded", "refund.failed"})


class SandboxProvider:
    """Speaks with the sandbox program."""

    name = "sandbox"

    def __init__(self, url: str, secret: bytes) -> None:
        """Speak with the program at ``url``; ``secret`` is shared with it."""
        self._secret = secret
        self._http = httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)

    def open_charge(self, *, charge_no: str, amount_fen: int, description: str) -> ChargeRef:
        """Ask for a charge."""
        said = {"charge_no": charge_no, "amount_fen": amount_fen, "description": description}
        self._ask("POST", "/charges", said)
        return ChargeRef(charge_no, f"/wallet/{charge_no}")

    def charge(self, *, charge_no: str) -> ChargeState:
        """Return where a charge stands."""
        said = self._ask("GET", f"/charges/{charge_no}")
        paid = tuple(Paid(one["txn_id"], one["amount_fen"]) for one in said["payments"])
        return ChargeState(said["state"], paid)

    def close_charge(self, *, charge_no: str) -> None:
        """Say that a charge is no longer wanted."""
        self._ask("POST", f"/charges/{charge_no}/closure", {})

    def refund(self, *, refund_no: str, txn_id: str, amount_fen: int) -> RefundState:
        """Send money back."""
        said = {"refund_no": refund_no, "txn_id": txn_id, "amount_fen": amount_fen}
        return RefundState(self._ask("POST", "/refunds", said)["state"])

    def refund_state(self, *, refund_no: str) -> RefundState:
        """Return where a refund stands."""
        return RefundState(self._ask("GET", f"/refunds/{refund_no}")["state"])

    def pay(self, *, charge_no: str, behaviour: str) -> None:
        """Pay a charge from the wallet, as its holder; only the sandbox has a wallet here."""
        self._ask("POST", f"/charges/{charge_no}/payments", {"behaviour": behaviour})

    def tell(self, *, what: str, value: str) -> None:
        """Tell the sandbox how the next payment or refund goes."""
        self._ask("POST", "/behaviour", {"what": what, "value": value})

    def read_notice(self, *, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Notice:
        """Return what a notice says."""
        return read_notice(self._secret, headers, raw_body, now)

    def _ask(self, method: str, path: str, said: dict[str, Any] | None = None) -> Any:
        body = json.dumps(said).encode() if said is not None else b""
        signature = sign(self._secret, body or path.encode(), at_s=int(time.time()))
        try:
            answer = self._http.request(
                method, path, content=body or None, headers={HEADER: signature}
            )
            told = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderDown(str(error)) from error
        if answer.status_code >= 500:
            raise ProviderDown(answer.text)
        if answer.status_code >= 400:
            raise ProviderRefused(str(told.get("code", "refused")))
        return told


def read_notice(
    secret: bytes, headers: Mapping[str, str], raw_body: bytes, now: datetime
) -> Notice:
    """Return what a notice with the sandbox's signature says.

    Raises:
        NoticeForged: the signature does not hold, or the notice is malformed.
    """
    forged = why_forged(secret, headers, raw_body, now_s=int(now.timestamp()))
    if forged:
        raise NoticeForged(forged)
    try:
        said = json.loads(raw_body)
        type_ = said["type"]
        if type_ not in TYPES or type(said["amount_fen"]) is not int or said["amount_fen"] <= 0:
            raise ValueError(type_)
        return Notice(
            event_id=str(said["event_id"]),
            type=type_,
            charge_no=_text(said.get("charge_no")),
            refund_no=_text(said.get("refund_no")),
            txn_id=_text(said.get("txn_id")),
            amount_fen=said["amount_fen"],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoticeForged("it is no notice") from error


def _text(value: object) -> str | None:
    return str(value)[:80] if value is not None else None
