"""Who follows whom."""

from sqlalchemy import bindparam, delete, text, update

from app.accounts import queries
from app.accounts.errors import SelfFollow
from app.accounts.models import Account, Follow
from app.events.accounts import Followed, Unfollowed
from app.kernel.ids import AccountId
from app.kernel.problems import NotFound
from app.platform.db import UtcDateTime
from app.platform.uow import UnitOfWork

_FOLLOW = text(
    "INSERT INTO accounts_follow (follower_id, followed_id, at)"
    " VALUES (:follower_id, :followed_id, :at) ON CONFLICT DO NOTHING"
).bindparams(bindparam("at", type_=UtcDateTime()))


def follow(uow: UnitOfWork, *, follower_id: AccountId, followed_id: AccountId) -> None:
    """Let somebody follow somebody, and announce it; a second time changes nothing.

    Raises:
        SelfFollow: they are one.
        NotFound: there is nobody to follow, or the account is closed.
    """
    if follower_id == followed_id:
        raise SelfFollow
    if followed_id not in queries.people(uow, account_ids=[followed_id]) or queries.is_banned(
        uow, account_id=followed_id
    ):
        raise NotFound
    values = {"follower_id": follower_id, "followed_id": followed_id, "at": uow.now}
    if uow.change(_FOLLOW, values) == 1:
        _count(uow, follower_id, followed_id, by=1)
        uow.announce(Followed(follower_id=follower_id, followed_id=followed_id))


def unfollow(uow: UnitOfWork, *, follower_id: AccountId, followed_id: AccountId) -> None:
    """Let somebody follow somebody no longer, and announce it; a second time changes nothing."""
    gone = delete(Follow).where(
        Follow.follower_id == follower_id, Follow.followed_id == followed_id
    )
    if uow.change(gone) == 1:
        _count(uow, follower_id, followed_id, by=-1)
        uow.announce(Unfollowed(follower_id=follower_id, followed_id=followed_id))


def _count(uow: UnitOfWork, follower_id: AccountId, followed_id: AccountId, *, by: int) -> None:
    follower = update(Account).where(Account.id == follower_id)
    followed = update(Account).where(Account.id == followed_id)
    uow.change(follower.values(following=Account.following + by))
    uow.change(followed.values(followers=Account.followers + by))
