"""What can be known before anything is served: whether this installation can work as it is set."""

import contextlib
import os
import sqlite3
import sys
from collections.abc import Callable
from pathlib import Path

from app.cli.refusals import Refused, tell
from app.settings import Settings


def check(settings: Settings) -> None:
    """Make sure that database, keys, search and pictures are there and fit this code.

    Raises:
        Refused: one is not, or does not; names the mend.
        KeysRefused: the key ring cannot be used.
    """
    from app.platform.keys import check_keys

    if not is_newest(settings):
        from app.cli import database

        database.check_revision(settings)
    check_keys(settings.data_dir)
    _check_search(settings)
    _check_pictures(settings)


def is_newest(settings: Settings) -> bool:
    """Tell, in a moment, whether the database needs no migration; False where only those can tell.

    To load what migrates takes ten times as long.
    """
    if not settings.on_sqlite or not settings.database_path.exists():
        return False
    versions = Path(__file__).parents[2] / "migrations" / "versions"
    newest = max(path.name.partition("_")[0] for path in versions.glob("[0-9]*.py"))
    where = f"{settings.database_path.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(where, uri=True)) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return False
    return bool(found == [(newest,)])


def check_apart(settings: Settings) -> None:
    """Do the same in a process of its own, so that what it needs is not kept by this one.

    It is ended with the same status and the same words. This process must have one thread only.
    """
    sys.stderr.flush()
    sys.stdout.flush()
    child = os.fork()
    if child:
        _, ended = os.waitpid(child, 0)
        status = os.waitstatus_to_exitcode(ended)
        if status:
            raise SystemExit(status)
        return
    status = 1
    try:
        from app.cli.refusals import told

        with told():
            check(settings)
        status = 0
    except SystemExit as end:
        status = int(end.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(status)


def claim_limits(settings: Settings) -> Callable[[], None]:
    """Make sure that all web processes on one database count their limits together.

    Returns:
        What ends the claim.

    Raises:
        Refused: another one counts for itself, or this one would beside others.
    """
    if settings.on_sqlite:
        return lambda: None
    from app.platform import postgres

    claim = postgres.claim(settings.database, "web-limits", shared=bool(settings.redis_url))
    if claim is None:
        raise Refused(
            "other web processes serve this database, and limits would be counted in each",
            mend="set the same TROVE_REDIS_URL for all of them",
        )
    return claim


def _check_search(settings: Settings) -> None:
    from search import open_index
    from search.port import AnalysisChanged, SearchDown, SearchRefused

    try:
        index = open_index(settings.search, write=False)
    except ValueError as error:
        raise Refused(str(error), mend="correct TROVE_SEARCH_URL") from None
    try:
        index.check()
    except AnalysisChanged as error:
        raise Refused(str(error), mend="run `trove reindex`") from None
    except SearchRefused as error:
        raise Refused(str(error), mend="correct TROVE_SEARCH_URL") from None
    except SearchDown as error:
        # The site answers without it, and says so.
        tell(f"search does not answer ({error}); going on without it")
    finally:
        index.close()


def _check_pictures(settings: Settings) -> None:
    from media import open_store
    from media.port import StoreDown, StoreRefused

    try:
        open_store(settings.media).check()
    except ValueError as error:
        raise Refused(str(error), mend="correct TROVE_MEDIA_URL") from None
    except StoreRefused as error:
        raise Refused(
            f"pictures cannot be kept ({error})", mend="correct TROVE_MEDIA_URL"
        ) from None
    except StoreDown as error:
        tell(f"the store of pictures does not answer ({error}); going on without it")
