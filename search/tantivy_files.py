"""The folders of the embedded engine, and which of them is in use."""

import json
import secrets
from pathlib import Path
from typing import Any

import tantivy

from search.han import ANALYSIS_VERSION
from search.port import KINDS, SearchDown

ENGINE_ERRORS = (ValueError, OSError, RuntimeError)


def open_index(folder: Path, schema: Any) -> Any:
    """Return the index in ``folder``, made when it is not there."""
    try:
        index = (
            tantivy.Index.open(str(folder))
            if tantivy.Index.exists(str(folder))
            else tantivy.Index(schema, path=str(folder))
        )
    except ENGINE_ERRORS as error:
        raise SearchDown(f"{folder.name}: {error}; run `trove reindex`") from error
    spaces = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("ws", spaces)
    index.config_reader("manual", 1)
    index.reload()
    return index


def make_indexes(folder: Path, schema: Any) -> None:
    """Make an index of every kind."""
    for kind in KINDS:
        (folder / kind).mkdir(parents=True, exist_ok=True)
        open_index(folder / kind, schema)


def point(folder: Path, name: str) -> None:
    """Say that ``name`` is in use from now on, and by which analysis it was made."""
    said = json.dumps({"folder": name, "analysis": ANALYSIS_VERSION})
    temporary = folder / f".CURRENT.{secrets.token_hex(4)}"
    temporary.write_text(said)
    temporary.replace(folder / "CURRENT")


def pointed(folder: Path) -> dict[str, Any]:
    """Return which folder is in use, and by which analysis it was made."""
    said: dict[str, Any] = json.loads((folder / "CURRENT").read_text())
    return said
