"""The OpenAPI document: what it says of each operation beyond what the schemas say themselves."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask
from marshmallow import Schema

from app.kernel.ids import PREFIXES, pattern
from app.kernel.problems import InvalidInput, Problem, field_error
from app.platform.idempotency import KEY_LENGTH_MAX
from app.web.edge import KeyRule
from app.web.late import LateApi
from app.web.problems import PROBLEM_JSON, Unexpected, passes, problem_schema
from app.web.security import CsrfMissing

ABOUT = """
Every refusal is `application/problem+json` with a `code`, which never changes its meaning;
`/developers/errors` explains each. Money is in whole fen. Lists give `next`, the cursor of the page
that follows. Instants are UTC.

Programs send an API token (`POST /tokens`) as `Authorization: Bearer …`; browsers sign in
(`POST /sessions`), keep the cookie, and send the `csrf_token` of that answer as `X-CSRFToken` with
whatever writes: once a cookie is sent, a further `POST /sessions` too. Operations that move money
need an `Idempotency-Key`.

What is said to people (`title`, `detail`, labels) is Chinese or English, as `?lang=zh|en` asks, or
`Accept-Language`; who asks for neither gets the language of the installation.
"""

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API token, good for the scopes it was made with.",
    },
    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
}

_KINDS = {"token_id": "api token"}
_SHAPES = {
    "handle": "^[a-z0-9_]{3,30}$",
    "brand_id": "^[a-z0-9_]{3,40}$",  # A brand is also found by its handle.
    "provider": "^[a-z]{2,20}$",
}

_KEY = {
    "type": "string",
    "minLength": 1,
    "maxLength": KEY_LENGTH_MAX,
    "pattern": "^[!-~]([ -~]*[!-~])?$",
}
_VERSION = {"type": "string", "pattern": '^"v[0-9]{1,18}"$', "examples": ['"v1"']}


@dataclass(frozen=True, slots=True)
class Route:
    """What a route declares."""

    name: str
    method: str
    rule: str
    takes: type[Schema] | None
    query: type[Schema] | None
    gives: type[Schema] | None
    status: int
    faults: tuple[type[Problem], ...]
    scope: str | None
    """What a token must be good for; None where nobody need be signed in."""

    key: KeyRule = "none"
    versioned: bool = False
    """Whether it tells a version (a read) or goes by one (a write)."""

    upload: str | None = None
    raw: Mapping[str, Any] | None = None
    """The body, where the route reads it itself."""

    media: str = "application/json"


class Converter(OpenAPIConverter):
    """Turns schemas into JSON Schema; what we answer is whole, and may grow."""

    def schema2jsonschema(self, schema: Any) -> dict[str, Any]:
        """Return the JSON Schema of a marshmallow schema."""
        made: dict[str, Any] = super().schema2jsonschema(schema)  # type: ignore[no-untyped-call] # apispec leaves it untyped
        kind = schema if isinstance(schema, type) else type(schema)
        if kind.__doc__:
            made["description"] = " ".join(kind.__doc__.split())
        if not kind.__name__.startswith("Problem") and kind.__name__.endswith(("Out", "Ref")):
            made["required"] = sorted(getattr(kind, "always", made["properties"]))
            # A field that we add later must break no caller.
            del made["additionalProperties"]
        elif kind.__name__.startswith("Problem"):
            del made["additionalProperties"]
        return made

    def _field2parameter(self, field: Any, *, name: str, location: str) -> dict[str, Any]:
        """Return a parameter; an address can leave it out, but cannot say null."""
        made: dict[str, Any] = super()._field2parameter(field, name=name, location=location)
        schema = made["schema"]
        if isinstance(schema.get("type"), list):
            schema["type"] = next(kind for kind in schema["type"] if kind != "null")
        if schema.get("default", ...) is None:
            del schema["default"]
        if None in schema.get("enum", ()):
            schema["enum"] = [one for one in schema["enum"] if one is not None]
        return made


class _Plugin(MarshmallowPlugin):
    Converter = Converter


class Document(LateApi):
    """flask-smorest's document, without what it says of errors that are never answered so."""

    DEFAULT_ERROR_RESPONSE_NAME = None

    def __init__(self, app: Flask, *, server: str) -> None:
        """Begin the document of ``app``, which is reached at ``server``."""
        info = {
            "summary": "A content community that sells",
            "description": ABOUT.strip(),
        }
        options = {
            "marshmallow_plugin": _Plugin(),
            "info": info,
            "servers": [{"url": server}],
        }
        super().__init__(app, spec_kwargs=options)
        for name, scheme in SECURITY_SCHEMES.items():
            shown = {**scheme, "name": _cookie(app)} if name == "session" else scheme
            self.spec.components.security_scheme(name, shown)


def operation_doc(route: Route) -> dict[str, Any]:
    """Return what is said of an operation by hand."""
    said: dict[str, Any] = {
        "operationId": route.name,
        "security": _security(route),
        "parameters": [*_path_parameters(route.rule), *_header_parameters(route)],
    }
    if route.query:
        # What is said by hand stands in place of what flask-smorest knows of the arguments.
        said["parameters"].append({"in": "query", "schema": route.query})
    if route.upload:
        said["requestBody"] = _upload_body(route.upload)
    if route.raw:
        said["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": dict(route.raw)}},
        }
    if route.media != "application/json":
        said["responses"] = {
            route.status: {"content": {route.media: {"schema": {"type": "string"}}}}
        }
    return said


def answer_headers(route: Route) -> dict[str, Any]:
    """Return the headers that a success may carry."""
    headers: dict[str, Any] = {}
    if route.versioned:
        headers["ETag"] = {
            "description": "The version, for If-Match.",
            "schema": dict(_VERSION),
        }
    if route.key != "none":
        headers["Idempotency-Replayed"] = {
            "description": "`true` where this is the stored answer of an earlier request.",
            "schema": {"type": "string", "enum": ["true"]},
        }
    return headers


def refusals(route: Route) -> Iterable[tuple[int, dict[str, Any]]]:
    """Yield, by status, how `alt_response` documents the refusals of a route."""
    by_status: dict[int, list[type[Problem]]] = {}
    faults: tuple[type[Problem], ...] = (*route.faults, Unexpected)
    for problem in faults:
        by_status.setdefault(problem.status, []).append(problem)
    for status, problems in sorted(by_status.items()):
        yield (
            status,
            {
                "schema": problem_schema(problems, operation=route.name),
                "description": "; ".join(problem.title for problem in problems),
                "content_type": PROBLEM_JSON,
                "examples": {one.code: {"value": _example(one)} for one in problems},
                "headers": _problem_headers(problems),
            },
        )


def _problem_headers(problems: list[type[Problem]]) -> dict[str, Any] | None:
    headers: dict[str, Any] = {}
    if any(one.status == 429 or passes(one) for one in problems):
        headers["Retry-After"] = {
            "description": "Seconds to wait.",
            "schema": {"type": "integer", "minimum": 0},
        }
    if problems[0].status == 401:
        headers["WWW-Authenticate"] = {"required": True, "schema": {"type": "string"}}
    return headers or None


def _example(problem: type[Problem]) -> dict[str, Any]:
    request_id = "req_0123456789000000002a"
    body: dict[str, Any] = {
        "type": f"/developers/errors#{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "code": problem.code,
        "hint": problem.hint,
        "instance": f"urn:trove:request:{request_id}",
        "request_id": request_id,
    }
    if issubclass(problem, InvalidInput):
        body["errors"] = [field_error("/name", "missing", "Fill this in.")]
    return body


def _security(route: Route) -> list[dict[str, list[str]]]:
    cookie: dict[str, list[str]] = {"session": []}
    if CsrfMissing in route.faults:
        cookie["csrf"] = []
    ways = [{"token": [route.scope] if route.scope else []}, cookie]
    return ways if route.scope else [{}, *ways]


def _path_parameters(rule: str) -> list[dict[str, Any]]:
    return [
        {
            "in": "path",
            "name": name,
            "required": True,
            "schema": {"type": "string", "pattern": _shape(name)},
        }
        for name in re.findall(r"<(?:[^:<>]+:)?(\w+)>", rule)
    ]


def _shape(name: str) -> str:
    if name in _SHAPES:
        return _SHAPES[name]
    kind = _KINDS.get(name, name.removesuffix("_id"))
    assert kind in PREFIXES, f"say in app.web.document what a {name} looks like"
    return pattern(kind)


def _header_parameters(route: Route) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if route.key != "none":
        found.append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": route.key == "required",
                "description": "New for each request; the same again gets the same answer.",
                "schema": dict(_KEY),
            }
        )
    if route.versioned and route.method != "GET":
        found.append(
            {
                "in": "header",
                "name": "If-Match",
                "required": False,
                "description": "The ETag that was read; refused where it is no longer that.",
                "schema": dict(_VERSION),
                "example": '"v1"',
            }
        )
    return found


def _upload_body(field: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": [field],
        "properties": {field: {"type": "string", "format": "binary"}},
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _cookie(app: Flask) -> str:
    return "__Host-session" if app.config["SESSION_COOKIE_SECURE"] else "session"
