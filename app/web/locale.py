"""The language of a request: the address, the cookie, the browser, the installation."""

from flask import Flask, g, has_request_context, request
from flask_babel import Babel, get_locale

LANGUAGES = ("zh", "en")
"""Languages on offer. Catalogues lie in `translations/zh`: of `zh_CN` Babel makes `zh_Hans_CN`, and
where that folder is missing it tries the bare language only."""


def init_locale(app: Flask, *, default: str, directories: list[str]) -> None:
    """Translate with the catalogues in ``directories``; each room brings its own."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = ";".join(directories)
    app.config["BABEL_DEFAULT_LOCALE"] = default
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Shanghai"
    Babel(app, locale_selector=lambda: language(default))


def language(default: str = "zh") -> str:
    """Return `zh` or `en` for the request that is being served."""
    if not has_request_context():
        return default
    if "language" not in g:
        asked = request.args.get("lang") or request.cookies.get("lang")
        if asked not in LANGUAGES and request.accept_languages:
            asked = request.accept_languages.best_match(["zh", "zh-CN", "zh-TW", "en", "en-US"])
        asked = (asked or default)[:2]
        g.language = asked if asked in LANGUAGES else default
    return str(g.language)


def shown_language() -> str:
    """Return the language in which this request is answered, as `zh` or `en`."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"
