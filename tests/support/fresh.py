"""An installation that outlives a test function: for examples of properties, and for modules."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from app import factory
from app.platform.db import db
from app.settings import Settings
from tests.conftest import COMPILED, Browser


@contextmanager
def fresh_app(empty_database: Path) -> Iterator[Flask]:
    """Yield an application on a copy of the empty database, in its context."""
    with tempfile.TemporaryDirectory() as folder:
        made = Settings(
            _env_file=None,
            data_dir=Path(folder),
            search_url="memory:",
            media_url="memory:",
            payment="none",
            limits=False,
            testing=True,
            locale="en",
        )
        shutil.copyfile(empty_database, made.database_path)
        app = factory.create_app(made, index_writes=True)
        app.test_client_class = Browser
        app.jinja_env.bytecode_cache = COMPILED
        try:
            with app.app_context():
                yield app
        finally:
            with app.app_context():
                for engine in db.engines.values():
                    engine.dispose()
            factory.close(app)
