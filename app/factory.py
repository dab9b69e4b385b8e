"""The composition root: the list of rooms, the choice of adapters. The only file that knows all."""

import importlib
import importlib.util
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import orjson
from flask import Flask
from flask.json.provider import JSONProvider

from app.kernel.ids import AccountId
from app.platform import adapters
from app.platform.db import READ_BIND, configure, db, prepare
from app.platform.keys import Keys, load_keys
from app.platform.memo import Memo, recall
from app.platform.metrics import Counts
from app.platform.queue import Job
from app.platform.subscribers import Subscriber
from app.platform.uow import Snapshot, snapshot
from app.platform.writelock import OpenLock, WriteLock
from app.settings import Settings
from app.web import assets, caller, layer, limits, locale, problems, rendering, security
from app.web.document import Document
from app.web.lean import LeanFlask
from media import open_store
from media.child import PictureChild
from media.port import MediaStore
from search import open_index
from search.port import SearchIndex

ROOMS = (
    "app.ledger",
    "app.screening",
    "app.pictures",
    "app.touches",
    "app.accounts",
    "app.catalogue",
    "app.programmes",
    "app.content",
    "app.attribution",
    "app.orders",
    "app.discovery",
    "app.insights",
    "app.site",
)
"""Every room, bottom to top; a new room is one more line, here and in the storeys."""

BODY_BYTES_MAX = 1 << 20
"""No JSON body or form is larger; uploads raise it for their own route."""

ROOT = Path(__file__).parent


class OrjsonProvider(JSONProvider):
    """Flask's JSON by orjson, 1.8 times the speed of the standard library's on a feed."""

    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        """Return ``obj`` as JSON."""
        return orjson.dumps(obj, option=orjson.OPT_NON_STR_KEYS).decode()

    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        """Return what the JSON ``s`` says."""
        return orjson.loads(s)


def create_app(
    settings: Settings,
    *,
    index_writes: bool = False,
    patient: bool = False,
    log: layer.AccessLog | None = None,
) -> Flask:
    """Return the application, wired for ``settings``.

    Args:
        settings: of this process.
        index_writes: whether this process feeds the search index; only one may at a time.
        patient: whether this process may ask the database large questions; only serving may not.
        log: where requests are logged; tests and commands log none.

    """
    app = LeanFlask("app", root_path=str(ROOT), static_folder=None)
    # Led on, an address with slashes too many would meet a page that is not of ours.
    app.url_map.merge_slashes = False
    app.json = OrjsonProvider(app)
    keys = load_keys(settings.data_dir)
    _configure(app, settings, keys, patient=patient)
    _open_database(app, settings)
    _open_adapters(app, settings, index_writes=index_writes)
    directories = [str(path) for path in sorted(ROOT.glob("**/translations"))]
    locale.init_locale(app, default=settings.locale, directories=directories)
    limits.limiter.init_app(app)
    layer.init_layer(app, secure=settings.secure, log=log, pictures=_pictures_origin(app))
    security.init_csrf(app)
    app.after_request(caller.keep_device)
    _open_rooms(app)
    # After the rooms: flask-smorest answers HTTP errors in a shape of its own unless overruled.
    problems.init_problems(app)
    return app


def close(app: Flask) -> None:
    """Give back what the process holds: the picture child, the index, all connections."""
    app.extensions["trove_nudge_socket"].close()
    with app.app_context():
        adapters.adapter(PictureChild).close()
        adapters.adapter(SearchIndex).close()
        for module in furniture("providers"):
            module.close()
        with app.extensions["trove_write_lock"].held():
            # The last connection to close checkpoints, which is writing.
            for engine in db.engines.values():
                engine.dispose()


def rooms() -> Iterator[str]:
    """Yield the packages of the rooms there are."""
    for name in ROOMS:
        if _exists(name):
            yield name


def furniture(kind: str) -> Iterator[ModuleType]:
    """Yield the modules called ``kind`` of the rooms that have one."""
    for name in rooms():
        if _exists(f"{name}.{kind}"):
            yield importlib.import_module(f"{name}.{kind}")


def subscribers() -> list[Subscriber]:
    """Return every room's projectors and feeders."""
    return [one for module in furniture("projector") for one in module.SUBSCRIBERS]


def jobs() -> list[Job]:
    """Return every room's due jobs."""
    return [job for module in furniture("jobs") for job in module.JOBS]


def load_models() -> None:
    """Make every room's tables known to the metadata."""
    for kind in ("clock", "idempotency", "leases", "outbox", "queue", "seals"):
        importlib.import_module(f"app.platform.{kind}")
    for _ in furniture("models"):
        pass


def load_edges() -> None:
    """Load all by which the site is served, so that processes forked from this one share it."""
    for kind in ("models", "routes", "pages", "health"):
        for _ in furniture(kind):
            pass


def _exists(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _configure(app: Flask, settings: Settings, keys: Keys, *, patient: bool) -> None:
    app.config.update(
        SECRET_KEY=keys.derive("cookies"),
        SESSION_COOKIE_NAME="__Host-page" if settings.secure else "page",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=BODY_BYTES_MAX,
        MAX_FORM_MEMORY_SIZE=BODY_BYTES_MAX,
        MAX_FORM_PARTS=500,
        API_TITLE="Trove",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        RATELIMIT_ENABLED=settings.limits,
        RATELIMIT_STORAGE_URI=settings.redis_url or "memory://",
        RATELIMIT_STORAGE_OPTIONS=limits.storage_options(settings.redis_url),
        RATELIMIT_KEY_PREFIX="trove",
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=bool(settings.redis_url),
        # For those who asked beside the one that noticed first: they would get 500. All after
        # them are counted in the process.
        RATELIMIT_SWALLOW_ERRORS=bool(settings.redis_url),
        RATELIMIT_HEADERS_ENABLED=True,
        PROPAGATE_EXCEPTIONS=False,
        TROVE_SETTINGS=settings,
        TROVE_PATIENT=patient,
        **configure(settings.database, patient=patient),
    )
    app.extensions["trove_keys"] = keys
    app.extensions["trove_counts"] = Counts(settings.data_dir)
    outgoing = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    app.extensions["trove_nudge_socket"] = outgoing
    app.extensions["trove_nudge"] = _nudge(outgoing, settings.data_dir)
    if settings.proxies:
        from werkzeug.middleware.proxy_fix import ProxyFix  # noqa: PLC0415 - rarely needed

        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign] # Flask's documented way


def _open_database(app: Flask, settings: Settings) -> None:
    if settings.on_sqlite:
        lock_path = settings.database_path.with_suffix(".lock")
        app.extensions["trove_write_lock"] = WriteLock(lock_path)
    else:
        app.extensions["trove_write_lock"] = OpenLock()
    app.extensions["trove_memo"] = Memo()
    load_models()
    db.init_app(app)
    # Units of work close their own sessions; the library's, asked at every end, is never opened.
    app.teardown_appcontext_funcs.pop()
    with app.app_context():
        prepare(db.engine, write=True)
        prepare(db.engines[READ_BIND], write=False)


def _open_adapters(app: Flask, settings: Settings, *, index_writes: bool) -> None:
    store = open_store(settings.media)
    adapters.provide(app, MediaStore, store)
    adapters.provide(app, SearchIndex, open_index(settings.search, write=index_writes))
    adapters.provide(app, PictureChild, PictureChild())
    for module in furniture("providers"):
        module.provide(app, settings)


def _pictures_origin(app: Flask) -> str:
    """Return the origin of the store's public address, where it has one."""
    with app.app_context():
        parts = urlsplit(adapters.adapter(MediaStore).public)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def _open_rooms(app: Flask) -> None:
    settings: Settings = app.config["TROVE_SETTINGS"]
    api = Document(app, server=settings.origin)
    for module in furniture("routes"):
        api.register_blueprint(module.blp)
    for module in furniture("pages"):
        app.register_blueprint(module.pages)
    for module in furniture("health"):
        app.register_blueprint(module.health)
    slots: dict[str, Any] = {}
    for module in furniture("pages"):
        slots.update(getattr(module, "SLOTS", {}))
    demo = _demo_people if settings.demo else None
    rendering.init_rendering(app, slots=slots, demo=demo)
    caller.init_callers(app, _caller_finder())
    app.jinja_loader = _template_loader()
    _serve_static(app)


def _caller_finder() -> caller.FindCaller:
    if not _exists("app.accounts.api"):
        return lambda _secret, _is_token: None
    accounts = importlib.import_module("app.accounts.api")
    seats_of = None
    if _exists("app.catalogue.api"):
        seats_of = importlib.import_module("app.catalogue.api").seats_of

    def find(secret: str, is_token: bool) -> caller.Caller | None:  # noqa: FBT001 - as FindCaller asks
        found: caller.Caller | None = accounts.find_caller(secret, is_token, seats_of)
        return found

    return find


@dataclass(frozen=True, slots=True)
class _DemoPerson:
    """Somebody whom one may look around as, with one click."""

    role: str
    name: str
    handle: str
    home: str
    """Where they would go first."""
    post_url: str = "/demo/sign-in"


@dataclass(frozen=True, slots=True)
class _Demo:
    people: tuple[_DemoPerson, ...]


def _demo_people() -> _Demo | None:
    """Return them for who may be lent one of them."""
    if not security.is_from_here():
        return None
    accounts = importlib.import_module("app.accounts.api")
    with snapshot() as view:
        return recall(
            view,
            "demo people",
            lambda: _Demo(
                tuple(
                    _DemoPerson(role, name, handle, _demo_home(view, role, account_id))
                    for role, name, handle, account_id in accounts.demo_people(view)
                )
            ),
        )


def _demo_home(view: Snapshot, role: str, account_id: AccountId) -> str:
    catalogue = importlib.import_module("app.catalogue.api")
    merchants, brands = catalogue.seats_of(view, account_id)
    if role == "brand" and brands:
        return f"/brand/{brands[0].handle}"
    if role == "merchant" and merchants:
        return f"/shop/{merchants[0].handle}/orders"
    return "/studio" if role == "creator" else "/"


def _template_loader() -> Any:
    from jinja2 import FileSystemLoader  # noqa: PLC0415 - only needed here

    folders = [ROOT / "web" / "templates"]
    folders += [ROOT / name.split(".", 1)[1] / "templates" for name in rooms()]
    return FileSystemLoader([str(folder) for folder in folders])


def _serve_static(app: Flask) -> None:
    from whitenoise import WhiteNoise  # noqa: PLC0415 - only needed here

    def immutable(_path: str, url: str) -> bool:
        return url.startswith(assets.BASE + "assets/")

    static = WhiteNoise(
        app.wsgi_app,
        root=str(assets.STATIC),
        prefix="static/",
        immutable_file_test=immutable,
        max_age=3600,
    )
    app.wsgi_app = static  # type: ignore[method-assign] # Flask's documented way


def _nudge(outgoing: socket.socket, data_dir: Path) -> Any:
    """Return what wakes the worker after a commit; it never waits, and may be lost."""
    address = str(data_dir.absolute() / "worker.sock")
    outgoing.setblocking(False)

    def nudge() -> None:
        try:
            outgoing.sendto(b"!", address)
        except OSError:
            # Nobody listens, or the worker is busy: it looks by itself every 100 ms.
            return

    return nudge
