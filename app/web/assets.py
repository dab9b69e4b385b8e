"""What Vite built, by its manifest."""

import json
from functools import cache
from pathlib import Path

from markupsafe import Markup, escape

STATIC = Path(__file__).parent / "static"
BASE = "/static/dist/"


@cache
def manifest() -> dict[str, dict[str, object]]:
    """Return Vite's manifest; empty when the front-end was not built."""
    path = STATIC / "dist" / ".vite" / "manifest.json"
    if not path.exists():
        return {}
    loaded: dict[str, dict[str, object]] = json.loads(path.read_text())
    return loaded


def vite(entry: str) -> Markup:
    """Return the tags that load ``entry`` (`app.ts`) with its styles."""
    chunk = manifest().get(f"src/{entry}")
    if chunk is None:
        return Markup("")
    tags = [f'<link rel="stylesheet" href="{BASE}{escape(name)}">' for name in _styles(chunk)]
    tags.append(f'<script type="module" src="{BASE}{escape(str(chunk["file"]))}"></script>')
    return Markup("".join(tags))  # noqa: S704 - the names are ours, and escaped


def icon(name: str, label: str = "") -> Markup:
    """Return the icon ``name`` of the sprite; with ``label`` it speaks, else it is decoration."""
    spoken = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    href = f"{sprite()}#{escape(name)}"
    return Markup(f'<svg class="i" {spoken}><use href="{href}"></use></svg>')  # noqa: S704 - escaped


def sprite() -> str:
    """Return the address of the icon sprite."""
    for name in ("src/icons.svg", "icons.svg"):
        chunk = manifest().get(name)
        if chunk is not None:
            return f"{BASE}{chunk['file']}"
    return f"{BASE}icons.svg"


def _styles(chunk: dict[str, object]) -> list[str]:
    found = chunk.get("css", [])
    return [str(name) for name in found] if isinstance(found, list) else []
