"""The JSON edge: flask-smorest wrapped once, so that every route says what it takes and refuses."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import orjson
from flask import Response, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema

from app.kernel.page import PAGE_SIZE, PAGE_SIZE_MAX
from app.kernel.problems import Busy, InvalidInput, Problem, SignInRequired
from app.platform.idempotency import Answer, KeyMissing, KeyReused, KeyRunning
from app.platform.uow import UnitOfWork, snapshot
from app.web.caller import ScopeMissing, caller
from app.web.edge import Done, KeyRule, perform
from app.web.fields import Text, Whole
from app.web.limits import WRITES, TooMany, limiter
from app.web.parsing import UPLOADS, JsonParser, TooLarge, UnreadableBody, WrongMediaType
from app.web.problems import problem_schema
from app.web.security import CrossSite, CsrfMissing

V = TypeVar("V", bound=Callable[..., Any])

JSON = "application/json"

_DOC = "_apidoc"
"""Where flask-smorest keeps what it documents of a view."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a view answers when it is more than a value: a status or headers of its own."""

    value: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[Response], None] | None = None


class PageQuery(Schema):
    """Which page of a list."""

    cursor = Text(most=400, load_default=None)
    size = Whole(least=1, most=PAGE_SIZE_MAX, load_default=PAGE_SIZE)


@dataclass(frozen=True, slots=True)
class _Route:
    """What a route declares."""

    method: str
    rule: str
    takes: type[Schema] | None
    query: type[Schema] | None
    gives: type[Schema] | None
    status: int
    refuses: tuple[type[Problem], ...]
    upload: str | None = None

    @property
    def faults(self) -> tuple[type[Problem], ...]:
        """Every refusal, each once: the room's, and what the edge itself may say."""
        found = self.refuses
        if self.takes or self.query:
            found += (InvalidInput,)
        if self.takes:
            found += (UnreadableBody, TooLarge, WrongMediaType)
        return tuple(dict.fromkeys(found))


class ApiBlueprint(SmorestBlueprint):  # type: ignore[misc] # flask-smorest has no types
    """A blueprint whose operations declare what they take, give and refuse."""

    ARGUMENTS_PARSER = JsonParser()

    def reads(
        self,
        rule: str,
        *,
        gives: type[Schema],
        query: type[Schema] | None = None,
        refuses: tuple[type[Problem], ...] = (),
        public: bool = False,
        limit: str | None = None,
    ) -> Callable[[V], V]:
        """Declare a GET; the view is called with a `Snapshot`, the query, the path's parts."""
        faults = _who_faults(public=public) + ((TooMany,) if limit else ())
        route = _Route("GET", rule, None, query, gives, 200, refuses + faults)

        shape = gives()

        def decorate(view: V) -> V:
            @wraps(view)
            def run(*args: Any, **parts: Any) -> Response:
                if not public:
                    caller("read")
                with snapshot() as seen:
                    return _respond(view(seen, *args, **parts), shape, 200)

            return self._add(route, _limited(run, limit), view)

        return decorate

    def writes(
        self,
        method: str,
        rule: str,
        *,
        takes: type[Schema] | None = None,
        gives: type[Schema] | None = None,
        status: int | None = None,
        refuses: tuple[type[Problem], ...] = (),
        public: bool = False,
        scope: str = "write",
        key: KeyRule = "optional",
        limit: str | None = WRITES,
    ) -> Callable[[V], V]:
        """Declare an operation that writes; the view is called with the `UnitOfWork` first.

        The answer is rendered inside the transaction and kept with the idempotency key.
        """
        code = status or (200 if gives else 204)
        faults = _who_faults(public=public) + _key_faults(key) + (Busy, CsrfMissing, CrossSite)
        faults += (TooMany,) if limit else ()
        route = _Route(method, rule, takes, None, gives, code, refuses + faults)
        shape = gives() if gives else None

        def decorate(view: V) -> V:
            @wraps(view)
            def run(*args: Any, **parts: Any) -> Response:
                if not public:
                    caller(scope)
                after: list[Callable[[Response], None]] = []

                def work(uow: UnitOfWork) -> Answer:
                    after.clear()
                    result = view(uow, *args, **parts)
                    if isinstance(result, Reply) and result.after:
                        after.append(result.after)
                    given = _respond(result, shape, code)
                    return Answer(given.status_code, given.get_data())

                done = perform(
                    work,
                    scope=f"{method} {rule}",
                    key=request.headers.get("Idempotency-Key"),
                    key_rule=key,
                )
                return _answer(done, after)

            return self._add(route, _limited(run, limit), view)

        return decorate

    def acts(
        self,
        method: str,
        rule: str,
        *,
        takes: type[Schema] | None = None,
        gives: type[Schema] | None = None,
        status: int = 200,
        refuses: tuple[type[Problem], ...] = (),
        public: bool = False,
        limit: str | None = WRITES,
        upload: str | None = None,
    ) -> Callable[[V], V]:
        """Declare an operation that minds its own units of work, or reads its own body.

        ``upload`` names the field in which a file comes, as multipart/form-data.
        """
        faults = (*_who_faults(public=public), Busy, CsrfMissing, CrossSite)
        faults += (TooMany,) if limit else ()
        faults += (TooLarge,) if upload else ()
        route = _Route(method, rule, takes, None, gives, status, refuses + faults, upload)
        shape = gives() if gives else None

        def decorate(view: V) -> V:
            @wraps(view)
            def run(*args: Any, **parts: Any) -> Response:
                if not public:
                    caller("write")
                return _respond(view(*args, **parts), shape, status)

            return self._add(route, _limited(run, limit), view)

        return decorate

    def _add(self, route: _Route, run: Any, view: V) -> V:
        # The decorators that document are tried on a stand-in: each of them would wrap the
        # view once more, and every request would pay for ten calls that do nothing.
        setattr(run, _DOC, getattr(self._documented(route), _DOC))
        wrapped = run
        if route.query:
            wrapped = self.arguments(route.query(), location="query")(wrapped)
        if route.takes:
            wrapped = self.arguments(route.takes(), location="json")(wrapped)
        self.route(route.rule, methods=[route.method])(wrapped)
        DECLARED[f"{self.name}.{view.__name__}"] = route
        if route.upload:
            UPLOADS.add(f"{self.name}.{view.__name__}")
        return view

    def _documented(self, route: _Route) -> Any:
        def stand_in() -> None:
            """Stand in for the view."""

        documented = self.response(route.status, route.gives)(stand_in)
        if route.upload:
            documented = self.doc(requestBody=_upload_body(route.upload))(documented)
        refused: dict[int, list[type[Problem]]] = {}
        for problem in route.faults:
            refused.setdefault(problem.status, []).append(problem)
        for status, problems in sorted(refused.items()):
            documented = self.alt_response(
                status,
                schema=problem_schema(problems),
                description="; ".join(problem.title for problem in problems),
                content_type="application/problem+json",
            )(documented)
        return documented


DECLARED: dict[str, _Route] = {}
"""Every operation by its endpoint; the architecture tests hold the rooms to it."""


def if_match() -> int | None:
    """Return the version that the caller has seen (`If-Match: "v3"`), or None."""
    header = request.headers.get("If-Match", "").strip().strip('"')
    return int(header[1:]) if header[:1] == "v" and header[1:].isdecimal() else None


def etag(version: int) -> dict[str, str]:
    """Return the headers that tell the version of a thing."""
    return {"ETag": f'"v{version}"'}


def _upload_body(field: str) -> dict[str, Any]:
    schema = {
        "type": "object",
        "required": [field],
        "properties": {field: {"type": "string", "format": "binary"}},
    }
    return {"required": True, "content": {"multipart/form-data": {"schema": schema}}}


def _answer(done: Done, after: list[Callable[[Response], None]]) -> Response:
    response = Response(done.answer.body, done.answer.status, content_type=JSON)
    if done.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    for call in after:
        call(response)
    return response


def _limited(run: Any, limit: str | None) -> Any:
    return limiter.limit(limit)(run) if limit else run


def _who_faults(*, public: bool) -> tuple[type[Problem], ...]:
    return () if public else (SignInRequired, ScopeMissing)


def _key_faults(key: KeyRule) -> tuple[type[Problem], ...]:
    if key == "none":
        return ()
    kept = (KeyReused, KeyRunning, InvalidInput)
    return (*kept, KeyMissing) if key == "required" else kept


def _respond(result: Any, shape: Schema | None, status: int) -> Response:
    if isinstance(result, Response):
        return result
    reply = result if isinstance(result, Reply) else Reply(result)
    value = reply.value
    if isinstance(value, bytes):
        body = value
    elif shape is None:
        body = b""
    else:
        body = orjson.dumps(shape.dump(value))
    return Response(body, reply.status or status, headers=dict(reply.headers), content_type=JSON)
