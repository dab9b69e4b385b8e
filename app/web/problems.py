"""Refusals as problem+json or as a page; everything else is a bug, and tells nothing."""

import logging
from collections.abc import Sequence
from typing import Any

import orjson
from flask import Flask, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext
from marshmallow import Schema, fields
from marshmallow.validate import OneOf
from werkzeug.exceptions import HTTPException

from app.kernel.problems import Busy, Forbidden, InvalidInput, NotFound, Problem, SignInRequired
from app.platform.idempotency import KeyRunning
from app.web.layer import request_id
from app.web.limits import TooMany
from app.web.parsing import TooLarge, WrongMediaType
from app.web.security import came_from
from app.web.words import sentence

PROBLEM_JSON = "application/problem+json"
RETRY_SECONDS = 2
"""What Retry-After says where one is to try again: writers are served in well under that."""

CHALLENGE = 'Bearer realm="trove"'
"""What RFC 9110 (11.6.1) wants beside each 401; browsers ask nobody for a bearer token."""

log = logging.getLogger("trove.web")


class WrongMethod(Problem):
    """The address is right, the method is not."""

    code, status, title = "wrong-method", 405, "This address does not do that"
    hint = "See the Allow header for what it does."


class Unexpected(Problem):
    """A fault of ours."""

    code, status, title = "unexpected", 500, "Something went wrong on our side"
    hint = "Try again; if it goes on, tell us the request id."


class BadRequest(Problem):
    """The request breaks HTTP: its body, for one, ends before its length is reached."""

    code, status, title = "bad-request", 400, "This request cannot be understood"
    hint = "Go back and try again."


EVERYWHERE: tuple[type[Problem], ...] = (WrongMethod, Unexpected)
"""What any address may answer, and no operation need declare."""


class FieldErrorOut(Schema):
    """One fault of the input."""

    pointer = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ProblemOut(Schema):
    """An RFC 9457 problem."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    code = fields.String(required=True)
    detail = fields.String()
    hint = fields.String()
    instance = fields.String()
    request_id = fields.String()
    errors = fields.List(fields.Nested(FieldErrorOut))


NAMED_CODES_MAX = 2
"""So many codes name the schema of a problem."""

_schemas: dict[str, type[Schema]] = {}

_BY_STATUS: dict[int, type[Problem]] = {
    400: BadRequest,
    401: SignInRequired,
    403: Forbidden,
    404: NotFound,
    405: WrongMethod,
    413: TooLarge,
    415: WrongMediaType,
    429: TooMany,
    503: Busy,
}


def problem_schema(problems: Sequence[type[Problem]], *, operation: str) -> type[Schema]:
    """Return the schema of a problem that is one of ``problems``, its codes enumerated.

    Generated clients make a type and a file of each name: what many codes would name is named by
    the operation that refuses so.
    """
    codes = tuple(sorted({problem.code for problem in problems}))
    name = "Problem" + "Or".join(_camel(code, "-") for code in codes)
    if len(codes) > NAMED_CODES_MAX:
        name = f"ProblemOf{_camel(operation, '_')}{problems[0].status}"
    if name not in _schemas:
        code = fields.String(required=True, validate=OneOf(codes))
        _schemas[name] = type(name, (ProblemOut,), {"code": code})
    return _schemas[name]


def init_problems(app: Flask) -> None:
    """Answer every error of ``app`` as a problem."""
    app.register_error_handler(Problem, answer)
    app.register_error_handler(HTTPException, _from_http)
    app.register_error_handler(Exception, _from_bug)


def passes(problem: type[Problem]) -> bool:
    """Tell whether a refusal passes by itself: then Retry-After says when to try again."""
    return problem.status == 503 or issubclass(problem, KeyRunning)


def wants_json() -> bool:
    """Tell whether the caller is a program: the API's paths, or an Accept that says so."""
    if request.path.startswith("/api/"):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return best == "application/json"


def body_of(problem: Problem) -> dict[str, Any]:
    """Return the members of a problem, in the caller's language."""
    body: dict[str, Any] = {
        **problem.facts,
        "type": f"/developers/errors#{problem.code}",
        "title": gettext(problem.title),
        "status": problem.status,
        "code": problem.code,
        "instance": f"urn:trove:request:{request_id()}",
        "request_id": request_id(),
    }
    if problem.detail:
        body["detail"] = sentence(problem.detail)
    if problem.hint:
        body["hint"] = gettext(problem.hint)
    if isinstance(problem, InvalidInput):
        body["errors"] = [
            {**error, "detail": sentence(error["detail"])} for error in problem.facts["errors"]
        ]
    return body


def answer(problem: Problem) -> Response:
    """Render ``problem`` for whoever asked."""
    if wants_json():
        response = Response(
            orjson.dumps(body_of(problem), default=str), problem.status, content_type=PROBLEM_JSON
        )
    elif isinstance(problem, SignInRequired):
        response = _to_sign_in()
        if "HX-Request" in request.headers:
            # What asks for a part of a page would put the sign-in there: it goes there instead.
            response = Response(status=401, headers={"HX-Redirect": response.headers["Location"]})
    else:
        response = _page(problem)
    if passes(type(problem)):
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = CHALLENGE
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(problem: Problem) -> Response:
    """Return the page of a problem; where the database is away, one that asks nothing of it."""
    g.without_database = isinstance(problem, Busy)
    try:
        html = render_template("problem.html", problem=body_of(problem))
    except Busy as busy:
        if g.without_database:
            raise
        return answer(busy)
    return Response(html, problem.status, content_type="text/html; charset=utf-8")


def _to_sign_in() -> Response:
    """Lead to the sign-in, which says why, and then back.

    To the page that was asked for, or that held the form; with what was typed where a form says
    how that is kept.
    """
    path = request.full_path.rstrip("?") if request.method == "GET" else came_from()
    back, why = g.get("sign_in_next") or path, g.get("sign_in_why") or "go-on"
    response = redirect(url_for("accounts_pages.sign_in", next=back, why=why), 303)
    return Response(response.get_data(), response.status_code, dict(response.headers))


def _from_http(error: HTTPException) -> Response:
    kind = _BY_STATUS.get(
        error.code or 500, Unexpected if (error.code or 500) >= 500 else BadRequest
    )
    if isinstance(error.code, int) and error.code < 400:
        return Response(error.get_response().get_data(), error.code, error.get_response().headers)
    response = answer(kind())
    for name in ("Allow", "Retry-After"):
        value = dict(error.get_headers()).get(name)
        if value:
            response.headers[name] = value
    return response


def _from_bug(error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return answer(Unexpected())


def _camel(name: str, between: str) -> str:
    return "".join(part.capitalize() for part in name.split(between))
