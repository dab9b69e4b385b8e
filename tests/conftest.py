"""What every test may ask for: an application on a fresh SQLite file, people, the relay, time."""

import contextvars
import os
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings as hypothesis_settings

from app import factory
from app.platform import clock, queue, relay
from app.platform.db import Base, db
from app.platform.uow import Snapshot, UnitOfWork, snapshot, unit_of_work
from app.settings import Settings
from tests.support import engines
from tests.support.people import Person, sign_up_person

hypothesis_settings.register_profile("dev", max_examples=50, deadline=None)
hypothesis_settings.register_profile("ci", max_examples=200, deadline=None)
hypothesis_settings.load_profile("ci" if os.environ.get("TROVE_CI") == "1" else "dev")

HOLDER = "test"


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


def pytest_configure() -> None:
    """Keep the developer's own settings out of the tests."""
    for name in [name for name in os.environ if _is_own(name)]:
        del os.environ[name]


def _is_own(name: str) -> bool:
    return name.startswith("TROVE_") and name != "TROVE_CI" and not name.startswith("TROVE_TEST_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests of real services reach this machine's own ports, and nothing else."""
    for item in items:
        if item.get_closest_marker("service"):
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
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of an installation of its own; a test may override this fixture."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "data",
        database_url=database_url,
        search_url="memory:",
        media_url="memory:",
        payment="none",
        limits=False,
        testing=True,
        locale="en",
    )


@pytest.fixture
def app(settings: Settings) -> Generator[Flask]:
    """The application on a fresh database."""
    made = factory.create_app(settings, index_writes=True)
    made.test_client_class = Browser
    with made.app_context():
        if settings.on_sqlite:
            Base.metadata.create_all(db.engine)
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
    """Deliver every event that waits; return how many deliveries and fan-outs it took."""
    del app

    def run() -> int:
        total = 0
        while done := relay.drain(factory.subscribers(), holder=HOLDER):
            total += done
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
