"""The words of the site: what is to be said in Chinese, and the catalogues that say it.

`make translations` brings the catalogues up to date: what is new is added, empty; what is no longer
said is taken out. A test holds them whole. A message belongs to the room that says it; what several
rooms say stands where the lowest of them keeps it, and is there for all.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
APP = ROOT / "app"
HOME = {"kernel": "web", "platform": "web", "screening": "content", "cli": "web"}
"""Rooms and furniture without catalogues of their own, and who keeps their words."""

FAULTS = {"field_error": 2, "ValidationError": 0, "_Rule": 2}
"""Calls that take a sentence for people, and the place of that argument."""

HEADER = """# Chinese of this room.
msgid ""
msgstr ""
"Language: zh\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

_SENTENCE = re.compile(r"[A-Z{0-9].*[ .].*", re.DOTALL)

Message = str | tuple[str, ...]


def messages() -> dict[Message, set[str]]:
    """Return every message, singular or with its plural, and the rooms that say it."""
    found: dict[Message, set[str]] = {}
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    for name, _line, message, _comments, _context in extract_from_dir(
        ROOT, method_map=methods, options_map=options
    ):
        found.setdefault(plain(message), set()).add(_home(name))
    for path in APP.rglob("*.py"):
        for sentence in _sentences(ast.parse(path.read_text())):
            found.setdefault(sentence, set()).add(_home(str(path.relative_to(ROOT))))
    found.pop("", None)
    return found


def catalogues() -> dict[str, Catalog]:
    """Return the Chinese catalogues by room."""
    read = {}
    for path in sorted(APP.glob("*/translations/zh/LC_MESSAGES/messages.po")):
        with path.open("rb") as file:
            read[path.relative_to(APP).parts[0]] = read_po(file, locale="zh")
    return read


def update() -> int:
    """Bring the catalogues up to date; return how many messages wait for their Chinese."""
    said, kept = messages(), catalogues()
    known = {plain(one.id) for catalogue in kept.values() for one in catalogue}
    for message, rooms in said.items():
        if message not in known:
            room = min(rooms, key=list(kept).index)
            kept[room].add(message)
    waiting = 0
    for room, catalogue in kept.items():
        for one in list(catalogue):
            if one.id and plain(one.id) not in said:
                catalogue.delete(one.id)
            waiting += bool(one.id) and not _is_said(one.string)
        path = APP / room / "translations" / "zh" / "LC_MESSAGES" / "messages.po"
        with path.open("wb") as file:
            file.write(HEADER.encode())
            write_po(file, catalogue, width=0, sort_output=True, omit_header=True)
    return waiting


def _is_said(string: str | tuple[str, ...] | list[str]) -> bool:
    return bool(string) and all([string] if isinstance(string, str) else string)


def plain(message: str | tuple[str | None, ...] | list[str]) -> Message:
    """Return a message as text, or singular and plural."""
    if isinstance(message, str):
        return message
    parts = tuple(part for part in message if part)
    return parts if len(parts) > 1 else parts[0]


def _home(name: str) -> str:
    room = Path(name).parts[1]
    return HOME.get(room, room)


def _sentences(tree: ast.Module) -> Iterator[str]:
    """Yield what refusals say: titles and hints of problems, sentences about fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from _of_problem(node)
        elif isinstance(node, ast.Call):
            yield from _called(node)
        elif isinstance(node, ast.Assign):
            yield from _assigned(node)
        elif isinstance(node, ast.FunctionDef) and node.name.endswith("_fault"):
            returned = [one.value for one in ast.walk(node) if isinstance(one, ast.Return)]
            yield from (text for value in returned if value for text in _texts(value))


def _called(node: ast.Call) -> Iterator[str]:
    place = FAULTS.get(node.func.id if isinstance(node.func, ast.Name) else "")
    if place is not None and len(node.args) > place:
        yield from _texts(node.args[place])


def _assigned(node: ast.Assign) -> Iterator[str]:
    target = node.targets[0]
    target = target.value if isinstance(target, ast.Subscript) else target
    name = target.id if isinstance(target, ast.Name) else ""
    if name in {"fault", "faults", "_TAKEN", "UNKNOWN"}:
        yield from _texts(node.value)
    elif name == "_SAYINGS":
        for row in ast.walk(node.value):
            if isinstance(row, ast.Tuple) and len(row.elts) == 3:  # a pattern, a code, a sentence
                yield from _texts(row.elts[2])


def _of_problem(node: ast.ClassDef) -> Iterator[str]:
    values: dict[str, ast.expr] = {}
    for one in node.body:
        if isinstance(one, ast.Assign):
            target, value = one.targets[0], one.value
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                names = [part.id for part in target.elts if isinstance(part, ast.Name)]
                values |= dict(zip(names, value.elts, strict=True))
            elif isinstance(target, ast.Name):
                values[target.id] = value
    if "code" in values:
        for name in ("title", "hint"):
            if name in values:
                yield from _texts(values[name])


def _texts(node: ast.expr) -> Iterator[str]:
    for inner in ast.walk(node):
        text = inner.value if isinstance(inner, ast.Constant) else None
        if isinstance(text, str) and _SENTENCE.fullmatch(text):
            yield re.sub(r"\{\w+\}", "{}", text)


if __name__ == "__main__":
    left = update()
    print(f"{left} messages wait for their Chinese" if left else "every message has its Chinese")
    sys.exit(1 if left else 0)
