"""The sandbox's signature: `t=<seconds>,v1=<hex hmac-sha256 of "t.text">`.

What is signed of a notice is its body; of a request its method, path and body, so that one request
cannot be sent again as another.
"""

import hashlib
import hmac
from collections.abc import Mapping

HEADER = "Sandbox-Signature"
OLDEST_SECONDS = 300


def request_text(method: str, path: str, body: bytes) -> bytes:
    """Return what is signed of a request."""
    return f"{method} {path}\n".encode() + body


def sign(secret: bytes, body: bytes, *, at_s: int) -> str:
    """Return the header's value for ``body`` at an instant."""
    return f"t={at_s},v1={_mark(secret, body, at_s)}"


def why_forged(secret: bytes, headers: Mapping[str, str], body: bytes, *, now_s: int) -> str | None:
    """Return why the signature of ``body`` does not hold, or None."""
    given = {name.lower(): value for name, value in headers.items()}.get(HEADER.lower(), "")
    parts = dict(part.partition("=")[::2] for part in given.split(","))
    stamp = parts.get("t", "")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
        return "there is no signature"
    # As bytes: for text that is not ASCII the comparison raises.
    if not hmac.compare_digest(
        _mark(secret, body, int(stamp)).encode(), parts.get("v1", "").encode()
    ):
        return "the signature is another"
    if abs(now_s - int(stamp)) > OLDEST_SECONDS:
        return "the signature is too old"
    return None


def _mark(secret: bytes, body: bytes, at_s: int) -> str:
    return hmac.new(secret, f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()
