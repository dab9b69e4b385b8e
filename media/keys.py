"""Keys of blobs, made from their content; pure. The only place where a path is built."""

import hashlib
import re

from media.port import Key

WIDTHS = (360, 720, 1080)
"""Renditions: two to a phone's screen, one to it, one to a tablet's or a sharp phone's."""

_SHAPE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}/(?:original|360\.webp|720\.webp|1080\.webp)")


def digest_of(content: bytes) -> str:
    """Return what names ``content``."""
    return hashlib.sha256(content).hexdigest()


def rendition(digest: str, width: int) -> Key:
    """Return the key of the rendition ``width`` pixels wide."""
    return Key(f"{digest[:2]}/{digest[2:]}/{width}.webp")


def original(digest: str) -> Key:
    """Return the key of the file as it was sent."""
    return Key(f"{digest[:2]}/{digest[2:]}/original")


def is_key(text: str) -> bool:
    """Tell whether ``text`` is a key; nothing else ever becomes a path."""
    return _SHAPE.fullmatch(text) is not None


def is_public(key: str) -> bool:
    """Tell whether anybody may see the blob who has its address: renditions, never originals."""
    return not key.endswith("/original")
