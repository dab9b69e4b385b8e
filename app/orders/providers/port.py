"""The payment port: charges, refunds, and the provider's signed notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol


class ProviderDown(Exception):
    """Nothing is known of what was asked: ask again with the same number."""


class ProviderRefused(Exception):
    """The provider says no, and will say so again; ``code`` is its reason."""

    def __init__(self, code: str) -> None:
        """Keep the reason."""
        super().__init__(code)
        self.code = code


class NoticeForged(Exception):
    """The notice is not signed by the provider, is too old, or is none."""


@dataclass(frozen=True, slots=True)
class ChargeRef:
    """A charge that waits to be paid, and where a person does so, if on this site."""

    charge_no: str
    pay_path: str | None


@dataclass(frozen=True, slots=True)
class Paid:
    """A transaction: money that came for a charge."""

    txn_id: str
    amount_fen: int


@dataclass(frozen=True, slots=True)
class ChargeState:
    """Where a charge stands, and what came for it."""

    state: Literal["waiting", "paid", "closed"]
    payments: tuple[Paid, ...]


@dataclass(frozen=True, slots=True)
class RefundState:
    """Where a refund stands."""

    state: Literal["pending", "succeeded", "failed"]


@dataclass(frozen=True, slots=True)
class Notice:
    """What the provider tells by itself."""

    event_id: str
    type: Literal["charge.paid", "refund.succeeded", "refund.failed"]
    charge_no: str | None
    refund_no: str | None
    txn_id: str | None
    amount_fen: int


class PaymentProvider(Protocol):
    """Somebody who moves real or play money. Numbers are ours, and make every call repeatable."""

    name: str

    def close(self) -> None:
        """Give back what is held: connections."""

    def open_charge(self, *, charge_no: str, amount_fen: int, description: str) -> ChargeRef:
        """Ask for a charge; the same number is the same charge.

        Raises:
            ProviderDown, ProviderRefused: see there; so may every other call.
        """

    def charge(self, *, charge_no: str) -> ChargeState:
        """Return where a charge stands."""

    def close_charge(self, *, charge_no: str) -> None:
        """Say that nothing more is wanted for a charge: from then on no payment is taken.

        What was paid before stays, and is told of late or by `charge`.
        """

    def refund(self, *, refund_no: str, txn_id: str, amount_fen: int) -> RefundState:
        """Send money of a transaction back; the same number is the same refund."""

    def refund_state(self, *, refund_no: str) -> RefundState:
        """Return where a refund stands."""

    def read_notice(self, *, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Notice:
        """Return what a notice says.

        Raises:
            NoticeForged: it is not the provider's, or older than five minutes.
        """
