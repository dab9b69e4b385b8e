"""Flask and Flask-Login, without what they do at requests and starts for what Trove has not.

Measured on a route that returns ready bytes: a quarter of the chain's time.
"""

from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager
from itsdangerous import URLSafeTimedSerializer
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.http import parse_cookie
from werkzeug.routing import Rule
from werkzeug.utils import cached_property


class LeanSessions(SecureCookieSessionInterface):
    """Flask's signed cookie; its signer is made once, not once for each request."""

    def __init__(self) -> None:
        """Make the signer at the first request."""
        self._signer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return the signer; the secret key does not change while a process lives."""
        if self._signer is None:
            self._signer = super().get_signing_serializer(app)
        return self._signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie where something changed; it has no term that would need renewing."""
        if session.modified:
            super().save_session(app, session, response)
        elif session.accessed:
            response.vary.add("Cookie")


class LateRule(Rule):
    """A rule that learns to spell its address when that is first asked.

    Werkzeug compiles two functions for each rule at each start, half of what a start takes; most
    processes spell few addresses, and commands none.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - as Werkzeug calls it
        made: list[Callable[..., tuple[str, str]]] = []

        def build(rule: Rule, **values: Any) -> tuple[str, str]:
            if not made:
                made.append(super(LateRule, self)._compile_builder(append_unknown))
            return made[0](rule, **values)

        return build


class LeanRequest(Request):
    """A request whose cookies are read where the server puts them."""

    @cached_property
    def cookies(self) -> ImmutableMultiDict[str, str]:
        """What the browser kept; theirs searches all headers for it, which costs as much again."""
        return parse_cookie(self.environ.get("HTTP_COOKIE"), cls=self.dict_storage_class)  # type: ignore[return-value] # of the class handed in


class LeanFlask(Flask):
    """Flask whose views are plain functions."""

    request_class = LeanRequest
    url_rule_class = LateRule

    def __init__(self, *args: Any, **options: Any) -> None:
        """Make an application; each has a signer of its own."""
        super().__init__(*args, **options)
        self.session_interface = LeanSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return ``func``: asking nine functions a request whether they are coroutines is dear."""
        return func


class LeanLoginManager(LoginManager):  # type: ignore[misc] # Flask-Login has no types
    """Flask-Login with a request loader only: no state in Flask's session, no cookie of its own."""

    def _load_user(self) -> None:
        # Overrides what hashes address and browser even where session protection is off.
        kept = g._get_current_object()  # noqa: SLF001 - the proxy's own way out
        # Without the database whoever it is cannot be asked for: the page is a stranger's.
        found = None if kept.get("without_database") else self._request_callback(request)
        kept._login_user = self.anonymous_user() if found is None else found  # noqa: SLF001 - where Flask-Login looks

    def init_app(self, app: Flask, add_context_processor: bool = True) -> None:  # noqa: FBT001, FBT002 - as Flask-Login has it
        """Serve ``app``; no answer is looked through for a cookie that is never set."""
        super().init_app(app, add_context_processor)
        app.after_request_funcs[None].pop()
