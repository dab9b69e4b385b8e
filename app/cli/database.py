"""Migrations, run by the commands that serve."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from app.platform.writelock import OpenLock, WriteLock
from app.settings import Settings

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(settings: Settings, *, tell: Callable[[str], None]) -> None:
    """Bring the database to the newest revision; a database newer than the code is refused.

    Raises:
        SystemExit: the database is of a revision that this code does not know.
    """
    if settings.on_sqlite:
        settings.database_path.parent.mkdir(parents=True, exist_ok=True)
    here, newest = revision(settings), head()
    if here == newest:
        return
    if here is not None and here not in _known():
        tell(f"trove: the database is at {here}, which this code does not know; update the code")
        raise SystemExit(2)
    tell(f"database: {here or 'new'} → {newest}")
    lock = (
        WriteLock(settings.database_path.with_suffix(".lock")) if settings.on_sqlite else OpenLock()
    )
    with lock.held():
        command.upgrade(_config(settings), "head")


def revision(settings: Settings) -> str | None:
    """Return the revision that the database is at; None for a new one."""
    engine = create_engine(settings.database)
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return found


def head() -> str:
    """Return the newest revision there is."""
    return str(_scripts().get_current_head())


def _known() -> set[str]:
    return {script.revision for script in _scripts().walk_revisions()}


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _config(settings: Settings) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", settings.database.replace("%", "%%"))
    return config
