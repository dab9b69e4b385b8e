"""The sandbox provider as the site sees it: over HTTP, with deadlines."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

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
from app.orders.providers.signing import HEADER, request_text, sign, why_forged
from app.platform.metrics import Counter

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")

ERRORS = Counter(
    "trove_provider_errors_total", "Payment providers that did not do it.", ("provider", "kind")
)

ANSWER_SECONDS = 5.0
CONNECT_SECONDS = 2.0
REFUSALS = frozenset({400, 409})
"""Statuses of an answer that will not change; with any other nothing is known."""

NAMED_BY = {
    "charge.paid": ("charge_no", "txn_id"),
    "refund.succeeded": ("refund_no",),
    "refund.failed": ("refund_no",),
}
"""What each type of notice must name."""

NUMBER_LENGTH_MAX = 72
"""With `transit:` before it a transaction's number still fits the ledger's accounts."""

AMOUNT_FEN_MAX = 10**15


class SandboxProvider:
    """Speaks with the sandbox program."""

    name = "sandbox"

    def __init__(self, url: str, secret: bytes) -> None:
        """Speak with the program at ``url``; ``secret`` is shared with it."""
        self._url, self._secret = url, secret

    @cached_property
    def _http(self) -> "httpx.Client":
        # Its library would be a tenth of every start, and the machine's certificates 40 ms more.
        import httpx  # noqa: PLC0415 - see above

        return httpx.Client(
            base_url=self._url,
            timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,
            verify=self._url.startswith("https:"),
        )

    def close(self) -> None:
        """Give back the connections."""
        if "_http" in vars(self):
            self._http.close()

    def open_charge(self, *, charge_no: str, amount_fen: int, description: str) -> ChargeRef:
        """Ask for a charge."""
        said = {"charge_no": charge_no, "amount_fen": amount_fen, "description": description}
        self._ask("POST", "/charges", said, read=_nothing)
        return ChargeRef(charge_no, f"/wallet/{charge_no}")

    def charge(self, *, charge_no: str) -> ChargeState:
        """Return where a charge stands."""
        return self._ask("GET", f"/charges/{charge_no}", read=_charge_state)

    def close_charge(self, *, charge_no: str) -> None:
        """Say that a charge is no longer wanted."""
        self._ask("POST", f"/charges/{charge_no}/closure", {}, read=_nothing)

    def refund(self, *, refund_no: str, txn_id: str, amount_fen: int) -> RefundState:
        """Send money back."""
        said = {"refund_no": refund_no, "txn_id": txn_id, "amount_fen": amount_fen}
        return self._ask("POST", "/refunds", said, read=_refund_state)

    def refund_state(self, *, refund_no: str) -> RefundState:
        """Return where a refund stands."""
        return self._ask("GET", f"/refunds/{refund_no}", read=_refund_state)

    def pay(self, *, charge_no: str, behaviour: str) -> None:
        """Pay a charge from the wallet, as its holder; only the sandbox has a wallet here."""
        self._ask("POST", f"/charges/{charge_no}/payments", {"behaviour": behaviour}, read=_nothing)

    def tell(self, *, what: str, value: str) -> None:
        """Tell the sandbox how the next payment or refund goes."""
        self._ask("POST", "/behaviour", {"what": what, "value": value}, read=_nothing)

    def read_notice(self, *, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Notice:
        """Return what a notice says."""
        return read_notice(self._secret, headers, raw_body, now)

    def _ask(
        self,
        method: str,
        path: str,
        said: dict[str, Any] | None = None,
        *,
        read: Callable[[Any], T],
    ) -> T:
        import httpx  # noqa: PLC0415 - see `_http`

        body = json.dumps(said).encode() if said is not None else b""
        signature = sign(self._secret, request_text(method, path, body), at_s=int(time.time()))
        try:
            answer = self._http.request(
                method, path, content=body or None, headers={HEADER: signature}
            )
            told = answer.json()
            if answer.status_code in REFUSALS:
                refused = ProviderRefused(str(told["code"]))
                ERRORS.add(self.name, "refused")
            elif answer.is_success:
                return read(told)
            else:
                # Also a signature that is not taken: the clock or the secret can be mended, and
                # a refund that was given up for it could not.
                raise ProviderDown(f"{answer.status_code} {answer.text[:200]}")
        except ProviderDown:
            ERRORS.add(self.name, "faulty")
            raise
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            ERRORS.add(self.name, "down" if isinstance(error, httpx.HTTPError) else "faulty")
            raise ProviderDown(f"{type(error).__name__}: {error}") from error
        raise refused


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
        type_, amount = said["type"], said["amount_fen"]
        if type(amount) is not int or not 0 < amount <= AMOUNT_FEN_MAX:
            raise ValueError(amount)
        numbers = {name: _number(said[name]) for name in NAMED_BY[type_]}
        return Notice(
            event_id=_number(said["event_id"]),
            type=type_,
            charge_no=numbers.get("charge_no"),
            refund_no=numbers.get("refund_no"),
            txn_id=numbers.get("txn_id"),
            amount_fen=amount,
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoticeForged("it is no notice") from error


def _nothing(told: Any) -> None:
    """Let an answer that says nothing more be."""
    del told


def _number(value: object) -> str:
    """Return a number of ours or theirs as it is: what is cut short could be another's."""
    if not isinstance(value, str) or not 0 < len(value) <= NUMBER_LENGTH_MAX:
        raise ValueError(value)
    if not value.isascii() or not value.isprintable():
        raise ValueError(value)
    return value


def _charge_state(told: Any) -> ChargeState:
    if told["state"] not in {"waiting", "paid", "closed"}:
        raise ValueError(told["state"])
    paid = tuple(Paid(_number(one["txn_id"]), int(one["amount_fen"])) for one in told["payments"])
    return ChargeState(told["state"], paid)


def _refund_state(told: Any) -> RefundState:
    if told["state"] not in {"pending", "succeeded", "failed"}:
        raise ValueError(told["state"])
    return RefundState(told["state"])
