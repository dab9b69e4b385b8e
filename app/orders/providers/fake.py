"""The fake provider: in memory, for tests and for installations that take no money."""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.orders.providers.port import (
    ChargeRef,
    ChargeState,
    Notice,
    Paid,
    ProviderDown,
    ProviderRefused,
    RefundState,
)
from app.orders.providers.sandbox import read_notice
from app.orders.providers.signing import HEADER, sign


@dataclass
class FakeProvider:
    """Keeps its notices for a test to deliver, in any order and as often as it likes."""

    name: str = "none"
    down: bool = False
    refund_says: str = "succeeded"
    charges: dict[str, int] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    came: dict[str, list[Paid]] = field(default_factory=dict)
    refunds: dict[str, tuple[str, int, str]] = field(default_factory=dict)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    """Its own: an installation that takes no money still takes nobody's word for a payment."""

    def close(self) -> None:
        """Hold nothing."""

    def open_charge(self, *, charge_no: str, amount_fen: int, description: str) -> ChargeRef:
        """Ask for a charge."""
        del description
        self._reach()
        if self.charges.setdefault(charge_no, amount_fen) != amount_fen:
            raise ProviderRefused("charge-differs")
        return ChargeRef(charge_no, f"/wallet/{charge_no}")

    def charge(self, *, charge_no: str) -> ChargeState:
        """Return where a charge stands."""
        self._reach()
        if charge_no not in self.charges:
            raise ProviderRefused("charge-unknown")
        paid = tuple(self.came.get(charge_no, ()))
        if paid:
            return ChargeState("paid", paid)
        return ChargeState("closed" if charge_no in self.closed else "waiting", ())

    def close_charge(self, *, charge_no: str) -> None:
        """Say that a charge is no longer wanted."""
        self._reach()
        if charge_no not in self.charges:
            raise ProviderRefused("charge-unknown")
        self.closed.add(charge_no)

    def refund(self, *, refund_no: str, txn_id: str, amount_fen: int) -> RefundState:
        """Send money back."""
        self._reach()
        known = self.refunds.get(refund_no)
        if known is not None and known[:2] != (txn_id, amount_fen):
            raise ProviderRefused("refund-differs")
        if known is None:
            self._check_refund(txn_id, amount_fen)
            known = self.refunds[refund_no] = (txn_id, amount_fen, self.refund_says)
        return RefundState(known[2])  # type: ignore[arg-type] # one of the three

    def refund_state(self, *, refund_no: str) -> RefundState:
        """Return where a refund stands."""
        self._reach()
        if refund_no not in self.refunds:
            raise ProviderRefused("refund-unknown")
        return RefundState(self.refunds[refund_no][2])  # type: ignore[arg-type] # one of the three

    def read_notice(self, *, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Notice:
        """Return what a notice says."""
        return read_notice(self.secret, headers, raw_body, now)

    def pay(self, *, charge_no: str, behaviour: str = "normal") -> Paid:
        """Pay as the wallet's holder; the notice is for the test to deliver."""
        self._reach()
        if charge_no not in self.charges:
            raise ProviderRefused("charge-unknown")
        if behaviour == "decline" or charge_no in self.closed:
            raise ProviderRefused("declined" if behaviour == "decline" else "charge-closed")
        more = {"wrong_amount": -1, "too_much": 1}.get(behaviour, 0)
        amount = self.charges[charge_no] + more
        paid = Paid(f"txn_{charge_no}_{len(self.came.get(charge_no, ()))}", amount)
        self.came.setdefault(charge_no, []).append(paid)
        return paid

    def notice(self, type_: str, **said: object) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a signed notice."""
        event_id = f"evt_{secrets.token_hex(12)}"
        body = json.dumps({"event_id": event_id, "type": type_, **said}).encode()
        return {HEADER: sign(self.secret, body, at_s=int(time.time()))}, body

    def _check_refund(self, txn_id: str, amount_fen: int) -> None:
        came = {paid.txn_id: paid.amount_fen for all_ in self.came.values() for paid in all_}
        if txn_id not in came:
            raise ProviderRefused("txn-unknown")
        went = sum(
            fen for txn, fen, state in self.refunds.values() if txn == txn_id and state != "failed"
        )
        if amount_fen <= 0 or went + amount_fen > came[txn_id]:
            raise ProviderRefused("refund-too-much")

    def _reach(self) -> None:
        if self.down:
            raise ProviderDown("told to be down")
