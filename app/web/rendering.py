"""The HTML edge: pages are a second edge on the same commands and queries."""

import re
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import wraps
from types import MappingProxyType
from typing import Any, TypeVar, cast
from urllib.parse import quote, urlsplit, urlunsplit

from flask import Blueprint, Flask, Response, flash, g, render_template, request
from flask_limiter import RateLimitExceeded
from marshmallow import Schema

from app.kernel.problems import Problem, SignInRequired
from app.platform.idempotency import Answer
from app.platform.uow import Snapshot, UnitOfWork, snapshot
from app.web import assets, words
from app.web.caller import caller, find_caller
from app.web.edge import KeyRule, perform
from app.web.layer import request_id
from app.web.limits import WRITES, TooMany, limiter
from app.web.locale import shown_language
from app.web.parsing import UPLOADS, load_form
from app.web.problems import body_of
from app.web.security import SHOWS_AGAIN, CsrfMissing

V = TypeVar("V", bound=Callable[..., Any])

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Form:
    """What a person typed, and what is wrong with it; nothing typed is lost.

    ``values`` are the fields by name (`tags.0.x`), lists under their plain name; ``errors`` are
    sentences by field name, "" for what concerns the whole form.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    problem: Mapping[str, Any] | None = None

    def value(self, name: str, default: Any = "") -> Any:
        """Return what stands in the field ``name``."""
        return self.values.get(name, default)

    def error(self, name: str) -> str:
        """Return what is wrong with the field ``name``, or nothing."""
        return self.errors.get(name, "")

    def told_at(self, place_of: Callable[[str], str]) -> "Form":
        """Return the form with each fault at the field that ``place_of`` says; the first stays."""
        errors: dict[str, str] = {}
        for name, fault in self.errors.items():
            errors.setdefault(place_of(name), fault)
        return replace(self, errors=errors)


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a form leads when it went well; ``flash`` is said there, once."""

    url: str
    flash: str = ""
    after: Callable[[Response], None] | None = None


Again = Callable[..., str]
"""Renders the page of a form once more: ``again(view, form, **path)``."""

Beside = Mapping[type[Problem], str]
"""The field that a refusal is about where it names none itself."""

Resume = Callable[..., str]
"""Returns the page of a form with what was typed in it: ``resume(**path)``."""


class PageBlueprint(Blueprint):
    """A blueprint of pages and their forms."""

    def page(self, rule: str, *, signed_in: bool = False) -> Callable[[V], V]:
        """Declare a page; the view gets a `Snapshot` and returns HTML or a response."""

        def decorate(view: V) -> V:
            @wraps(view)
            def run(**parts: Any) -> Any:
                if signed_in:
                    caller()
                with page_view() as seen:
                    return view(seen, **parts)

            self.add_url_rule(rule, view.__name__, run, methods=["GET"])
            return view

        return decorate

    def stands_on(self, rule: str, page: str) -> None:
        """Lead who asks for the address ``rule``, where only forms are sent, to their page.

        After a refusal that address stands in the browser's address bar, and Enter asks for it.
        ``page`` is an address whose `<parts>` are those of the rule; a query goes with it.
        """

        def lead(**parts: str) -> Response:
            filled = _PART.sub(lambda part: quote(parts[part[1]], safe=""), page)
            found = urlsplit(filled)
            query = request.query_string.decode("ascii", "ignore")
            return _go(Redirect(urlunsplit(found._replace(query=query or found.query))))

        self.add_url_rule(rule, f"page of {rule}", lead, methods=["GET"])

    def form(
        self,
        rule: str,
        *,
        page: str = "",
        takes: type[Schema] | None = None,
        again: Again | None = None,
        beside: Beside = MappingProxyType({}),
        signed_in: bool = True,
        why: str = "",
        resume: Resume | None = None,
        key: KeyRule = "optional",
        limit: str | None = WRITES,
    ) -> Callable[[V], V]:
        """Declare a form's target; the view gets the `UnitOfWork`, the input, and redirects.

        ``page`` is where the form stands, if that is another address: see `stands_on`. On a
        refusal ``again`` shows the page once more, with what was typed and what is wrong,
        ``beside`` the field that it is about. Who must sign in first is told ``why``, and comes
        back to what ``resume`` returns.
        """

        def decorate(view: V) -> V:
            @wraps(view)
            def run(**parts: Any) -> Response:
                if signed_in:
                    _ask_who(why, resume, parts)
                return _run_form(view, takes, f"POST {rule}", key, parts)

            limited = limiter.limit(limit)(run) if limit else run
            shown = shown_again(again, beside)(limited) if again else limited
            self.add_url_rule(rule, view.__name__, shown, methods=["POST"])
            if page:
                self.stands_on(rule, page)
            return view

        return decorate

    def act(
        self,
        rule: str,
        *,
        again: Again | None = None,
        beside: Beside = MappingProxyType({}),
        signed_in: bool = True,
        limit: str | None = WRITES,
        upload: bool = False,
    ) -> Callable[[V], V]:
        """Declare the target of a form whose view minds its own units of work, and redirects.

        For work that must not hold the database: hashing passwords, decoding pictures, asking
        others. ``again`` and ``beside`` are as in `form`.
        """

        def decorate(view: V) -> V:
            @wraps(view)
            def run(**parts: Any) -> Response:
                if signed_in:
                    caller("write")
                return _go(view(**parts))

            limited = limiter.limit(limit)(run) if limit else run
            shown = shown_again(again, beside)(limited) if again else limited
            self.add_url_rule(rule, view.__name__, shown, methods=["POST"])
            if upload:
                UPLOADS.add(f"{self.name}.{view.__name__}")
            return view

        return decorate


def shown_again(again: Again, beside: Beside = MappingProxyType({})) -> Callable[[V], V]:
    """Let a view answer its refusals with the page of its form: what was typed is not lost.

    That of coming too often too, and that of a page that was open for too long. Only who must sign
    in first is sent there.
    """

    def decorate(view: V) -> V:
        @wraps(view)
        def run(**parts: Any) -> Any:
            if g.get("csrf_missing"):
                return _show_again(again, CsrfMissing(), {}, parts)
            try:
                return view(**parts)
            except SignInRequired:
                raise
            except RateLimitExceeded:
                return _show_again(again, TooMany(), {}, parts)
            except Problem as problem:
                return _show_again(again, problem, beside, parts)

        setattr(run, SHOWS_AGAIN, True)
        return cast("V", run)

    return decorate


def _show_again(
    again: Again, problem: Problem, beside: Beside, parts: Mapping[str, Any]
) -> Response:
    body = body_of(problem)
    errors = {
        error["pointer"].strip("/").replace("/", "."): error["detail"]
        for error in body.get("errors", [])
    }
    if not errors and type(problem) in beside:
        errors = {beside[type(problem)]: body.get("hint", body["title"])}
    form = Form(form_values(), errors, body)
    with page_view() as view:
        html = again(view, form, **parts)
    return Response(html, problem.status, content_type=HTML)


@contextmanager
def page_view() -> Generator[Snapshot]:
    """Yield what a page is made of; ages on the page are told by its clock."""
    with snapshot() as view:
        g.page_view = view
        yield view


def _ago(at: datetime) -> str:
    view: Snapshot = g.page_view
    return words.ago(at, now=view.now)


def form_values() -> dict[str, Any]:
    """Return what was typed, by field name."""
    return {
        name.removesuffix("[]"): values if name.endswith("[]") else values[-1]
        for name, values in request.form.lists()
    }


def render(template: str, **context: Any) -> str:
    """Return the HTML of ``template``."""
    return render_template(template, **context)


def is_fragment() -> bool:
    """Tell whether htmx asks for a part of the page only."""
    return request.headers.get("HX-Request") == "true"


def init_rendering(
    app: Flask, *, slots: Mapping[str, Callable[[], Any]], demo: Callable[[], Any] | None
) -> None:
    """Give templates what they share; ``slots`` are header parts that rooms above fill."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    for name in ("money", "count", "day", "moment"):
        app.jinja_env.filters[name] = getattr(words, name)
    app.jinja_env.filters["ago"] = _ago
    app.jinja_env.globals.update(
        vite=assets.vite, icon=assets.icon, idempotency_key=lambda: secrets.token_urlsafe(18)
    )

    @app.context_processor
    def shared() -> dict[str, Any]:
        theme = request.cookies.get("theme")
        plain = {
            "lang": shown_language(),
            "theme": theme if theme in {"light", "dark"} else None,
            "request_id": request_id(),
        }
        if g.get("without_database"):
            return {**plain, "viewer": find_caller(), "demo": None, **dict.fromkeys(slots, 0)}
        return {
            **plain,
            "viewer": find_caller(),
            "demo": demo() if demo else None,
            **{name: _Lazy(fill) for name, fill in slots.items()},
        }


class _Lazy:
    """A header slot that is asked for only when a template shows it."""

    def __init__(self, fill: Callable[[], Any]) -> None:
        self._fill = fill

    def _value(self) -> Any:
        if "slots" not in g:
            g.slots = {}
        if self._fill not in g.slots:
            g.slots[self._fill] = self._fill()
        return g.slots[self._fill]

    def __str__(self) -> str:
        return str(self._value())

    def __html__(self) -> str:
        return str(self._value())

    def __bool__(self) -> bool:
        return bool(self._value())

    def __int__(self) -> int:
        return int(self._value())


def _run_form(
    view: Callable[..., Redirect],
    takes: type[Schema] | None,
    scope: str,
    key: KeyRule,
    parts: Mapping[str, Any],
) -> Response:
    data = [load_form(takes)] if takes else []
    outcome: list[Redirect] = []

    def work(uow: UnitOfWork) -> Answer:
        went = view(uow, *data, **parts)
        outcome.append(went)
        return Answer(303, went.url.encode())

    done = perform(work, scope=scope, key=request.form.get("idempotency_key"), key_rule=key)
    # A repeated form leads where the first one led, and says nothing twice.
    return _go(outcome[0] if outcome else Redirect(done.answer.body.decode()))


_PART = re.compile(r"<(\w+)>")
"""What an address takes over from another."""


def _ask_who(why: str, resume: Resume | None, parts: Mapping[str, Any]) -> None:
    """Refuse who is not signed in, and note why one must be and where one comes back to."""
    if find_caller() is None:
        g.sign_in_why = why
        g.sign_in_next = resume(**parts) if resume else None
    caller("write")


def _go(went: Redirect) -> Response:
    response = Response(status=303, headers={"Location": went.url})
    # First: who signs out forgets all that was to be said, but not that they are signed out.
    if went.after:
        went.after(response)
    if went.flash:
        flash(went.flash)
    return response
