"""One town for all tests of a file; they leave it as it was, or come last."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.access.people import Town, make_town
from tests.conftest import opened, plain_settings
from tests.support import engines
from tests.support.search_engines import elastic_url


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    empty_database: Path,
    compiled_statements: Callable[[Engine], None],
    media_url: str,
) -> Generator[Flask]:
    """An application of the file's own."""
    with ExitStack() as stack:
        urls = {"database_url": "", "search_url": "memory:", "redis_url": ""}
        if engines.SCALE:
            urls = {
                "database_url": stack.enter_context(engines.fresh_database()),
                "search_url": stack.enter_context(elastic_url()),
                "redis_url": engines.emptied_redis(),
            }
        settings = plain_settings(tmp_path_factory.mktemp("site"), media_url=media_url, **urls)
        yield stack.enter_context(opened(settings, empty_database, compiled_statements))


@pytest.fixture(scope="module")
def town(site: Flask) -> Town:
    """The owner, and everybody else."""
    return make_town(site)
