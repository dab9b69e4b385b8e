"""What a start loads: it is what takes long of it, and what every process would hold by itself."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.engines import one_mode

pytestmark = [one_mode, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
RARE = ["psycopg", "elasticsearch", "minio", "redis", "alembic", "httpx", "rich", "rich_click"]
"""What a small installation serves without; each is a twentieth of its start, or more."""


def after(code: str, folder: Path) -> set[str]:
    """Return what is loaded in a new process once it has run ``code``; it tells by `told`."""
    program = f"import json, os, sys\n{code}\nprint(json.dumps(told()))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"TROVE_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout))


def test_what_waits_for_its_settings_has_loaded_no_command_line(tmp_path: Path) -> None:
    code = "import app.cli.main\ntold = lambda: [*sys.modules]"

    loaded = after(code, tmp_path)

    assert loaded.isdisjoint([*RARE, "click", "flask", "sqlalchemy"])


SERVING = """
from app import factory
from app.settings import read_settings
factory.load_edges()
before = {*sys.modules}
factory.create_app(read_settings())
"""


def test_a_small_site_loads_no_part_of_a_large_one(tmp_path: Path) -> None:
    loaded = after(f"{SERVING}told = lambda: [*sys.modules]", tmp_path)

    assert "app.orders.routes" in loaded
    assert loaded.isdisjoint(RARE)


def test_what_is_forked_has_little_left_to_load(tmp_path: Path) -> None:
    code = (
        f"{SERVING}told = lambda: [one for one in {{*sys.modules}} - before if one[:4] == 'app.']"
    )

    loaded = after(code, tmp_path)

    assert {name for name in loaded if not name.startswith("app.orders.providers.")} == set()


def test_to_load_the_site_begins_no_thread(tmp_path: Path) -> None:
    """A fork has the thread only that forks: what another one held would be held for ever."""
    code = "from app import factory\nfactory.load_edges()\ntold = lambda: os.listdir('/proc/self/task')"

    assert len(after(code, tmp_path)) == 1


def test_operations_are_described_when_the_document_is_asked_for(tmp_path: Path) -> None:
    code = f"""{SERVING}
from app.factory import furniture
told = lambda: [name for module in furniture("routes") for name in module.blp._docs]
"""

    assert after(code, tmp_path) == set()
