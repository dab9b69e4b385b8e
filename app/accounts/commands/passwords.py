"""Password hashing; slow by design, so never while the database is held.

Source of the parameters: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB.
"""

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


def hash_password(password: str) -> str:
    """Return what is kept of ``password``; takes about 20 ms and 19 MiB."""
    return _hasher.hash(password)


def fits(password: str, *, kept: str | None) -> bool:
    """Tell whether ``password`` is the one of which ``kept`` was kept; it costs the same always."""
    nobodys = _nobodys()
    try:
        return _hasher.verify(kept or nobodys, password) and kept is not None
    except VerifyMismatchError:
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether ``kept`` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    """Return what is compared where there is no account or no password: both cost the same.

    Not made before the first comparison, whoever that is of: it would be a part of every start.
    """
    return _hasher.hash(secrets.token_hex())
