"""The JSON edge: flask-smorest wrapped once, so that every route says what it takes and refuses."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar

import orjson
from flask import Response, request
from flask_smorest import Blueprint as SmorestBlueprint
from marshmallow import Schema

from app.kernel.page import PAGE_SIZE, PAGE_SIZE_MAX
from app.kernel.problems import Busy, InvalidInput, Problem, SignInRequired, field_error
from app.platform.idempotency import Answer, KeyMissing, KeyReused, KeyRunning
from app.platform.uow import UnitOfWork, snapshot
from app.web.caller import ScopeMissing, caller
from app.web.document import Route, answer_headers, operation_doc, refusals
from app.web.edge import Done, KeyRule, perform
from app.web.fields import Text, Whole
from app.web.limits import WRITES, TooMany, limiter
from app.web.parsing import UPLOADS, JsonParser, TooLarge, UnreadableBody, WrongMediaType
from app.web.problems import BadRequest
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


class ApiBlueprint(SmorestBlueprint):  # type: ignore[misc] # flask-smorest has no types
    """A blueprint whose operations declare what they take, give and refuse."""

    ARGUMENTS_PARSER = JsonParser()

    def __init__(self, *args: Any, **options: Any) -> None:
        """Make a blueprint; all given is flask-smorest's."""
        super().__init__(*args, **options)
        self._undescribed: list[tuple[str, Route, Any]] = []

    def reads(
        self,
        rule: str,
        *,
        gives: type[Schema],
        query: type[Schema] | None = None,
        refuses: tuple[type[Problem], ...] = (),
        public: bool = False,
        limit: str | None = None,
        versioned: bool = False,
        media: str = JSON,
    ) -> Callable[[V], V]:
        """Declare a GET; the view is called with a `Snapshot`, the query, the path's parts.

        ``versioned``: the answer carries an ETag; ``media``: what it is where it is no JSON.
        """
        faults = _who_faults(public=public) + ((TooMany,) if limit else ())
        faults += (InvalidInput,) if query else ()
        shape = gives()

        def decorate(view: V) -> V:
            route = Route(
                view.__name__,
                "GET",
                rule,
                None,
                query,
                gives,
                200,
                _each_once(refuses + faults),
                None if public else "read",
                versioned=versioned,
                media=media,
            )

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
        One that may refuse with 412 goes by `if_match`.
        """
        code = status or (200 if gives else 204)
        faults = _who_faults(public=public) + _key_faults(key) + _write_faults(takes, limit)
        versioned = any(one.status == 412 for one in refuses)
        faults += (InvalidInput,) if versioned else ()
        shape = gives() if gives else None

        def decorate(view: V) -> V:
            route = Route(
                view.__name__,
                method,
                rule,
                takes,
                None,
                gives,
                code,
                _each_once(refuses + faults),
                None if public else scope,
                key=key,
                versioned=versioned,
            )

            return self._add(route, _limited(_written(view, route, shape), limit), view)

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
        raw: Mapping[str, Any] | None = None,
    ) -> Callable[[V], V]:
        """Declare an operation that minds its own units of work, or reads its own body.

        ``upload`` names the field in which a file comes, as multipart/form-data; ``raw`` is the
        JSON Schema of a body that the view reads itself.
        """
        faults = _who_faults(public=public) + _write_faults(takes, limit)
        shape = gives() if gives else None

        def decorate(view: V) -> V:
            route = Route(
                view.__name__,
                method,
                rule,
                takes,
                None,
                gives,
                status,
                _each_once(refuses + faults),
                None if public else "write",
                upload=upload,
                raw=raw,
            )

            @wraps(view)
            def run(*args: Any, **parts: Any) -> Response:
                if not public:
                    caller("write")
                return _respond(view(*args, **parts), shape, status)

            return self._add(route, _limited(run, limit), view)

        return decorate

    def register_views_in_doc(self, *args: Any, **options: Any) -> None:
        """Describe what is declared, where that was not done yet, and tell the document of it."""
        while self._undescribed:
            endpoint, route, view = self._undescribed.pop(0)
            described = self._described(route, view)
            super()._store_endpoint_docs(endpoint, described, None, None, methods=[route.method])
        super().register_views_in_doc(*args, **options)

    def _store_endpoint_docs(self, *_args: Any, **_options: Any) -> None:
        """Keep nothing yet: to describe all operations would be a fifth of every start."""

    def _add(self, route: Route, run: Any, view: V) -> V:
        wrapped = run
        for shape, location in _arguments(route):
            wrapped = self.arguments(shape(), location=location)(wrapped)
        self.route(route.rule, methods=[route.method])(wrapped)
        self._undescribed.append((self._endpoints[-1], route, view))
        DECLARED[f"{self.name}.{view.__name__}"] = route
        if route.upload:
            UPLOADS.add(f"{self.name}.{view.__name__}")
        return view

    def _described(self, route: Route, view: Any) -> Any:
        """Return a stand-in for ``view`` of which flask-smorest knows all that ``route`` says."""

        @wraps(view)
        def stand_in() -> None:
            """Stand in for the view."""

        gives = route.gives if route.media == JSON else None
        documented = self.response(route.status, gives, headers=answer_headers(route))(stand_in)
        documented = self.doc(**operation_doc(route))(documented)
        # Each decorator copies all that was documented before it: one on the other, they would copy
        # the same many times over.
        answers = getattr(documented, _DOC)["response"]["responses"]
        for status, refused in refusals(route):
            alone = self.alt_response(status, **refused)(stand_in)
            for told, shapes in getattr(alone, _DOC)["response"]["responses"].items():
                answers.setdefault(told, []).extend(shapes)
        for shape, location in _arguments(route):
            documented = self.arguments(shape(), location=location)(documented)
        return documented


def _arguments(route: Route) -> list[tuple[type[Schema], str]]:
    """Return what ``route`` takes, and where each comes in a request."""
    taken = ((route.query, "query"), (route.takes, "json"))
    return [(shape, location) for shape, location in taken if shape]


DECLARED: dict[str, Route] = {}
"""Every operation by its endpoint; the architecture tests hold the rooms to it."""


def if_match() -> int | None:
    """Return the version that the caller has seen (`If-Match: "v3"`), or None.

    Raises:
        InvalidInput: the header names no version. To pass it over would change what the caller
            wanted to be asked about.
    """
    header = request.headers.get("If-Match")
    if header is None or header.strip() == "*":
        return None
    found = re.fullmatch(r'"?v([0-9]{1,18})"?', header.strip(), re.ASCII)
    if found is None:
        fault = field_error("/headers/If-Match", "invalid-version", "Send the ETag that was read.")
        raise InvalidInput([fault])
    return int(found[1])


def etag(version: int) -> dict[str, str]:
    """Return the headers that tell the version of a thing."""
    return {"ETag": f'"v{version}"'}


def _written(view: V, route: Route, shape: Schema | None) -> Callable[..., Response]:
    """Return what serves a route that writes: one unit of work, once per key."""

    @wraps(view)
    def run(*args: Any, **parts: Any) -> Response:
        if route.scope:
            caller(route.scope)
        after: list[Callable[[Response], None]] = []

        def work(uow: UnitOfWork) -> Answer:
            after.clear()
            result = view(uow, *args, **parts)
            if isinstance(result, Reply) and result.after:
                after.append(result.after)
            given = _respond(result, shape, route.status)
            return Answer(given.status_code, given.get_data())

        done = perform(
            work,
            scope=f"{route.method} {route.rule}",
            key=request.headers.get("Idempotency-Key"),
            key_rule=route.key,
        )
        return _answer(done, after)

    return run


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


def _write_faults(takes: type[Schema] | None, limit: str | None) -> tuple[type[Problem], ...]:
    faults: tuple[type[Problem], ...] = (Busy, BadRequest, CsrfMissing, CrossSite, TooLarge)
    if takes:
        faults += (InvalidInput, UnreadableBody, WrongMediaType)
    return (*faults, TooMany) if limit else faults


def _each_once(faults: tuple[type[Problem], ...]) -> tuple[type[Problem], ...]:
    return tuple(dict.fromkeys(faults))


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
