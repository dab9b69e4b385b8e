"""Forged requests: a token for browsers, and where the request says it comes from."""

import ipaddress
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect, generate_csrf

from app.kernel.problems import Problem
from app.settings import LOOPBACK, Settings
from app.web.caller import bearer, find_caller
from app.web.parsing import UPLOAD_BYTES_MAX, UPLOADS

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

SHOWS_AGAIN = "shows_again"
"""Marks a view that refuses a request without the token itself, by showing its form again."""


class CsrfMissing(Problem):
    """A browser's request without the token that our own pages carry."""

    code, status, title = "csrf-missing", 400, "This page has been open for too long"
    hint = "Reload the page and send it again; API clients send a token instead of a cookie."


class CrossSite(Problem):
    """A browser says that another site made the request."""

    code, status, title = "cross-site", 403, "Another site made this request"
    hint = "Open the page here and do it again."


def init_csrf(app: Flask) -> None:
    """Guard every operation that is not safe.

    Requests that carry an API token are exempt: no other site can make a browser send one. So are
    API requests of nobody: a cookie that signs nobody in gives nothing to abuse, and its sender is
    told to sign in instead.
    """
    protect = CSRFProtect()
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    app.config.setdefault("WTF_CSRF_HEADERS", ["X-CSRFToken"])
    protect.init_app(app)
    # It checks nothing where each request is checked below, and asks so at every one.
    app.before_request_funcs[None].pop()
    app.jinja_env.globals["csrf_token"] = generate_csrf

    def check() -> None:
        if request.method in SAFE or request.routing_exception is not None:
            return
        view = request.endpoint and app.view_functions.get(request.endpoint)
        if request.endpoint in UPLOADS:
            request.max_content_length = UPLOAD_BYTES_MAX
        if bearer(request) or getattr(view, "machine_only", False):
            return
        _check_origin()
        if request.path.startswith("/api/") and find_caller() is None:
            return
        try:
            protect.protect()
        except CSRFError:
            if not getattr(view, SHOWS_AGAIN, False):
                raise CsrfMissing from None
            g.csrf_missing = True

    app.before_request(check)


def _check_origin() -> None:
    site = request.headers.get("Sec-Fetch-Site")
    if site in {"cross-site", "same-site"}:
        raise CrossSite
    origin = request.headers.get("Origin")
    settings: Settings = current_app.config["TROVE_SETTINGS"]
    # A proxy that speaks https for us may tell nothing of it: then only the setting knows.
    if origin and origin not in {request.host_url.rstrip("/"), settings.origin}:
        raise CrossSite


def came_from(default: str = "/") -> str:
    """Return the page of this site that the request was sent from, as the browser tells it."""
    told = urlsplit(request.referrer or "")
    if f"{told.scheme}://{told.netloc}/" != request.host_url:
        return default
    return safe_next(f"{told.path}?{told.query}".rstrip("?"), default)


FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
"""What those say who pass on what others sent."""


def is_from_here() -> bool:
    """Tell whether a program on this machine sent the request, by itself and to this machine.

    A tunnel or a proxy on this machine sends for others, and names them; a page of somebody else's
    may have a browser here send to a name that leads here. Neither is from here.
    """
    if any(name in request.headers for name in FORWARDED):
        return False
    host = urlsplit(f"//{request.host}").hostname
    return host in LOOPBACK and _is_loopback(request.remote_addr)


def _is_loopback(remote: str | None) -> bool:
    try:
        return remote is not None and ipaddress.ip_address(remote).is_loopback
    except ValueError:
        return False


def safe_next(target: str | None, default: str = "/") -> str:
    """Return ``target`` when it is a path of this site, else ``default``."""
    if not target or not target.startswith("/") or len(target) > 2000:
        return default
    if target.startswith(("//", "/\\")) or any(ord(mark) < 33 or mark == "\\" for mark in target):
        return default
    return target
