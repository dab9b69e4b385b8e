"""One application for all tests of a file that leave it as it was."""

from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine

from tests.api.wrong import Operation, operations
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
    """An application that refuses all that it is asked, and so may be shared."""
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
def document(site: Flask) -> list[Operation]:
    """Every operation, as the document tells it."""
    return operations(site.test_client().get("/api/v1/openapi.json").get_json())
