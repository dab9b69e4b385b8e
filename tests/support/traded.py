"""The folder of an installation with forty days of trade, made once a run, copied for a test."""

import fcntl
import os
import pickle
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app import factory
from app.cli import database
from app.platform.db import db
from app.settings import Settings
from tests.support.trade import Trade, make_trade


@dataclass(frozen=True)
class Traded:
    """A copy of the folder, and what was made in it."""

    folder: Path
    trade: Trade

    @property
    def file(self) -> Path:
        """The database."""
        return self.folder / "trove.sqlite"

    @property
    def environment(self) -> dict[str, str]:
        """Settings of a command on this folder."""
        return {
            "TROVE_DATA_DIR": str(self.folder),
            "TROVE_SEARCH_URL": "memory:",
            "TROVE_MEDIA_URL": "memory:",
            "TROVE_PAYMENT": "none",
            "TROVE_LIMITS": "false",
            "TROVE_TESTING": "true",
            "TROVE_LOCALE": "en",
        }


def settings_of(folder: Path) -> Settings:
    """Return the settings of the installation in ``folder``."""
    return Settings(
        _env_file=None,
        data_dir=folder,
        search_url="memory:",
        media_url="memory:",
        payment="none",
        limits=False,
        testing=True,
        locale="en",
    )


def copy_traded(base: Path, to: Path) -> Traded:
    """Return a copy of the folder; ``base`` is the session's own; all workers of a run share one."""
    made, trade = _shared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)
    shutil.copytree(made, to)
    return Traded(to, trade)


@cache
def _shared(base: Path) -> tuple[Path, Trade]:
    """Return what the first worker to come made; it costs as much as a hundred tests."""
    kept = base / "traded.pickle"
    with (base / "traded.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            kept.write_bytes(pickle.dumps(_made(base)))
    made: tuple[Path, Trade] = pickle.loads(kept.read_bytes())
    return made


def _made(base: Path) -> tuple[Path, Trade]:
    folder = base / "traded"
    settings = settings_of(folder)
    database.migrate(settings, tell=lambda _text: None)
    app = factory.create_app(settings, index_writes=True)
    with app.app_context():
        trade = make_trade()
        for engine in db.engines.values():
            engine.dispose()
    factory.close(app)
    return folder, trade
