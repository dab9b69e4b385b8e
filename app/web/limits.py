"""How often a caller may do a thing; kept in this process, on writes, sign-in, search, uploads."""

from typing import ClassVar

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from app.kernel.problems import Problem
from app.web.caller import find_caller

WRITES = "120/minute"
"""What an eager person does in a minute, with room; a route may set less."""


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
    return ":".join(remote.split(":")[:4]) if ":" in remote else remote


limiter = Limiter(key_func=who, headers_enabled=True, strategy="moving-window")
