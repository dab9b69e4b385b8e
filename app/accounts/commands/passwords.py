"""Password hashing; slow by design, so never while the database is held.

Source of the parameters: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB.
"""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)

_NOBODYS = _hasher.hash(secrets.token_hex())
"""What is compared where there is no account or no password, so that both cost the same."""


def hash_password(password: str) -> str:
    """Return what is kept of ``password``; takes about 20 ms and 19 MiB."""
    return _hasher.hash(password)


def fits(password: str, *, kept: str | None) -> bool:
    """Tell whether ``password`` is the one of which ``kept`` was kept; it costs the same always."""
    try:
        return _hasher.verify(kept or _NOBODYS, password) and kept is not None
    except VerifyMismatchError:
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether ``kept`` was made with other parameters than today's."""
    return _hasher.check_needs_rehash(kept)
