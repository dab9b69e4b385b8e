"""The installation's secrets: `keys.json` (0600) in the data folder, or `TROVE_KEYS`.

Each use has a key of its own, derived from one root; the blind index has a root apart, because
whoever has it can find out every phone number by trying them all.
"""

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
"""A shorter root could be found by trying."""

NONCE_BYTES = 12
"""96 bits, as NIST SP 800-38D recommends for GCM."""


class KeysRefused(Exception):
    """The key ring cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The key ring of an installation."""

    root: bytes
    blind: bytes

    def derive(self, use: str) -> bytes:
        """Return the 32-byte key for one use."""
        return hmac.new(self.root, use.encode(), hashlib.sha256).digest()

    def seal(self, text: str, *, place: str) -> bytes:
        """Encrypt personal text for ``place`` (table, column, row): it opens nowhere else."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        box = AESGCM(self.derive("personal"))
        return nonce + box.encrypt(nonce, text.encode(), place.encode())

    def unseal(self, sealed: bytes, *, place: str) -> str:
        """Return the text that `seal` was given for the same ``place``."""
        nonce, body = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        return AESGCM(self.derive("personal")).decrypt(nonce, body, place.encode()).decode()

    def blind_index(self, text: str) -> str:
        """Return what stands for ``text`` in an index that must not tell it."""
        return hmac.new(self.blind, text.encode(), hashlib.sha256).hexdigest()


def load_keys(data_dir: Path) -> Keys:
    """Return the key ring, making `keys.json` in a new data folder.

    Raises:
        KeysRefused: it is unreadable or malformed.

    """
    return _read(data_dir, os.environ.pop("TROVE_KEYS", ""))


def check_keys(data_dir: Path) -> None:
    """Do the same for whoever starts the process that needs them, and leave them to it.

    Raises:
        KeysRefused: see `load_keys`.
    """
    _read(data_dir, os.environ.get("TROVE_KEYS", ""))


def _read(data_dir: Path, given: str) -> Keys:
    path = data_dir / "keys.json"
    if not given and not path.exists():
        _create(path)
    try:
        ring = json.loads(given or path.read_text())
        keys = Keys(bytes.fromhex(ring["root"]), bytes.fromhex(ring["blind"]))
        if min(len(keys.root), len(keys.blind)) < KEY_BYTES:
            raise ValueError(f"a key has fewer than {KEY_BYTES} bytes")
    except (OSError, ValueError, KeyError, TypeError) as error:
        source = "TROVE_KEYS" if given else str(path)
        raise KeysRefused(
            f"{source} cannot be read as a key ring ({error}); restore it from a backup:"
            " without it, addresses and sessions of this installation are lost"
        ) from None
    return keys


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    ring = {"root": secrets.token_hex(KEY_BYTES), "blind": secrets.token_hex(KEY_BYTES)}
    # A name that was never there, readable by the owner only: a killed start leaves its own behind.
    handle, name = tempfile.mkstemp(prefix="keys.", suffix=".tmp", dir=path.parent)
    temporary = Path(name)
    with os.fdopen(handle, "w") as file:
        file.write(json.dumps(ring))
        file.flush()
        os.fsync(file.fileno())
    try:
        # Two processes may start at once; whoever links first made the ring.
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
