"""Signing up, signing in, a new password: what hashes first and only then opens a unit of work."""

from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import update

from app.accounts import queries
from app.accounts.commands.passwords import fits, hash_password, is_outdated
from app.accounts.commands.people import add_account
from app.accounts.commands.sessions import end_session, end_sessions, start_session
from app.accounts.errors import AccountBanned, SignInRefused, WrongPassword
from app.accounts.models import Account
from app.accounts.rules import NewAccount, Visit, password_fault
from app.kernel.ids import AccountId
from app.kernel.problems import Forbidden, InvalidInput, NotFound, field_error
from app.platform.uow import UnitOfWork, snapshot, transact
from app.web.caller import Caller


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and the secret of their new session."""

    account_id: AccountId
    secret: str


def sign_up(*, new: NewAccount, visit: Visit) -> SignedIn:
    """Make an account for a person and sign their browser in.

    Opens a unit of work of its own, once the password is hashed.

    Raises:
        InvalidInput, AlreadyTaken: see `add_account`.
    """
    kept = hash_password(new.password) if new.password else None

    def write(uow: UnitOfWork) -> SignedIn:
        account_id = add_account(
            uow,
            handle=new.handle,
            name=new.name,
            email=new.email,
            phone=new.phone,
            password_hash=kept,
        )
        return _start(uow, account_id, visit)

    return transact(write)


def sign_in(*, login: str, password: str, visit: Visit) -> SignedIn:
    """Sign a browser in by e-mail address or phone number, and a password.

    Costs one comparison whether the account is there or not, outside any transaction. A session
    that the browser had ends: an id that somebody else may know is never signed in.

    Raises:
        SignInRefused: there is no such account, or the password is another.
        AccountBanned: both fit, but the account is closed.
    """
    with snapshot() as view:
        found = queries.find_login(view, login=login)
    if not fits(password, kept=found.password_hash if found else None) or found is None:
        raise SignInRefused
    if found.is_banned:
        raise AccountBanned
    assert found.password_hash is not None
    newer = hash_password(password) if is_outdated(found.password_hash) else None

    def write(uow: UnitOfWork) -> SignedIn:
        # A password or a ban that came in between must win.
        if queries.login_of(uow, account_id=found.account_id) != found:
            raise SignInRefused
        if newer:
            _keep(uow, found.account_id, newer)
        return _start(uow, found.account_id, visit)

    return transact(write)


def sign_in_to_demo(uow: UnitOfWork, *, handle: str, visit: Visit) -> SignedIn:
    """Sign a browser in as a person of the demo; the edge has made sure that it may.

    Raises:
        NotFound: the demo made no such person.
    """
    found = queries.find_demo_login(uow, handle=handle)
    if found is None or found.is_banned:
        raise NotFound
    return _start(uow, found.account_id, visit)


def change_password(*, by: Caller, current: str, new: str) -> None:
    """Change the caller's password and sign out every other browser of theirs.

    Opens units of work of its own. Who has no password yet sets one; ``current`` is not looked
    at then, so a token, which may have leaked, sets none.

    Raises:
        Forbidden: the caller came with a token.
        WrongPassword: ``current`` is another.
        InvalidInput: ``new`` is too easy for this person.
    """
    if by.session_id is None:
        raise Forbidden
    with snapshot() as view:
        found = queries.login_of(view, account_id=by.account_id)
        own = queries.own_words(view, account_id=by.account_id)
    fault = password_fault(new, own=own)
    if fault:
        raise InvalidInput([field_error("/new_password", "too-easy", fault)])
    before = found.password_hash if found else None
    if before is not None and not fits(current, kept=before):
        raise WrongPassword
    kept = hash_password(new)

    def write(uow: UnitOfWork) -> None:
        if queries.login_of(uow, account_id=by.account_id) != found:
            raise WrongPassword
        _keep(uow, by.account_id, kept)
        end_sessions(uow, account_id=by.account_id, but_session_id=by.session_id)

    transact(write)


def _keep(uow: UnitOfWork, account_id: AccountId, password_hash: str) -> None:
    asked = update(Account).where(Account.id == account_id)
    uow.change(asked.values(password_hash=password_hash))


def _start(uow: UnitOfWork, account_id: AccountId, visit: Visit) -> SignedIn:
    if visit.account_id and visit.session_id:
        # It may have ended in the meantime, which is as good.
        with suppress(NotFound):
            end_session(uow, account_id=visit.account_id, session_id=visit.session_id)
    secret = start_session(
        uow, account_id=account_id, device_id=visit.device_id, user_agent=visit.user_agent
    )
    return SignedIn(account_id, secret)
