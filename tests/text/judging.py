"""What of a page is more than text, told by two parsers: html5lib's tree, and tokens of our own.

The parts of a page that can do anything are told as facts. What benign pages have is allowed; one
fact more is a hole, whichever text made it.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import html5lib

Part = tuple[str, Mapping[str, str], str]
"""An element: its name, its attributes, and its text where that is code."""

ADDRESSES = frozenset(
    [
        "action",
        "background",
        "cite",
        "code",
        "codebase",
        "data",
        "formaction",
        "href",
        "longdesc",
        "manifest",
        "ping",
        "poster",
        "src",
        "srcset",
        "xlink:href",
        "hx-get",
        "hx-post",
        "hx-put",
        "hx-patch",
        "hx-delete",
    ]
)
CODE = frozenset({"script", "style"})
WHOLE = frozenset({"script", "style", "link", "base", "meta", "iframe", "object", "embed", "form"})
"""Elements of which every address counts, not only whether it leaves the site."""

DATA = frozenset({"application/json", "application/ld+json"})
"""Types of scripts that are read and never run."""

OWN_HOST = "localhost"
BLANKS = dict.fromkeys(range(0x21))
"""What browsers leave out of an address before they look for its scheme."""

_TOKEN = re.compile(
    r"""<!--.*?-->|<!doctype[^<>]*>|</[a-z][a-z0-9-]*\s*>
    |<(?P<name>[a-z][a-z0-9-]*)(?P<attrs>(?:\s+[a-z@:_][a-z0-9:._-]*(?:\s*=\s*(?:"[^"]*"|'[^'<>]*'))?)*)\s*/?>
    """,
    re.IGNORECASE | re.DOTALL | re.VERBOSE,
)
"""All that may begin with `<` in a page of ours: attributes have quotes, names are plain."""

_ATTRIBUTE = re.compile(r"""([a-z@:_][a-z0-9:._-]*)(?:\s*=\s*("[^"]*"|'[^']*'))?""", re.IGNORECASE)


def facts(page: str) -> set[str]:
    """Return what both parsers find in a page that is more than text."""
    return set(_told(tree_parts(page))) | set(_told(token_parts(page)))


def tree_parts(page: str) -> Iterator[Part]:
    """Yield every element as a browser would make it."""
    tree: Any = html5lib.parse(page, namespaceHTMLElements=False)
    for one in tree.iter():
        if isinstance(one.tag, str):
            attrs = {_plain(name): value for name, value in one.attrib.items()}
            yield _plain(one.tag), attrs, "".join(one.itertext()) if _plain(one.tag) in CODE else ""


def token_parts(page: str) -> Iterator[Part]:
    """Yield every element as it is written; what is not written as we write has the name `?`."""
    at = page.find("<")
    while at >= 0:
        found = _TOKEN.match(page, at)
        if found is None:
            yield f"? {page[at : at + 30]!r}", {}, ""
            at = page.find("<", at + 1)
            continue
        end, name = found.end(), (found["name"] or "").lower()
        if name:
            inner = ""
            if name in CODE:
                # Not by `lower()`: it makes two characters of some, and places move.
                ending = re.compile(f"</{name}", re.IGNORECASE).search(page, end)
                close = ending.start() if ending else len(page)
                inner, end = page[end:close], close
            attrs = {
                key.lower(): html.unescape(value[1:-1])
                for key, value in _ATTRIBUTE.findall(found["attrs"])
            }
            yield name, attrs, inner
        at = page.find("<", end)


def texts(page: str) -> Iterator[str]:
    """Yield all that a page shows or holds as text."""
    tree: Any = html5lib.parse(page, namespaceHTMLElements=False)
    for one in tree.iter():
        yield one.text or ""
        yield one.tail or ""
        yield from one.attrib.values()


def _told(parts: Iterable[Part]) -> Iterator[str]:
    for name, attrs, inner in parts:
        yield f"<{name}>"
        if name == "script" and attrs.get("type") in DATA:
            yield (
                "<script> holds data" if _is_json(inner) else f"<script> is broken: {inner[:80]!r}"
            )
        elif inner.strip():
            yield f"<{name}> holds {inner.strip()[:80]!r}"
        for key, value in attrs.items():
            yield f"<{name} {key}>"
            if key in ADDRESSES:
                yield from _address(name, key, value)
            elif key == "style":
                yield from (f"style {one}" for one in re.findall(r"url|@|expr|\\|/\*|posit", value))
            elif key == "http-equiv" or value.strip().lower().startswith(("js:", "javascript:")):
                yield f"<{name} {key}={value[:40]!r}>" if key not in TEXTUAL else f"<{name} {key}>"


TEXTUAL = frozenset(
    [
        "alt",
        "title",
        "value",
        "content",
        "aria-label",
        "aria-description",
        "placeholder",
        "data-title",
        "data-text",
        "data-value",
    ]
)
"""Attributes that hold text, and are never run."""


def _address(name: str, key: str, value: str) -> Iterator[str]:
    # Of several addresses each counts; commas within one may make more of it, never fewer.
    for one in re.split(r",\s+", value) if key == "srcset" else [value]:
        plain = one.translate(BLANKS).replace("\\", "/")
        try:
            split = urlsplit(plain)
        except ValueError:
            yield f"<{name} {key}> is no address: {value[:60]!r}"
            continue
        if split.scheme or split.netloc not in {"", OWN_HOST}:
            yield f"<{name} {key}> leads to {split.scheme}://{split.netloc[:60]}"
        elif name in CODE | {"link", "base", "iframe", "object", "embed"}:
            yield f"<{name} {key}={plain[:80]!r}>"


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return "<" not in text


def _plain(name: str) -> str:
    # html5lib writes namespaces in braces.
    space, _, local = name.rpartition("}")
    return f"xlink:{local}".lower() if "xlink" in space else local.lower()
