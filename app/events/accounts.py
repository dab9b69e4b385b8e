"""Facts about people: who they are now, whether they earn, whom they follow."""

from dataclasses import dataclass
from typing import ClassVar

from app.events.base import Event
from app.kernel.ids import AccountId


@dataclass(frozen=True, slots=True)
class AccountChanged(Event):
    """An account is new, shows itself differently, or was banned."""

    topic: ClassVar[str] = "accounts.account-changed.v1"
    key: ClassVar[str] = "account_id"

    account_id: AccountId


@dataclass(frozen=True, slots=True)
class CreatorSwitched(Event):
    """Somebody began or ceased to earn with what they publish."""

    topic: ClassVar[str] = "accounts.creator-switched.v1"
    key: ClassVar[str] = "account_id"

    account_id: AccountId


@dataclass(frozen=True, slots=True)
class Followed(Event):
    """Somebody follows somebody."""

    topic: ClassVar[str] = "accounts.followed.v1"
    key: ClassVar[str] = "follower_id"

    follower_id: AccountId
    followed_id: AccountId


@dataclass(frozen=True, slots=True)
class Unfollowed(Event):
    """Somebody follows somebody no longer."""

    topic: ClassVar[str] = "accounts.unfollowed.v1"
    key: ClassVar[str] = "follower_id"

    follower_id: AccountId
    followed_id: AccountId
