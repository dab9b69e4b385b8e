"""PostgreSQL databases for tests: each as new, few of them made.

Making one from a template copies some 800 files (270 ms); emptying one that a test has had takes a
tenth of that. One whose tables, triggers or constraints are no longer the template's is dropped.
"""

import atexit
import hashlib
import re
import secrets

import psycopg
from psycopg import sql
from sqlalchemy import create_engine

from app.factory import load_models
from app.platform.append_only import REGISTERED, trigger_statements
from app.platform.db import Base

Connection = psycopg.Connection[tuple[object, ...]]

USES_MOST = 25
"""How many tests one database serves; rows that were deleted stay in its files."""

SHAPE = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
    SELECT concat_ws(' ', relname, relkind::text, relnatts, relhastriggers) AS line
      FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', tgname, tgenabled::text, tgfoid) FROM pg_trigger
    UNION ALL SELECT concat_ws(' ', conname, convalidated, pg_get_constraintdef(oid))
      FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL SELECT concat_ws(' ', proname, md5(prosrc))
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
) AS lines
"""
"""What of a database must be as it was for the next test to have it."""

TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
)

RESTARTED = "SELECT setval(oid::regclass, 1, false) FROM pg_class WHERE relkind = 'S'"

LEFT_BEHIND = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class Databases:
    """The databases of this process on one server: lent, emptied, lent again."""

    def __init__(self, server: str) -> None:
        """Make them on ``server``, as its owner."""
        self._server = server
        self._free: list[tuple[str, int]] = []
        self._shape: object = None
        atexit.register(self._drop_all)

    def lend(self, *, bare: bool = False) -> tuple[str, int]:
        """Return the name of a database with every table and no row, and how often it was lent."""
        if not bare and self._free:
            return self._free.pop()
        name = f"test_{secrets.token_hex(6)}"
        with psycopg.connect(self._server, autocommit=True) as admin:
            template = "template0" if bare else _template(self._server, admin)
            admin.execute(_sql("CREATE DATABASE {} TEMPLATE {}", name, template))
        if not bare and self._shape is None:
            with psycopg.connect(self.url(name)) as there:
                self._shape = _shape(there)
        return name, 0

    def take_back(self, name: str, uses: int) -> None:
        """Empty what was lent for the next to have, or drop it."""
        if uses < USES_MOST and self._emptied(name):
            self._free.append((name, uses + 1))
        else:
            self.drop(name)

    def drop(self, name: str) -> None:
        """Drop it, whoever reads or writes there."""
        with psycopg.connect(self._server, autocommit=True) as admin:
            admin.execute(_sql("DROP DATABASE {} WITH (FORCE)", name))

    def url(self, name: str) -> str:
        """Return the address of a database of this server."""
        return re.sub(r"/[^/]*$", f"/{name}", self._server)

    def _emptied(self, name: str) -> bool:
        with psycopg.connect(self.url(name), autocommit=True) as there:
            there.execute(LEFT_BEHIND)
            if _shape(there) != self._shape:
                return False
            # Neither the triggers of append-only tables nor foreign keys are asked.
            there.execute("SET session_replication_role = replica")
            for (table,) in there.execute(TABLES).fetchall():
                there.execute(_sql("DELETE FROM {}", str(table)))
            there.execute(RESTARTED)
        return True

    def _drop_all(self) -> None:
        while self._free:
            self.drop(self._free.pop()[0])


def _shape(there: Connection) -> object:
    row = there.execute(SHAPE).fetchone()
    assert row
    return row[0]


def _sql(text: str, *names: str) -> sql.Composed:
    # Only the names of this module's own tables and databases are put in.
    return sql.SQL(text).format(*map(sql.Identifier, names))  # type: ignore[arg-type] # no literal


def _template(server: str, admin: Connection) -> str:
    """Return a database that has the tables as they are now, made by whoever comes first."""
    load_models()
    tables = sorted(str(table.key) + repr(table.columns) for table in Base.metadata.tables.values())
    for table, columns in sorted(REGISTERED.items()):
        tables += trigger_statements(table, columns, "postgresql")
    name = f"template_{hashlib.sha256(''.join(tables).encode()).hexdigest()[:12]}"
    admin.execute("SELECT pg_advisory_lock(hashtextextended('template', 0))")
    try:
        known = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if not known:
            admin.execute(_sql("DROP DATABASE IF EXISTS {}", f"{name}_new"))
            admin.execute(_sql("CREATE DATABASE {}", f"{name}_new"))
            url = re.sub(r"/[^/]*$", f"/{name}_new", server)
            engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
            Base.metadata.create_all(engine)
            engine.dispose()
            admin.execute(_sql("ALTER DATABASE {} RENAME TO {}", f"{name}_new", name))
    finally:
        admin.execute("SELECT pg_advisory_unlock(hashtextextended('template', 0))")
    return name
