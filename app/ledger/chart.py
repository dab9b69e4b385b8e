"""The chart of accounts: the only place that spells their names; pure."""

from dataclasses import dataclass
from typing import Final

from app.kernel.ids import AccountId, MerchantId

FEES = "platform:fees"
COSTS = frozenset({"platform:adjustments", "platform:write-offs", "platform:provider-costs"})
"""What the platform bears; these may go below zero."""

STATES: Final = ("pending", "payable", "frozen", "receivable")


@dataclass(frozen=True, slots=True)
class Account:
    """An account's name taken apart.

    ``kind`` is its first word; ``owner`` is a provider, an id, a reference, or what the platform's
    account is for; ``state`` is that of a merchant's or creator's money.
    """

    kind: str
    owner: str
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Holder:
    """The accounts of one person or firm, by the state of the money.

    `pending` waits for the release, `payable` may be paid out, `frozen` is held back, `receivable`
    is what they owe: zero or below.
    """

    base: str

    @property
    def pending(self) -> str:
        """Credited, not yet released."""
        return f"{self.base}:pending"

    @property
    def payable(self) -> str:
        """Released: theirs."""
        return f"{self.base}:payable"

    @property
    def frozen(self) -> str:
        """Held back."""
        return f"{self.base}:frozen"

    @property
    def receivable(self) -> str:
        """Owed by them; never above zero."""
        return f"{self.base}:receivable"


def merchant(merchant_id: MerchantId) -> Holder:
    """Return the accounts of a merchant."""
    return Holder(f"merchant:{merchant_id}")


def creator(account_id: AccountId) -> Holder:
    """Return the accounts of a creator."""
    return Holder(f"creator:{account_id}")


def world(provider: str) -> str:
    """Return the account of the world outside, as a payment provider stands for it."""
    return f"world:{provider}"


def transit(reference: str) -> str:
    """Return the account of money that is only passing through."""
    return f"transit:{reference}"


def parse(account: str) -> Account:
    """Return the parts of an account's name.

    Raises:
        ValueError: there is no such account.
    """
    kind, _, rest = account.partition(":")
    owner, state = rest, None
    if kind in {"merchant", "creator"}:
        owner, _, state = rest.partition(":")
        known = state in STATES
    elif kind == "platform":
        known = account == FEES or account in COSTS
    else:
        known = kind in {"world", "transit"}
    if not known or not owner:
        raise ValueError(f"there is no account {account!r}")
    return Account(kind, owner, state)


def keeps_balance(account: str) -> bool:
    """Tell whether the account has a balance row; the others would be hot rows, and are folded."""
    return parse(account).kind not in {"world", "platform"}


def may_be_negative(account: str) -> bool:
    """Tell whether the account may stand below zero."""
    found = parse(account)
    return found.kind == "world" or account in COSTS or found.state == "receivable"


def may_be_positive(account: str) -> bool:
    """Tell whether the account may stand above zero."""
    return parse(account).state != "receivable"
