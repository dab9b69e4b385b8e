"""Accounts come to be, show themselves, begin to earn, and are closed."""

from functools import partial
from typing import Any

from sqlalchemy import update

from app.accounts import queries
from app.accounts.commands.passwords import hash_password
from app.accounts.commands.sessions import end_sessions, end_tokens
from app.accounts.errors import AlreadyTaken, PictureNotOwn, VersionConflict
from app.accounts.models import Account, CreatorSwitch
from app.accounts.rules import ProfileChange, email_key, handle_fault, phone_key
from app.events.accounts import AccountChanged, CreatorSwitched
from app.kernel.ids import AccountId, PictureId, mint
from app.kernel.problems import InvalidInput, NotFound, field_error
from app.pictures import api as pictures
from app.platform.uow import UnitOfWork

_TAKEN = {
    "handle": "Somebody goes by this name already.",
    "email": "There is an account with this e-mail address.",
    "phone": "There is an account with this phone number.",
}


def register(
    uow: UnitOfWork,
    *,
    handle: str,
    name: str,
    email: str | None,
    phone: str | None,
    password: str | None,
) -> AccountId:
    """Make an account, and announce it.

    Hashes ``password`` while it holds the database; people sign up by `sign_up`, which does not.

    Raises:
        InvalidInput: nobody may go by this handle.
        AlreadyTaken: somebody has the handle, the address or the number.
    """
    kept = hash_password(password) if password else None
    return add_account(uow, handle=handle, name=name, email=email, phone=phone, password_hash=kept)


def add_account(
    uow: UnitOfWork,
    *,
    handle: str,
    name: str,
    email: str | None,
    phone: str | None,
    password_hash: str | None,
) -> AccountId:
    """Make an account with a password that is hashed already; see `register`."""
    fault = handle_fault(handle)
    if fault:
        raise InvalidInput([field_error("/handle", "invalid", fault)])
    taken = queries.taken(uow, handle=handle, email=email, phone=phone)
    if taken:
        raise AlreadyTaken([field_error(f"/{name}", "taken", _TAKEN[name]) for name in taken])
    account_id = AccountId(mint("account"))
    uow.add(
        Account(
            id=account_id,
            handle=handle,
            name=name,
            password_hash=password_hash,
            created_at=uow.now,
            **_contact("email", email, email and email_key(email), account_id),
            **_contact("phone", phone, phone and phone_key(phone), account_id),
        )
    )
    uow.announce(AccountChanged(account_id=account_id))
    return account_id


def change_profile(
    uow: UnitOfWork, *, account_id: AccountId, change: ProfileChange, seen: int | None
) -> None:
    """Change how somebody shows themselves, and announce it.

    With ``seen``, only the version that the change was made on; None takes any.

    Raises:
        PictureNotOwn: the picture is somebody else's, or is not ready.
        VersionConflict: the account was changed since.
    """
    values: dict[str, Any] = {}
    if change.name is not None:
        values["name"] = change.name
    if change.bio is not None:
        values["bio"] = change.bio
    if change.drop_avatar:
        values["avatar_picture_id"] = None
    if change.avatar_picture_id is not None:
        _check_own(uow, account_id, change.avatar_picture_id)
        values["avatar_picture_id"] = change.avatar_picture_id
    asked = update(Account).where(Account.id == account_id)
    if seen is not None:
        asked = asked.where(Account.version == seen)
    if uow.change(asked.values(version=Account.version + 1, **values)) != 1:
        raise VersionConflict(version=queries.me(uow, account_id=account_id).version)
    _changed(uow, account_id)


def switch_creator(uow: UnitOfWork, *, account_id: AccountId, on: bool) -> None:
    """Let somebody earn with what they publish from now on, or no longer; announce a change.

    Switching on accepts the creators' terms; the caller has asked.
    """
    switched = uow.change(
        update(Account)
        .where(Account.id == account_id, Account.is_creator.is_(not on))
        .values(is_creator=on, version=Account.version + 1)
    )
    if switched:
        uow.add(CreatorSwitch(account_id=account_id, is_on=on, at=uow.now))
        uow.announce(CreatorSwitched(account_id=account_id))
        _changed(uow, account_id)


def ban(uow: UnitOfWork, *, account_id: AccountId) -> None:
    """Close an account: it is signed out everywhere, its tokens end, nothing is deleted.

    Raises:
        NotFound: there is no such account.
    """
    closed = uow.change(
        update(Account)
        .where(Account.id == account_id, Account.banned_at.is_(None))
        .values(banned_at=uow.now, version=Account.version + 1)
    )
    if not closed:
        queries.person(uow, account_id=account_id)
        return
    end_sessions(uow, account_id=account_id)
    end_tokens(uow, account_id=account_id)
    _changed(uow, account_id)


def dress(
    uow: UnitOfWork, *, account_id: AccountId, bio: str, avatar_picture_id: PictureId | None
) -> None:
    """Give an account its words and its picture, as the demo town does for its people."""
    changed = update(Account).where(Account.id == account_id)
    uow.change(changed.values(bio=bio, avatar_picture_id=avatar_picture_id))
    _changed(uow, account_id)


def mark_demo(uow: UnitOfWork, *, account_id: AccountId, role: str = "") -> None:
    """Let anybody at this machine sign in as ``account_id`` by one click, in demo mode only.

    Raises:
        NotFound: there is no such account.
    """
    if not uow.change(
        update(Account).where(Account.id == account_id).values(is_demo=True, demo_role=role)
    ):
        raise NotFound


def _contact(kind: str, text: str | None, key: str | None, account_id: str) -> dict[str, Any]:
    if not text or not key:
        return {}
    keys = queries.keys()
    place = queries.contact_place(kind, account_id)
    return {f"{kind}_sealed": keys.seal(text, place=place), f"{kind}_index": keys.blind_index(key)}


def _check_own(uow: UnitOfWork, account_id: AccountId, picture_id: PictureId) -> None:
    if picture_id not in pictures.own(uow, owner_id=account_id, picture_ids=[picture_id]):
        raise PictureNotOwn


def _changed(uow: UnitOfWork, account_id: AccountId) -> None:
    uow.announce(AccountChanged(account_id=account_id))
    uow.after_commit(partial(queries.drop_caller, account_id))
