"""Reading what callers send: JSON bodies, query strings, forms."""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, NoReturn
from urllib.parse import parse_qsl

from flask import Request, request
from marshmallow import RAISE, Schema, ValidationError
from webargs import core
from webargs.flaskparser import FlaskParser
from werkzeug.datastructures import MultiDict

from app.kernel.problems import FieldError, InvalidInput, Problem, field_error
from app.web.fields import from_form

DEPTH_MAX = 20
"""JSON deeper than this is no input of ours."""

VALUES_MAX = 10_000
"""Nor is JSON of more values: the longest that is taken, a product, has some thousand."""

FAULTS_MAX = 100
NAME_MAX = 100
"""So many faults are told, and so much of a name that nobody knows: what is sent in to be refused
must not come back larger than it was, nor cost more than to read it."""

UPLOAD_BYTES_MAX = 21 << 20
"""The 20 MiB of a picture, and room for the form round it."""

UPLOADS: set[str] = set()
"""Endpoints that take a file; the others read no body longer than the application's limit."""

FORM_OWN = frozenset({"csrf_token", "idempotency_key", "next"})
"""Fields that the edge itself puts into forms."""


UNKNOWN = "Nothing of this name is taken here."


class UnreadableBody(Problem):
    """The body is not JSON, or its characters cannot be read."""

    code, status, title = "unreadable-body", 400, "The body cannot be read"
    hint = "Send a JSON object in UTF-8."


class TooLarge(Problem):
    """The body is longer than the operation takes."""

    code, status, title = "too-large", 413, "That is too much at once"
    hint = "Send less, or in several parts."


class WrongMediaType(Problem):
    """The body is of another type than the operation takes."""

    code, status, title = "wrong-media-type", 415, "This kind of body is not taken here"
    hint = "Send it as application/json."


class JsonParser(FlaskParser):
    """webargs' parser, with our refusals, and unknown fields refused everywhere."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"json": RAISE, "query": RAISE, "form": RAISE, "path": RAISE}  # noqa: RUF012 - webargs' own shape

    def parse(self, *args: Any, location: str | None = None, **kwargs: Any) -> Any:
        """Parse; in a query string every value is text, as in a form."""
        token = from_form.set(location != "json")
        try:
            return super().parse(*args, location=location, **kwargs)
        finally:
            from_form.reset(token)

    def load_json(self, req: Request, schema: Any) -> Any:
        """Return the body as plain values."""
        del schema
        raw = req.get_data(cache=True)
        if not req.is_json:
            if raw:
                raise WrongMediaType
            return core.missing
        return read_json(raw)

    def load_querystring(self, req: Request, schema: Any) -> Any:
        """Return what stands behind the `?`; bytes that are no UTF-8 are marks that no field takes.

        Werkzeug would put U+FFFD in their place, which looks like text that somebody meant.
        """
        if not req.query_string:
            return {}
        raw = req.query_string.decode("utf-8", "surrogateescape")
        pairs = parse_qsl(raw, keep_blank_values=True, errors="surrogateescape")
        return self._makeproxy(MultiDict(pairs), schema)

    def handle_error(self, error: ValidationError, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse with every fault."""
        del args, kwargs
        messages: Any = error.messages
        if isinstance(messages, dict) and set(messages) <= {"json", "query", "form"}:
            messages = next(iter(messages.values()))
        raise refused(messages)


def read_json(raw: bytes) -> Any:
    """Return the values of a JSON text.

    Raises:
        UnreadableBody: it is none, is not UTF-8, or is too deep.
        TooLarge: it holds more values than anybody needs.

    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise UnreadableBody from None
    _check_extent(value)
    return value


def load_fields(schema: type[Schema], values: Mapping[str, Any]) -> Any:
    """Return what ``schema`` makes of form fields by name, as `load_form` does of a request's.

    Raises:
        InvalidInput: with every fault.
    """
    token = from_form.set(True)
    try:
        plain = [(name, [value]) for name, value in values.items() if isinstance(value, str)]
        return schema().load(_nested(plain))
    except ValidationError as error:
        raise refused(error.messages) from None
    finally:
        from_form.reset(token)


def load_form(schema: type[Schema]) -> Any:
    """Return what ``schema`` makes of the request's form.

    Names with dots are nested (`tags.0.x`); a name that ends with `[]` is a list; empty values
    count as absent.

    Raises:
        InvalidInput: with every fault.

    """
    token = from_form.set(True)
    try:
        return schema().load(_nested(request.form.lists()))
    except ValidationError as error:
        raise refused(error.messages) from None
    finally:
        from_form.reset(token)


def load_query(schema: type[Schema]) -> Any:
    """Return what ``schema`` makes of the query string of a page; unknown names are passed over.

    A page is reached by links of others too, which add names of their own.

    Raises:
        InvalidInput: with every fault.

    """
    token = from_form.set(True)
    try:
        return schema(unknown="exclude").load(_nested(request.args.lists()))
    except ValidationError as error:
        raise refused(error.messages) from None
    finally:
        from_form.reset(token)


def refused(messages: Any) -> InvalidInput:
    """Return the refusal of what marshmallow has found wrong: all of it, as far as it is told."""
    return InvalidInput(list(islice(faults(messages), FAULTS_MAX)))


def faults(messages: Any, pointer: str = "") -> Iterable[FieldError]:
    """Yield marshmallow's messages as faults with JSON pointers."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from faults(inner, pointer + _part(name))
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from faults(message, pointer)
    else:
        code, sentence = _said(str(messages))
        yield field_error(pointer or "/", code, sentence)


_SAYINGS = (
    (r"(Missing data for required field|Field may not be null)\.", "missing", "Fill this in."),
    (r"Unknown field\.", "unknown-field", UNKNOWN),
    (r"Not a valid (utf-8 )?string\.", "wrong-type", "This must be text."),
    (r"Not a valid integer\.", "wrong-type", "This must be a whole number."),
    (r"Not a valid number\.", "wrong-type", "This must be a number."),
    (r"Not a valid boolean\.", "wrong-type", "This must be yes or no."),
    (r"Not a valid date\.", "wrong-type", "This must be a day, as in 2026-11-24."),
    (r"Not a valid list\.", "wrong-type", "This must be a list."),
    (r"Not a valid .*", "wrong-type", "This is not of the right kind."),
    (r"Invalid (input )?type\.", "invalid", "This is not of the right kind."),
    (r"Shorter than minimum length (\d+)\.", "too-short", "There must be at least {0}."),
    (r"Longer than maximum length (\d+)\.", "too-long", "There may be at most {0}."),
    (r"Length must be between (\d+) and (\d+)\.", "wrong-length", "There must be {0} to {1}."),
    (r"(At most \d+|\d+ to \d+) characters, please\.", "wrong-length", ""),
    (r"Must be greater .* (\d+) and less .* (\d+)\.", "out-of-range", "{0} to {1}, please."),
    (r"Must be one of: (.*)\.", "not-offered", "This is not offered. Choose one of: {0}."),
)
"""What marshmallow says, the code that stands for it, and how we say it to people, if otherwise."""


def _part(name: Any) -> str:
    """Return a name as a part of a pointer; what is no character of it is shown as one unknown."""
    if name == "_schema":
        return ""
    plain = str(name)[:NAME_MAX].encode("utf-8", "replace").decode()
    return "/" + plain.replace("~", "~0").replace("/", "~1")


def _said(message: str) -> tuple[str, str]:
    for pattern, code, sentence in _SAYINGS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return code, sentence.format(*found.groups()) or message
    return "invalid", message


def _nested(lists: Iterable[tuple[str, list[str]]]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, values in lists:
        if name in FORM_OWN:
            continue
        if name.endswith("[]"):
            _put(tree, name[:-2].split("."), [value for value in values if value != ""])
        elif values[-1] != "":
            _put(tree, name.split("."), values[-1])
    plain: dict[str, Any] = _listed(tree)
    return plain


def _put(tree: dict[str, Any], path: list[str], value: Any) -> None:
    if len(path) > DEPTH_MAX:
        raise InvalidInput([field_error("/", "unknown-field", UNKNOWN)])
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if not isinstance(inner, dict):
            raise InvalidInput([field_error("/" + "/".join(path), "unknown-field", UNKNOWN)])
        tree = inner
    tree[path[-1]] = value


def _listed(tree: Any) -> Any:
    if not isinstance(tree, dict):
        return tree
    inner = {name: _listed(value) for name, value in tree.items()}
    if inner and all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _check_extent(value: Any) -> None:
    depth, count, layer = 0, 0, [value]
    while layer:
        depth, count = depth + 1, count + len(layer)
        if depth > DEPTH_MAX:
            raise UnreadableBody
        if count > VALUES_MAX:
            raise TooLarge
        layer = [
            inner
            for outer in layer
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]


def _refuse(_name: str) -> None:
    raise ValueError("NaN and Infinity are not JSON")


__all__ = [
    "UPLOADS",
    "UPLOAD_BYTES_MAX",
    "JsonParser",
    "TooLarge",
    "UnreadableBody",
    "WrongMediaType",
    "faults",
    "load_fields",
    "load_form",
    "load_query",
    "read_json",
    "refused",
]
