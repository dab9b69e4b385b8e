"""Migrations, run by the commands that serve."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

from app.cli.refusals import Refused
from app.platform.writelock import OpenLock, WriteLock
from app.settings import Settings

CONNECT_SECONDS = 3
MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migrate(settings: Settings, *, tell: Callable[[str], None]) -> str | None:
    """Bring the database to the newest revision; return the one that it was at.

    Raises:
        Refused: the database is of a revision that this code does not know.
    """
    if settings.on_sqlite:
        settings.database_path.parent.mkdir(parents=True, exist_ok=True)
    here, newest = revision(settings), head()
    if here == newest:
        return here
    if here is not None and not knows(here):
        raise _newer(here)
    tell(f"database: {here or 'new'} → {newest}")
    lock = (
        WriteLock(settings.database_path.with_suffix(".lock")) if settings.on_sqlite else OpenLock()
    )
    with lock.held():
        command.upgrade(_config(settings), "head")
    return here


def revision(settings: Settings) -> str | None:
    """Return the revision that the database is at; None for a new one."""
    if settings.on_sqlite and not settings.database_path.exists():
        # To ask would make it, empty; and where a database is, no town is made any more.
        return None
    waits = {} if settings.on_sqlite else {"connect_timeout": CONNECT_SECONDS}
    engine = create_engine(settings.database, connect_args=waits, hide_parameters=True)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DBAPIError as error:
        raise _unreadable(settings, error) from None
    finally:
        engine.dispose()


def check_revision(settings: Settings) -> None:
    """Make sure that there is a database, and that it is of this code's revision.

    Raises:
        Refused: it is not; the mend depends on which of them is newer.
    """
    made = "`trove run` makes one; TROVE_DATA_DIR says where"
    if settings.on_sqlite and not settings.database_path.exists():
        raise Refused(f"there is no database in {settings.data_dir}", mend=made, code=1)
    here, newest = revision(settings), head()
    if here == newest:
        return
    if here is None:
        raise Refused("the database is empty", mend="run `trove migrate`", code=1)
    if not knows(here):
        raise _newer(here)
    raise Refused(f"the database is at {here}, this code at {newest}", mend="run `trove migrate`")


def head() -> str:
    """Return the newest revision there is."""
    return str(_scripts().get_current_head())


def knows(here: str) -> bool:
    """Tell whether this code knows the revision ``here``."""
    return here in {script.revision for script in _scripts().walk_revisions()}


def _newer(here: str) -> Refused:
    text = f"the database is at {here}, which this code does not know: it is newer than the code"
    return Refused(text, mend="update the code, or restore a backup of before the update")


def _unreadable(settings: Settings, error: DBAPIError) -> Refused:
    said = " ".join(str(error.orig).split())[:200]
    if settings.on_sqlite:
        text = f"{settings.database_path} cannot be read ({said})"
        return Refused(text, mend="see that it is yours, or restore a backup", code=1)
    mend = "start it, or correct TROVE_DATABASE_URL"
    return Refused(f"the database cannot be reached ({said})", mend=mend, code=1)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


def _config(settings: Settings) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", settings.database.replace("%", "%%"))
    return config
