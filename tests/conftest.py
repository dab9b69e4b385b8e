"""What every test may ask for: an application on a fresh SQLite file, people, the relay, time."""

import contextvars
import gc
import os
import shutil
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, create_engine

from app import factory
from app.platform import clock, queue, relay
from app.platform.adapters import adapter
from app.platform.db import Base, db, engine_options, prepare
from app.platform.uow import Snapshot, UnitOfWork, snapshot, unit_of_work
from app.settings import Settings
from search.port import SearchIndex
from tests.support import engines
from tests.support.lengths import hold
from tests.support.people import Person, sign_up_person
from tests.support.refusals import Recorder
from tests.support.search_engines import elastic_url

hypothesis_settings.register_profile("dev", max_examples=50, deadline=None)
hypothesis_settings.register_profile("ci", max_examples=200, deadline=None)
# On the services less is left to chance: it has had its tries on the same rules before.
OFTEN = os.environ.get("TROVE_CI") == "1" and not engines.SCALE
hypothesis_settings.load_profile("ci" if OFTEN else "dev")

HOLDER = "test"


class CompiledTemplates(BytecodeCache):
    """Templates compiled once for all applications of this process; each would take 10 ms."""

    def __init__(self) -> None:
        """Begin empty."""
        self._code: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Take what was compiled from the same source."""
        if bucket.key in self._code:
            bucket.bytecode_from_string(self._code[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._code[bucket.key] = bucket.bytecode_to_string()


COMPILED = CompiledTemplates()


class Browser(FlaskClient):
    """A client whose requests each have a context of their own, as on a server.

    Tests stand inside an application context; a request that found it would share its `g` with
    the request before, and so who had called, and from which device.
    """

    def open(self, *args: Any, **options: Any) -> Any:
        """Send a request; the file in which a large form was kept is closed after the answer."""
        response = contextvars.Context().run(super().open, *args, **options)
        response.request.environ["wsgi.input"].close()
        return response


def pytest_configure(config: pytest.Config) -> None:
    """Keep the developer's own settings out of the tests; note what is refused in them."""
    for name in [name for name in os.environ if _is_own(name)]:
        del os.environ[name]
    config.pluginmanager.register(Recorder())


@pytest.fixture(autouse=True)
def settings_that_a_test_leaves() -> Generator[None]:
    """Take back what a command set for the process it believed to have for itself."""
    yield
    for name in [name for name in os.environ if _is_own(name)]:
        del os.environ[name]


def _is_own(name: str) -> bool:
    return name.startswith("TROVE_") and name != "TROVE_CI" and not name.startswith("TROVE_TEST_")


def pytest_collection_finish() -> None:
    """Look through what the tests make for garbage, not each time through all that was imported."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests of real services and browsers reach this machine's own ports, and nothing else."""
    for item in items:
        named = item.get_closest_marker("service") or item.get_closest_marker("browser")
        if engines.SCALE or named:
            item.add_marker(pytest.mark.allow_hosts(["127.0.0.1"]))


@pytest.fixture
def database_url() -> Generator[str]:
    """The database of an installation of its own: a file, or with MODE=scale PostgreSQL's."""
    if not engines.SCALE:
        yield ""
        return
    with engines.fresh_database() as url:
        yield url


@pytest.fixture
def search_url() -> Generator[str]:
    """Where things are found: in this process, or with MODE=scale in Elasticsearch."""
    if not engines.SCALE:
        yield "memory:"
        return
    with elastic_url() as url:
        yield url


@pytest.fixture(scope="session")
def media_url() -> str:
    """Where pictures are kept: in this process, or with MODE=scale in a bucket of this run's."""
    return engines.fresh_bucket() if engines.SCALE else "memory:"


@pytest.fixture
def redis_url() -> str:
    """Where limits are counted: in this process, or with MODE=scale in an empty Redis database."""
    return engines.emptied_redis() if engines.SCALE else ""


@pytest.fixture
def settings(
    tmp_path: Path, database_url: str, search_url: str, media_url: str, redis_url: str
) -> Settings:
    """Settings of an installation of its own; a test may override this fixture."""
    return plain_settings(
        tmp_path,
        database_url=database_url,
        search_url=search_url,
        media_url=media_url,
        redis_url=redis_url,
    )


def plain_settings(folder: Path, **urls: str) -> Settings:
    """Return settings of an installation in ``folder``, with the services behind ``urls``."""
    return Settings(
        _env_file=None,
        data_dir=folder / "data",
        payment="none",
        limits=False,
        testing=True,
        locale="en",
        **urls,
    )


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with every table and no row, to be copied: making one takes 40 ms."""
    path = tmp_path_factory.mktemp("empty") / "trove.sqlite"
    factory.load_models()
    url = f"sqlite:///{path}"
    engine = create_engine(url, **engine_options(url, write=True))
    prepare(engine, write=True)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        hold(connection)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def compiled_statements(empty_database: Path) -> Callable[[Engine], None]:
    """Have an engine take statements that another compiled; each application would anew.

    What is compiled is kept by the dialect's identity: all engines must have the one.
    """
    first = create_engine(f"sqlite:///{empty_database}")
    first.connect().close()
    kept: dict[Any, Any] = {}

    def share(engine: Engine) -> None:
        if engine.dialect.name == first.dialect.name:
            engine.dialect = first.dialect
            engine.update_execution_options(compiled_cache=kept)

    return share


@pytest.fixture
def app(
    settings: Settings, empty_database: Path, compiled_statements: Callable[[Engine], None]
) -> Generator[Flask]:
    """The application on a fresh database, or on the one that the folder has already."""
    with opened(settings, empty_database, compiled_statements) as made:
        yield made


@contextmanager
def opened(
    settings: Settings, empty_database: Path, compiled_statements: Callable[[Engine], None]
) -> Generator[Flask]:
    """Open the application of ``settings``, stand in its context, and close it."""
    if settings.on_sqlite and not settings.database_path.exists():
        settings.database_path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(empty_database, settings.database_path)
    made = factory.create_app(settings, index_writes=True)
    made.test_client_class = Browser
    made.jinja_env.bytecode_cache = COMPILED
    with made.app_context():
        for engine in db.engines.values():
            compiled_statements(engine)
        yield made
        for engine in db.engines.values():
            engine.dispose()
    factory.close(made)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without an account."""
    return app.test_client()


@pytest.fixture
def unit(app: Flask) -> Callable[[], AbstractContextManager[UnitOfWork]]:
    """Open a unit of work: ``with unit() as uow``."""
    del app
    return unit_of_work


@pytest.fixture
def look(app: Flask) -> Callable[[], AbstractContextManager[Snapshot]]:
    """Open a snapshot: ``with look() as view``."""
    del app
    return snapshot


@pytest.fixture
def drain(app: Flask) -> Callable[[], int]:
    """Deliver every event that waits, and let searches see it; return how many steps it took."""

    def run() -> int:
        total = 0
        while done := relay.drain(factory.subscribers(), holder=HOLDER):
            total += done
        with app.app_context():
            adapter(SearchIndex).refresh()
        return total

    return run


@pytest.fixture
def run_jobs(app: Flask) -> Callable[[], int]:
    """Run the due jobs, as the worker does."""
    del app
    return lambda: queue.run_due(factory.jobs(), holder=HOLDER)


@pytest.fixture
def pass_time(app: Flask) -> Callable[..., None]:
    """Move the installation's clock forward: ``pass_time(days=15)``."""
    del app

    def run(**parts: int) -> None:
        with unit_of_work() as uow:
            clock.move(uow.session.connection(), timedelta(**parts))

    return run


@pytest.fixture
def sign_up(app: Flask) -> Callable[..., Person]:
    """Make an account with a signed-in client: ``sign_up("ann", creator=True)``."""

    def run(handle: str = "ann", *, creator: bool = False, **more: Any) -> Person:
        return sign_up_person(app, handle, creator=creator, **more)

    return run
