"""How often a caller may do a thing, on writes, sign-in, search, uploads.

Kept in the process, or in Redis where several web processes share the limits. A Redis that is dead
or silent costs nobody an answer: each process then counts for itself until it is back.
"""

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Network
from typing import Any, ClassVar, cast

from flask import Flask, Response, g
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.kernel.problems import Problem
from app.platform.uow import snapshot
from app.web.caller import find_caller, known_device_id

WRITES = "120/minute"
"""What an eager person does in a minute, with room; a route may set less."""


REDIS_SECONDS = 0.25
"""A limit is asked for before each write; longer than this nobody waits for the answer."""


def storage_options(redis_url: str) -> dict[str, Any]:
    """Return how the counters are reached."""
    if not redis_url:
        return {}
    return {
        "socket_timeout": REDIS_SECONDS,
        "socket_connect_timeout": REDIS_SECONDS,
        "retry": None,
        "health_check_interval": 30,
    }


_EXTENSION = importlib.import_module(Limiter.__module__)
vars(_EXTENSION)["MAX_BACKEND_CHECKS"] = 2
"""Whether Redis is back is asked after 1, 2 and 4 seconds, and so on; not up to 32, as by default:
limits that each process counts for itself let more pass."""


class TooMany(Problem):
    """The caller does this too often."""

    code, status, title = "too-many-requests", 429, "That was too often"
    hint = "Wait as many seconds as Retry-After says, then go on."
    headers: ClassVar[tuple[str, ...]] = ("Retry-After",)


def who() -> str:
    """Return whose requests are counted together: the account's, else the address's."""
    found = find_caller()
    return found.account_id if found else address()


def address() -> str:
    """Return the address that counts as one source: an IPv6 network of /64 is one house."""
    remote = get_remote_address() or "unknown"
    if ":" not in remote:
        return remote
    try:
        # By its bits: an address may be spelt with `::` anywhere.
        return str(IPv6Network((remote, 64), strict=False))
    except ValueError:
        return remote


@dataclass(frozen=True)
class Tries:
    """How tries to sign in are counted: by whom they are for, and by where they come from.

    A browser in which that person has signed in before is counted by itself: who guesses at them
    from elsewhere, or beside them, does not keep them out.
    """

    login: Callable[[], str | None]
    """Return what somebody tries to sign in with, or None where that can be nobody's."""

    mark: Callable[[str], str]
    """Return one name for all spellings of a login, which does not tell it."""

    knows: Callable[..., bool]
    """Tell of a view, a ``login`` and a ``device_id`` whether that person has signed in there."""

    def by_account(self) -> str:
        """Return under which name a try counts against the person it is for."""
        login = self.login()
        return self._known() or (self.mark(login) if login else address())

    def by_address(self) -> str:
        """Return under which name a try counts against where it comes from."""
        return self._known() or address()

    def _known(self) -> str | None:
        # Each limit of several asks by itself.
        if "known_mark" not in g:
            g.known_mark = self._find_known()
        return cast("str | None", g.known_mark)

    def _find_known(self) -> str | None:
        login, device_id = self.login(), known_device_id()
        if not login or device_id is None:
            return None
        with snapshot() as view:
            known = self.knows(view, login=login, device_id=device_id)
        return f"{self.mark(login)} {device_id}" if known else None


class ViewLimiter(Limiter):
    """Does its work where a view has a limit; by default it would do some at every request.

    No limit is by default or for the whole application: 25 µs of 95 were for nothing.
    """

    def init_app(self, app: Flask) -> None:
        """Count in ``app``; tell and forget only what was counted."""
        super().init_app(app)
        if not app.config["RATELIMIT_ENABLED"]:
            return
        app.before_request_funcs[None].pop()
        tell = app.after_request_funcs[None].pop()
        forget = app.teardown_request_funcs[None].pop()

        def told(response: Response) -> Response:
            if "limits_asked" not in g:
                return response
            before = response.headers.get("Retry-After")
            counted = cast("Response", tell(response))
            if counted.status_code != TooMany.status:
                # The library says it always: when the count begins anew. What is refused for
                # another reason may pass much sooner, and what was served need not be sent again.
                counted.headers.remove("Retry-After")
                if before is not None:
                    counted.headers["Retry-After"] = before
            return counted

        def forgotten(error: BaseException | None) -> None:
            if "limits_asked" in g:
                forget(error)

        app.after_request(told)
        app.teardown_request(forgotten)

    def _check_request_limit(
        self,
        callable_name: str | None = None,
        in_middleware: bool = True,  # noqa: FBT001, FBT002 - as the library calls it
    ) -> None:
        g.limits_asked = True
        super()._check_request_limit(callable_name, in_middleware)


limiter = ViewLimiter(key_func=who, headers_enabled=True, strategy="moving-window")
