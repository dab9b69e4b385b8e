"""The engines that the suite runs on: those in the process, or with MODE=scale the real services."""

import os
import re
import secrets
from collections.abc import Generator
from contextlib import contextmanager

import psycopg
import pytest
import redis
from sqlalchemy import create_engine, select

from app.platform.append_only import REGISTERED, trigger_statements
from app.platform.db import Base
from app.platform.uow import Snapshot
from media import open_store
from media.s3_store import S3Store

SCALE = os.environ.get("MODE") == "scale"

of_a_file = pytest.mark.skipif(SCALE, reason="PostgreSQL has no such file: nothing to be shown")
"""For tests of what only a database in a file needs."""


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
    name = f"test_{secrets.token_hex(6)}"
    with psycopg.connect(server, autocommit=True) as admin:
        template = "template0" if bare else _template(server, admin)
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield re.sub(r"/[^/]*$", f"/{name}", server)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


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


def _template(server: str, admin: "psycopg.Connection[tuple[object, ...]]") -> str:
    """Return a database that has the tables as they are now, made by whoever comes first."""
    import hashlib

    from app.factory import load_models

    load_models()
    tables = sorted(str(table.key) + repr(table.columns) for table in Base.metadata.tables.values())
    for table, columns in sorted(REGISTERED.items()):
        tables += trigger_statements(table, columns, "postgresql")
    name = f"template_{hashlib.sha256(''.join(tables).encode()).hexdigest()[:12]}"
    admin.execute("SELECT pg_advisory_lock(hashtextextended('template', 0))")
    try:
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            admin.execute(f"CREATE DATABASE {name}_new")
            url = re.sub(r"/[^/]*$", f"/{name}_new", server)
            engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
            Base.metadata.create_all(engine)
            engine.dispose()
            admin.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    finally:
        admin.execute("SELECT pg_advisory_unlock(hashtextextended('template', 0))")
    return name
