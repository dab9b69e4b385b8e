"""What is wrong with a request, made from what the OpenAPI document says is right."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from app.kernel.ids import PREFIXES, mint
from app.web.problems import PROBLEM_JSON
from tests.support.people import Person

METHODS = ("get", "post", "put", "patch", "delete")
JSON = "application/json"
KINDS = {f"^{prefix}_": kind for kind, prefix in PREFIXES.items()}
"""Kinds of ids, by how their patterns begin."""

OTHER_TYPES: dict[str, tuple[Any, ...]] = {
    "string": (7, True, [], {}, 1.5),
    "integer": ("1", 1.5, True, [], {}, 10**40, -(10**40)),
    "number": ("0.5", True, [], {}),
    "boolean": (1, 0, "yes", [], {}),
    "array": ("x", {}, 7, True),
    "object": ("x", [], 7, True),
}
"""Values that are of another type, by the type that is asked for."""


Sent = tuple["Operation", Any, Any]
"""An operation, what was wrong, and the answer."""

_keys = count()


@dataclass(frozen=True)
class Operation:
    """An operation, as the document tells it."""

    id: str
    method: str
    path: str
    told: dict[str, Any]
    schemas: dict[str, Any]

    @property
    def names(self) -> list[str]:
        """The names of the parts of its path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def needs_account(self) -> bool:
        """Whether somebody must be signed in."""
        return {} not in self.told["security"]

    def codes(self, status: int) -> set[str]:
        """Return the codes that it declares for a status."""
        answer = self.told["responses"].get(str(status), {})
        return set(
            answer.get("content", {}).get("application/problem+json", {}).get("examples", ())
        )

    def body(self) -> dict[str, Any] | None:
        """Return the schema of its JSON body, where it has one that is parsed before the view."""
        content = self.told.get("requestBody", {}).get("content", {}).get(JSON)
        if content is None or "$ref" not in content["schema"]:
            return None
        return self.resolved(content["schema"])

    def asked(self, where: str) -> dict[str, dict[str, Any]]:
        """Return the schemas of its parameters in the path, the query or the headers."""
        return {
            one["name"]: one["schema"]
            for one in self.told.get("parameters", ())
            if one["in"] == where
        }

    def resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Return what a reference stands for."""
        name = schema.get("$ref", "").removeprefix("#/components/schemas/")
        return dict(self.schemas[name]) if name else schema

    def address(self, parts: dict[str, str] | None = None) -> str:
        """Return the path, with ids of the right shape that stand for nothing, or with ``parts``."""
        shapes = self.asked("path")
        given = {name: sample(self, shapes[name], name) for name in self.names} | (parts or {})
        return re.sub(r"{(\w+)}", lambda found: str(given[found[1]]), self.path)

    def right(self) -> Any:
        """Return a body with all that is required and nothing else, or None."""
        schema = self.body()
        return None if schema is None else sample(self, schema, "")


def operations(document: dict[str, Any]) -> list[Operation]:
    """Return every operation of a document."""
    schemas = document["components"]["schemas"]
    return [
        Operation(item[method]["operationId"], method.upper(), path, item[method], schemas)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def types_of(schema: dict[str, Any]) -> set[str]:
    """Return the types that a schema takes; none where it takes all."""
    told = schema.get("type", ())
    return {told} if isinstance(told, str) else set(told)


def sample(operation: Operation, schema: dict[str, Any], name: str) -> Any:
    """Return a value that a schema takes, the shortest there is."""
    schema = operation.resolved(schema)
    (kind, *_) = sorted(types_of(schema) - {"null"})
    if kind == "object":
        needed = schema.get("required", ())
        made = {one: sample(operation, schema["properties"][one], one) for one in needed}
        # A rule that no schema tells: pieces, or an amount.
        return {**made, "quantity": 1} if "line_id" in made else made
    if kind == "array":
        return [sample(operation, schema["items"], name)] * schema.get("minItems", 1)
    if "enum" in schema:
        return schema["enum"][0]
    if kind in {"integer", "number"}:
        return schema.get("minimum", 0)
    return True if kind == "boolean" else _text(schema, name)


def fields(
    operation: Operation, schema: dict[str, Any]
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    """Yield every field of a schema and of what is within it: where it stands, and its schema."""
    for name, told in schema.get("properties", {}).items():
        yield from _within(operation, [name], operation.resolved(told))


def placed(where: list[Any], value: Any) -> Any:
    """Return a body that has nothing but ``value``, at the place ``where``."""
    for part in reversed(where):
        value = [value] if part == 0 else {part: value}
    return value


def pointer(where: list[Any]) -> str:
    """Return the JSON pointer of a place."""
    return "".join(f"/{part}" for part in where)


def send(who: Person, operation: Operation, *, path: str = "", **how: Any) -> Any:
    """Send a request as an API client."""
    headers = {**who.bearer, **how.pop("headers", {})}
    if "Idempotency-Key" in operation.asked("header"):
        headers.setdefault("Idempotency-Key", f"key-{next(_keys)}")
    return who.client.open(
        path or operation.address(), method=operation.method, headers=headers, **how
    )


def text_of(value: Any) -> bytes:
    """Return JSON, lone surrogates escaped."""
    return json.dumps(value).encode()


def odd(sent: Iterable[Sent], status: int, *codes: str) -> list[str]:
    """Return the answers that are no declared problem of this status, with one of these codes."""
    found = []
    for operation, wrong, answer in sent:
        body = answer.get_json(silent=True) if answer.content_type == PROBLEM_JSON else None
        code = body and body.get("code")
        right = answer.status_code == status and code in codes and code in operation.codes(status)
        if not right:
            found.append(f"{operation.id}: {str(wrong)[:80]!r}: {answer.status_code} {code}")
    return found


def unnamed(sent: Iterable[tuple[Operation, str, Any]]) -> list[str]:
    """Return the answers whose errors do not name the pointer that is wrong."""
    found = []
    for operation, wrong, answer in sent:
        said = answer.get_json(silent=True) or {}
        if wrong not in {one["pointer"] for one in said.get("errors", ())}:
            found.append(f"{operation.id}: {wrong}: {answer.status_code} {said.get('errors')}")
    return found


def _within(
    operation: Operation, where: list[Any], schema: dict[str, Any]
) -> Iterator[tuple[list[Any], dict[str, Any]]]:
    yield where, schema
    if "items" in schema:
        yield from _within(operation, [*where, 0], operation.resolved(schema["items"]))
    for name, told in schema.get("properties", {}).items():
        yield from _within(operation, [*where, name], operation.resolved(told))


def _text(schema: dict[str, Any], name: str) -> str:
    given = {"email": "zoe@example.org", "phone": "13800138000", "date": "2026-01-01"}
    if schema.get("format") in given:
        return given[schema["format"]]
    for start, kind in KINDS.items():
        if schema.get("pattern", "").startswith(start):
            return mint(kind)
    if name == "password":
        return "clear-plum-harbour-42"
    return "x" * max(schema.get("minLength", 1), 3)
