"""Who is who: what everybody may know of an account, and what only its owner may."""

import dataclasses
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, bindparam, select

from app.accounts import rules
from app.accounts.models import Account, CreatorSwitch, Follow
from app.accounts.queries.sealed import contact_place, keys
from app.kernel.ids import AccountId, PictureId
from app.kernel.page import PAGE_SIZE, Page, cut, load_cursor
from app.kernel.problems import NotFound
from app.pictures import api as pictures
from app.platform.uow import Snapshot


@dataclass(frozen=True, slots=True)
class Person:
    """What everybody may know of an account."""

    id: AccountId
    handle: str
    name: str
    bio: str
    avatar_url: str | None
    is_creator: bool
    followers: int
    following: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Me(Person):
    """What only its owner may know of an account; e-mail and phone are masked even so."""

    email_masked: str | None
    phone_masked: str | None
    has_password: bool
    version: int


@dataclass(frozen=True, slots=True)
class Login:
    """What signing in compares with; never shown."""

    account_id: AccountId
    password_hash: str | None
    is_banned: bool


@dataclass(frozen=True, slots=True)
class History:
    """When somebody began and ceased to earn, oldest first, and whether the account is closed.

    A ban is told apart from the switch: it is a reason of its own.
    """

    switches: tuple[tuple[datetime, bool], ...]
    is_banned: bool

    def was_earning(self, at: datetime) -> bool:
        """Tell whether the creator switch was on at ``at``."""
        place = bisect_right(self.switches, at, key=itemgetter(0))
        return place > 0 and self.switches[place - 1][1]


_PERSON = select(
    Account.id,
    Account.handle,
    Account.name,
    Account.bio,
    Account.avatar_picture_id,
    Account.is_creator,
    Account.followers,
    Account.following,
    Account.created_at,
)


_EARNING = select(Account.id).where(
    Account.id.in_(bindparam("ids", expanding=True)),
    Account.is_creator,
    Account.banned_at.is_(None),
)


def person(view: Snapshot, *, account_id: AccountId) -> Person:
    """Return who ``account_id`` is, banned or not: old orders still name them.

    Raises:
        NotFound: there is no such account.
    """
    found = people(view, account_ids=[account_id])
    if account_id not in found:
        raise NotFound
    return found[account_id]


def people(view: Snapshot, *, account_ids: Iterable[AccountId]) -> dict[AccountId, Person]:
    """Return who the accounts are, banned or not; unknown ids are left out."""
    return {one.id: one for one in _people(view, Account.id.in_(set(account_ids)))}


def find_by_handle(view: Snapshot, *, handle: str) -> Person | None:
    """Return who goes by ``handle``, or None where nobody does or the account is closed."""
    found = _people(view, (Account.handle == handle) & Account.banned_at.is_(None))
    return found[0] if found else None


def me(view: Snapshot, *, account_id: AccountId) -> Me:
    """Return what the owner of ``account_id`` sees of it.

    Raises:
        NotFound: there is no such account.
    """
    row = view.row(
        select(
            Account.email_sealed,
            Account.phone_sealed,
            Account.password_hash.is_not(None).label("has_password"),
            Account.version,
        ).where(Account.id == account_id)
    )
    if row is None:
        raise NotFound
    email = _open(row.email_sealed, "email", account_id)
    phone = _open(row.phone_sealed, "phone", account_id)
    return Me(
        **dataclasses.asdict(person(view, account_id=account_id)),
        email_masked=rules.mask_email(email) if email else None,
        phone_masked=rules.mask_phone(phone) if phone else None,
        has_password=row.has_password,
        version=row.version,
    )


def own_words(view: Snapshot, *, account_id: AccountId) -> tuple[str, ...]:
    """Return what a password of theirs must not be made of."""
    row = view.row(
        select(Account.handle, Account.email_sealed, Account.phone_sealed).where(
            Account.id == account_id
        )
    )
    if row is None:
        return ()
    email = _open(row.email_sealed, "email", account_id) or ""
    phone = _open(row.phone_sealed, "phone", account_id) or ""
    return (row.handle, email, email.partition("@")[0], phone.removeprefix("+86"))


def find_login(view: Snapshot, *, login: str) -> Login | None:
    """Return whom ``login``, an e-mail address or phone number, would sign in."""
    index = keys().blind_index(rules.login_key(login))
    return _login(view, (Account.email_index == index) | (Account.phone_index == index))


def login_of(view: Snapshot, *, account_id: AccountId) -> Login | None:
    """Return what signing in as ``account_id`` compares with."""
    return _login(view, Account.id == account_id)


def find_demo_login(view: Snapshot, *, handle: str) -> Login | None:
    """Return whom one click signs in: a person of the demo, and nobody else."""
    return _login(view, (Account.handle == handle) & Account.is_demo)


def taken(view: Snapshot, *, handle: str, email: str | None, phone: str | None) -> tuple[str, ...]:
    """Return which of `handle`, `email`, `phone` belong to somebody already."""
    wanted: list[tuple[str, ColumnElement[bool]]] = [("handle", Account.handle == handle)]
    if email:
        index = keys().blind_index(rules.email_key(email))
        wanted.append(("email", Account.email_index == index))
    if phone:
        index = keys().blind_index(rules.phone_key(phone))
        wanted.append(("phone", Account.phone_index == index))
    return tuple(
        name for name, where in wanted if view.value(select(Account.id).where(where)) is not None
    )


def is_earning(view: Snapshot, *, account_ids: Iterable[AccountId]) -> frozenset[AccountId]:
    """Return which of the accounts earn now: switched on, and not banned."""
    rows = view.rows(_EARNING, {"ids": list(set(account_ids))})
    return frozenset(AccountId(row.id) for row in rows)


def histories(view: Snapshot, *, account_ids: Iterable[AccountId]) -> dict[AccountId, History]:
    """Return the history of each of the accounts; of one there is not, that of nobody."""
    wanted = set(account_ids)
    closed = {
        row.id
        for row in view.rows(
            select(Account.id).where(Account.id.in_(wanted), Account.banned_at.is_not(None))
        )
    }
    switches: dict[str, list[tuple[datetime, bool]]] = {}
    for row in view.rows(
        select(CreatorSwitch.account_id, CreatorSwitch.at, CreatorSwitch.is_on)
        .where(CreatorSwitch.account_id.in_(wanted))
        .order_by(CreatorSwitch.at, CreatorSwitch.seq)
    ):
        switches.setdefault(row.account_id, []).append((row.at, row.is_on))
    return {one: History(tuple(switches.get(one, ())), one in closed) for one in wanted}


def is_banned(view: Snapshot, *, account_id: AccountId) -> bool:
    """Tell whether the account is closed."""
    return view.value(select(Account.banned_at).where(Account.id == account_id)) is not None


def following(view: Snapshot, *, account_id: AccountId) -> frozenset[AccountId]:
    """Return whom ``account_id`` follows."""
    rows = view.rows(select(Follow.followed_id).where(Follow.follower_id == account_id))
    return frozenset(AccountId(row.followed_id) for row in rows)


def followers_of(
    view: Snapshot, *, account_id: AccountId, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[AccountId]:
    """Return who follows ``account_id``, in the order of their ids.

    Raises:
        InvalidInput: the cursor is not from this list.
    """
    asked = select(Follow.follower_id).where(Follow.followed_id == account_id)
    if cursor:
        asked = asked.where(Follow.follower_id > load_cursor(cursor, str)[0])
    rows = view.rows(asked.order_by(Follow.follower_id).limit(size + 1))
    return cut([AccountId(row.follower_id) for row in rows], size, lambda last: (last,))


def _people(view: Snapshot, where: ColumnElement[bool]) -> list[Person]:
    rows = view.rows(_PERSON.where(where))
    wanted = [PictureId(row.avatar_picture_id) for row in rows if row.avatar_picture_id]
    avatars = pictures.pictures(view, picture_ids=wanted) if wanted else {}

    def shown(row: Any) -> Person:
        avatar = avatars.get(row.avatar_picture_id)
        return Person(
            id=AccountId(row.id),
            handle=row.handle,
            name=row.name,
            bio=row.bio,
            avatar_url=avatar.url_360 if avatar else None,
            is_creator=row.is_creator,
            followers=row.followers,
            following=row.following,
            created_at=row.created_at,
        )

    return [shown(row) for row in rows]


def demo_people(view: Snapshot) -> tuple[tuple[str, str, str, AccountId], ...]:
    """Return whom one may look around as in a demo: role, name, handle, id; by role."""
    rows = view.rows(
        select(Account.demo_role, Account.name, Account.handle, Account.id)
        .where(Account.is_demo, Account.demo_role != "")
        .order_by(Account.demo_role.desc())
    )
    return tuple((row.demo_role, row.name, row.handle, AccountId(row.id)) for row in rows)


def _login(view: Snapshot, where: ColumnElement[bool]) -> Login | None:
    row = view.row(select(Account.id, Account.password_hash, Account.banned_at).where(where))
    if row is None:
        return None
    return Login(AccountId(row.id), row.password_hash, row.banned_at is not None)


def _open(sealed: bytes | None, kind: str, account_id: str) -> str | None:
    return keys().unseal(sealed, place=contact_place(kind, account_id)) if sealed else None
