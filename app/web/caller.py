"""Who is calling: an account by session or token, and the device behind the request."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Request, current_app, g, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.kernel.ids import AccountId, DeviceId, is_id, mint
from app.kernel.problems import Problem, SignInRequired
from app.web.lean import LeanLoginManager

SCOPES = ("read", "write", "money")
"""What an API token may be good for: reading, writing, and what moves money."""

SESSION_DAYS = 90
DEVICE_DAYS = 400
"""Browsers keep no cookie for longer."""


class ScopeMissing(Problem):
    """The token is good for other things only."""

    code, status, title = "scope-missing", 403, "This token may not do this"
    hint = "Make a token with the scope that is named."


@dataclass(frozen=True, slots=True)
class Seat:
    """A merchant or brand that the caller works for."""

    id: str
    handle: str
    name: str


@dataclass(frozen=True, slots=True)
class Caller:
    """An account that is signed in, by a session or by a token."""

    account_id: AccountId
    handle: str
    name: str
    avatar_url: str | None = None
    is_creator: bool = False
    session_id: str | None = None
    scopes: frozenset[str] | None = None
    merchants: tuple[Seat, ...] = ()
    brands: tuple[Seat, ...] = ()
    is_authenticated: bool = field(default=True, init=False)
    is_active: bool = field(default=True, init=False)
    is_anonymous: bool = field(default=False, init=False)

    def get_id(self) -> str:
        """Return the account id, as Flask-Login asks."""
        return self.account_id


FindCaller = Callable[[str, bool], Caller | None]
"""From a secret, and whether it is an API token, to whose it is; handed in by the factory."""


def init_callers(app: Flask, find_caller: FindCaller) -> None:
    """Let ``find_caller`` say who calls; no cookie of Flask-Login's own is ever set."""
    manager = LeanLoginManager()
    manager.init_app(app)

    def load(incoming: Request) -> Caller | None:
        token = bearer(incoming)
        if token is not None:
            return find_caller(token, True)
        secret = incoming.cookies.get(cookie_name("session"))
        return find_caller(secret, False) if secret else None

    manager.request_loader(load)


def bearer(incoming: Request) -> str | None:
    """Return the API token of a request; with one, cookies count for nothing."""
    kind, _, token = incoming.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def find_caller() -> Caller | None:
    """Return who is signed in, or None."""
    user: Any = current_user._get_current_object()  # noqa: SLF001 - the proxy's own way out
    return user if isinstance(user, Caller) else None


def caller(scope: str = "read") -> Caller:
    """Return who is signed in.

    Raises:
        SignInRequired: nobody is.
        ScopeMissing: the token is not good for ``scope``.

    """
    found = find_caller()
    if found is None:
        raise SignInRequired
    if found.scopes is not None and scope not in found.scopes:
        raise ScopeMissing(scope=scope)
    return found


def signed_in() -> AccountId:
    """Return the caller's account id; the route has checked its scope.

    Raises:
        SignInRequired: nobody is signed in.

    """
    return caller().account_id


def cookie_name(name: str) -> str:
    """Return the cookie's name: bound to the host where https allows it."""
    return f"__Host-{name}" if current_app.config["SESSION_COOKIE_SECURE"] else name


def set_session_cookie(response: Response, secret: str) -> None:
    """Sign the browser in."""
    _set(response, "session", secret, SESSION_DAYS)


def drop_session_cookie(response: Response) -> None:
    """Sign the browser out."""
    response.delete_cookie(cookie_name("session"), path="/")


def device_id() -> DeviceId:
    """Return the id of the device behind the request, minting one that `keep_device` will set."""
    if "device_id" not in g:
        given = request.cookies.get(cookie_name("device"), "")
        name, _, mark = given.rpartition(".")
        # As bytes: for text that is not ASCII the comparison raises.
        known = is_id(name, "device") and hmac.compare_digest(mark.encode(), _mark(name).encode())
        g.device_id = name if known else mint("device")
        g.device_is_new = not known
    return DeviceId(g.device_id)


def known_device_id() -> DeviceId | None:
    """Return the id of the device behind the request, or None where it brought none of ours."""
    found = device_id()
    return None if g.device_is_new else found


def keep_device(response: Response) -> Response:
    """Set the device cookie when the request was given a new one; run after each request."""
    if g.get("device_is_new"):
        _set(response, "device", f"{g.device_id}.{_mark(g.device_id)}", DEVICE_DAYS)
    return response


def _mark(name: str) -> str:
    key: bytes = current_app.extensions["trove_keys"].derive("device")
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:32]


def _set(response: Response, name: str, value: str, days: int) -> None:
    response.set_cookie(
        cookie_name(name),
        value,
        max_age=days * 86_400,
        path="/",
        secure=current_app.config["SESSION_COOKIE_SECURE"],
        httponly=True,
        samesite="Lax",
    )
