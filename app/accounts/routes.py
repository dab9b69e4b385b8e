"""JSON endpoints of accounts, sessions, tokens, profiles, follows and addresses."""

from typing import Any

from flask import Response, after_this_request, request, session
from flask_wtf.csrf import generate_csrf

from app.accounts import commands, queries, rules
from app.accounts.errors import (
    AccountBanned,
    AddressBookFull,
    AlreadyTaken,
    PictureNotOwn,
    SelfFollow,
    SignInRefused,
    TokensFull,
    VersionConflict,
    WrongPassword,
)
from app.accounts.queries import Me, Person
from app.accounts.rules import AddressChange, AddressDraft, NewAccount, ProfileChange, Visit
from app.accounts.schemas import (
    LOGIN_LENGTH_MAX,
    AddressesOut,
    AddressIn,
    AddressOut,
    AddressPatch,
    AddressRef,
    CreatorIn,
    MeOut,
    PasswordIn,
    PersonOut,
    ProfileIn,
    SessionsOut,
    SignedInOut,
    SignInIn,
    SignUpIn,
    TokenIn,
    TokenMadeOut,
    TokensOut,
)
from app.kernel.ids import AddressId
from app.kernel.problems import Forbidden, NotFound
from app.platform.uow import Snapshot, UnitOfWork
from app.web.caller import (
    caller,
    device_id,
    drop_session_cookie,
    find_caller,
    set_session_cookie,
    signed_in,
)
from app.web.http import ApiBlueprint, Reply, etag, if_match
from app.web.limits import TooMany, Tries, address, limiter

blp = ApiBlueprint("accounts", __name__, url_prefix="/api/v1", description="People")


def _login() -> str | None:
    """Return what somebody tries to sign in with, whatever was sent."""
    body = request.get_json(silent=True)
    login = body.get("login") if isinstance(body, dict) else None
    return login if isinstance(login, str) and len(login) <= LOGIN_LENGTH_MAX else None


TRIES = Tries(_login, rules.login_mark, queries.knows_device)


@blp.acts(
    "POST",
    "/accounts",
    takes=SignUpIn,
    gives=SignedInOut,
    status=201,
    refuses=(AlreadyTaken, TooMany),
    public=True,
    limit=None,
)
@limiter.shared_limit(rules.SIGN_UPS_PER_ADDRESS, scope="sign-up", key_func=address)
def sign_up(new: NewAccount) -> dict[str, str]:
    """Make an account and sign in, as `POST /sessions` does."""
    return _signed_in(commands.sign_up(new=new, visit=_visit()))


@blp.acts(
    "POST",
    "/sessions",
    takes=SignInIn,
    gives=SignedInOut,
    status=201,
    refuses=(SignInRefused, AccountBanned, TooMany),
    public=True,
    limit=None,
)
@limiter.shared_limit(rules.SIGN_INS_PER_ADDRESS, scope="sign-in-from", key_func=TRIES.by_address)
@limiter.shared_limit(rules.SIGN_INS_PER_ACCOUNT, scope="sign-in-for", key_func=TRIES.by_account)
def sign_in(data: dict[str, str]) -> dict[str, str]:
    """Sign in; sets a cookie, and answers the token that requests with it must carry."""
    return _signed_in(
        commands.sign_in(login=data["login"], password=data["password"], visit=_visit())
    )


@blp.writes("DELETE", "/sessions/current", refuses=(NotFound,), key="none")
def sign_out(uow: UnitOfWork) -> Reply:
    """Sign out here."""
    current = caller().session_id
    if current is None:
        raise NotFound
    commands.end_session(uow, account_id=signed_in(), session_id=current)
    return Reply(after=_signed_out)


@blp.writes("DELETE", "/sessions", key="none")
def sign_out_everywhere(uow: UnitOfWork) -> Reply:
    """Sign out everywhere, here too; tokens stay."""
    commands.end_sessions(uow, account_id=signed_in())
    return Reply(after=_signed_out)


@blp.reads("/sessions", gives=SessionsOut)
def list_sessions(view: Snapshot) -> dict[str, Any]:
    """List the browsers that are signed in."""
    found = queries.sessions(view, account_id=signed_in(), current_id=caller().session_id)
    return {"items": found}


@blp.writes("DELETE", "/sessions/<session_id>", refuses=(NotFound,), key="none")
def end_session(uow: UnitOfWork, session_id: str) -> None:
    """Sign one browser out."""
    commands.end_session(uow, account_id=signed_in(), session_id=session_id)


@blp.reads("/tokens", gives=TokensOut)
def list_tokens(view: Snapshot) -> dict[str, Any]:
    """List the tokens for programs."""
    return {"items": queries.tokens(view, account_id=signed_in())}


# An answer that is kept for its key would keep the secret; a lost one costs a token to delete.
@blp.writes(
    "POST",
    "/tokens",
    takes=TokenIn,
    gives=TokenMadeOut,
    status=201,
    refuses=(TokensFull,),
    key="none",
)
def make_token(uow: UnitOfWork, data: dict[str, Any]) -> dict[str, Any]:
    """Make a token; one that makes another gives no more than it has itself."""
    for scope in data["scopes"]:
        caller(scope)
    secret = commands.make_token(
        uow, account_id=signed_in(), name=data["name"], scopes=data["scopes"]
    )
    made = queries.token_of(uow, secret=secret)
    return {
        "id": made.id,
        "name": made.name,
        "scopes": made.scopes,
        "created_at": made.created_at,
        "secret": secret,
    }


@blp.writes("DELETE", "/tokens/<token_id>", refuses=(NotFound,), key="none")
def end_token(uow: UnitOfWork, token_id: str) -> None:
    """Delete a token; programs that use it are refused from now on."""
    commands.end_token(uow, account_id=signed_in(), token_id=token_id)


@blp.reads("/me", gives=MeOut, versioned=True)
def get_me(view: Snapshot) -> Reply:
    """Show the caller's account; the ETag is for `PATCH /me`."""
    me = queries.me(view, account_id=signed_in())
    return Reply(me, headers=etag(me.version))


@blp.writes(
    "PATCH",
    "/me",
    takes=ProfileIn,
    gives=MeOut,
    refuses=(VersionConflict, PictureNotOwn),
)
def change_me(uow: UnitOfWork, change: ProfileChange) -> Reply:
    """Change the caller's profile; with If-Match, only the version that was read."""
    commands.change_profile(uow, account_id=signed_in(), change=change, seen=if_match())
    return _me(uow)


@blp.writes("PUT", "/me/creator", takes=CreatorIn, gives=MeOut)
def become_creator(uow: UnitOfWork, consent: dict[str, bool]) -> Reply:
    """Accept the creators' terms, and earn with what the caller publishes from now on."""
    del consent
    commands.switch_creator(uow, account_id=signed_in(), on=True)
    return _me(uow)


@blp.writes("DELETE", "/me/creator", gives=MeOut)
def cease_as_creator(uow: UnitOfWork) -> Reply:
    """Earn no longer; what was earned stays."""
    commands.switch_creator(uow, account_id=signed_in(), on=False)
    return _me(uow)


@blp.acts(
    "PUT",
    "/me/password",
    takes=PasswordIn,
    status=204,
    refuses=(WrongPassword, Forbidden),
    limit=rules.SIGN_INS_PER_ACCOUNT,
)
def change_password(data: dict[str, str]) -> None:
    """Change the password, and sign out every other browser."""
    commands.change_password(
        by=caller(), current=data["current_password"], new=data["new_password"]
    )


@blp.reads("/accounts/<handle>", gives=PersonOut, refuses=(NotFound,), public=True)
def get_account(view: Snapshot, handle: str) -> Person:
    """Show what everybody may know of an account."""
    return _person(view, handle)


@blp.writes("PUT", "/accounts/<handle>/follow", refuses=(NotFound, SelfFollow), key="none")
def follow(uow: UnitOfWork, handle: str) -> None:
    """Follow somebody; twice is once."""
    commands.follow(uow, follower_id=signed_in(), followed_id=_person(uow, handle).id)


@blp.writes("DELETE", "/accounts/<handle>/follow", refuses=(NotFound,), key="none")
def unfollow(uow: UnitOfWork, handle: str) -> None:
    """Follow somebody no longer; twice is once."""
    commands.unfollow(uow, follower_id=signed_in(), followed_id=_person(uow, handle).id)


@blp.reads("/me/addresses", gives=AddressesOut)
def list_addresses(view: Snapshot) -> dict[str, Any]:
    """List the caller's addresses."""
    return {"items": queries.addresses(view, account_id=signed_in())}


@blp.reads("/me/addresses/<address_id>", gives=AddressOut, refuses=(NotFound,), versioned=True)
def get_address(view: Snapshot, address_id: str) -> Reply:
    """Show an address; the ETag is for its PATCH."""
    shown = queries.address(view, account_id=signed_in(), address_id=AddressId(address_id))
    return Reply(shown, headers=etag(shown.version))


@blp.writes(
    "POST",
    "/me/addresses",
    takes=AddressIn,
    gives=AddressRef,
    status=201,
    refuses=(AddressBookFull,),
)
def add_address(uow: UnitOfWork, draft: AddressDraft) -> dict[str, Any]:
    """Add an address."""
    return {"id": commands.add_address(uow, account_id=signed_in(), draft=draft), "version": 1}


@blp.writes(
    "PATCH",
    "/me/addresses/<address_id>",
    takes=AddressPatch,
    gives=AddressRef,
    refuses=(NotFound, VersionConflict),
)
def change_address(uow: UnitOfWork, change: AddressChange, address_id: str) -> Reply:
    """Change an address; with If-Match, only the version that was read."""
    account_id, which = signed_in(), AddressId(address_id)
    commands.change_address(
        uow, account_id=account_id, address_id=which, change=change, seen=if_match()
    )
    changed = queries.address(uow, account_id=account_id, address_id=which)
    return Reply(changed, after=lambda answer: answer.headers.update(etag(changed.version)))


@blp.writes("DELETE", "/me/addresses/<address_id>", refuses=(NotFound,), key="none")
def delete_address(uow: UnitOfWork, address_id: str) -> None:
    """Delete an address."""
    commands.delete_address(uow, account_id=signed_in(), address_id=AddressId(address_id))


def _visit() -> Visit:
    """Return who asks; a session that they have already ends when they sign in."""
    found = find_caller()
    agent = request.user_agent.string
    if found is None:
        return Visit(device_id(), agent)
    return Visit(device_id(), agent, found.account_id, found.session_id)


def _signed_in(signed: commands.SignedIn) -> dict[str, str]:
    # A token for forms that was made before must not be good for the new session.
    session.clear()

    @after_this_request
    def keep(response: Response) -> Response:
        set_session_cookie(response, signed.secret)
        return response

    return {"account_id": signed.account_id, "csrf_token": generate_csrf()}


def _signed_out(response: Response) -> None:
    session.clear()
    drop_session_cookie(response)


def _me(view: Snapshot) -> Reply:
    me: Me = queries.me(view, account_id=signed_in())
    return Reply(me, after=lambda answer: answer.headers.update(etag(me.version)))


def _person(view: Snapshot, handle: str) -> Person:
    found = queries.find_by_handle(view, handle=handle)
    if found is None:
        raise NotFound
    return found
