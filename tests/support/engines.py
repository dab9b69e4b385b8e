"""The engines that the suite runs on: those in the process, or with MODE=scale the real services."""

import os
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache

import pytest
import redis
from sqlalchemy import select

from app.platform.db import Base
from app.platform.uow import Snapshot
from media import open_store
from media.s3_store import S3Store
from tests.support.databases import Databases

SCALE = os.environ.get("MODE") == "scale"

of_a_file = pytest.mark.skipif(SCALE, reason="PostgreSQL has no such file: nothing to be shown")
"""For tests of what only a database in a file needs."""


one_mode = pytest.mark.skipif(SCALE, reason="the same in either mode: run in the other")
"""For slow tests of processes and files that stand on none of the services in either mode."""


def every_row(view: Snapshot) -> list[tuple[object, ...]]:
    """Return all that the database holds, table by table."""
    found: list[tuple[object, ...]] = []
    for table in Base.metadata.sorted_tables:
        rows = view.rows(select(table).order_by(*table.primary_key.columns))
        found += [(table.name, *row) for row in rows]
    return found


def service_url(name: str) -> str:
    """Return the address of a real service, from the variable TROVE_TEST_`name`_URL.

    Without it the test is skipped; in CI (TROVE_CI=1) it fails.
    """
    variable = f"TROVE_TEST_{name}_URL"
    url = os.environ.get(variable, "")
    if not url:
        reason = f"{variable} is not set: `make test-services` starts the services and sets it"
        if os.environ.get("TROVE_CI") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    return url


@contextmanager
def fresh_database(*, bare: bool = False) -> Generator[str]:
    """Yield the address of a PostgreSQL database with every table in it, which is gone after.

    A ``bare`` one has no table.
    """
    server = service_url("DATABASE")
    databases = _databases(server)
    name, uses = databases.lend(bare=bare)
    try:
        yield databases.url(name)
    finally:
        if bare:
            databases.drop(name)
        else:
            databases.take_back(name, uses)


@pytest.fixture
def on_postgresql() -> Generator[str]:
    """A PostgreSQL database, whatever the mode: the `database_url` of a module that is about it."""
    with fresh_database() as url:
        yield url


@cache
def _databases(server: str) -> Databases:
    return Databases(server)


def fresh_bucket() -> str:
    """Return the address of an S3 bucket of this run's own; pictures in it are told by content."""
    url = re.sub(r"/[^/]*$", f"/test-{secrets.token_hex(6)}", service_url("MEDIA"))
    store = open_store(url)
    assert isinstance(store, S3Store)
    store.check()
    return url


def emptied_redis() -> str:
    """Return the address of the Redis database of this test process, with nothing in it."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = re.sub(r"/\d+$", f"/{int(worker) % 8 + 1}", service_url("REDIS"))
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url
