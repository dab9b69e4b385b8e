"""The contracts of the house catch what they say they catch, by name, and leave the rest alone.

The real contracts are held against a hollow copy of the house: every module is there, empty, so that
a planted import is the only one.
"""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.support.engines import one_mode

pytestmark = [pytest.mark.slow, one_mode]

ROOT = Path(__file__).parents[2]

PLANTED = [
    ("upward import", "app/content/queries.py", "import app.orders.api", "Storeys"),
    ("platform looks up", "app/platform/uow.py", "import app.web.http", "Storeys"),
    ("kernel looks up", "app/kernel/money.py", "import app.events.base", "Storeys"),
    ("settings look up", "app/settings.py", "import app.platform.db", "Storeys"),
    ("a room imports the factory", "app/content/api.py", "import app.factory", "Storeys"),
    ("a room imports a command line", "app/content/api.py", "import app.cli.main", "Storeys"),
    ("sideways on one storey", "app/pictures/queries.py", "import app.touches.api", "Storeys"),
    ("a new package without a storey", "app/gifts/api.py", "", "Storeys"),
    ("another room's models", "app/orders/queries/cart.py", "import app.catalogue.models", "Doors"),
    (
        "another room's commands",
        "app/orders/commands/cart.py",
        "import app.content.commands",
        "Doors",
    ),
    ("another room's rules", "app/orders/rules.py", "import app.attribution.rules", "Doors"),
    ("another room's errors", "app/site/pages.py", "import app.content.errors", "Doors"),
    ("another room's schemas", "app/orders/schemas.py", "import app.content.schemas", "Doors"),
    ("another room's routes", "app/site/views.py", "import app.discovery.routes", "Doors"),
    ("another room's journal", "app/attribution/commands.py", "import app.ledger.journal", "Doors"),
    (
        "a command goes through an edge",
        "app/content/commands.py",
        "import app.content.routes",
        "Furniture",
    ),
    ("a rule reads rows", "app/content/rules.py", "import app.content.models", "Furniture"),
    (
        "a query calls a command",
        "app/content/queries.py",
        "import app.content.commands",
        "Furniture",
    ),
    ("models call queries", "app/content/models.py", "import app.content.queries", "Furniture"),
    ("pages import routes", "app/content/pages.py", "import app.content.routes", "Furniture"),
    ("an undeclared file", "app/content/helpers.py", "", "Furniture"),
    ("sqlalchemy in a rule", "app/content/rules.py", "import sqlalchemy", "Glass"),
    ("sqlalchemy reached indirectly", "app/content/errors.py", "import app.platform.db", "Glass"),
    ("flask in the kernel", "app/kernel/ids.py", "import flask", "Glass"),
    ("a clock in a rule", "app/orders/rules.py", "import time", "Clockless"),
    ("dice in a rule", "app/attribution/rules.py", "import random", "Clockless"),
    ("the machine in the journal", "app/ledger/journal.py", "import os", "Clockless"),
    ("an engine in a room", "app/discovery/queries.py", "import tantivy", "Vendors"),
    ("a codec in a room", "app/pictures/commands.py", "import PIL", "Vendors"),
    ("search knows the application", "search/port.py", "import app.kernel.ids", "Cellars"),
    ("media know the framework", "media/port.py", "import flask", "Cellars"),
    ("a ring of two", "app/platform/outbox.py", "import app.platform.uow", "No ring"),
]

LEGAL = [
    ("a door from above", "app/orders/queries/cart.py", "import app.catalogue.api"),
    ("events from anywhere", "app/insights/projector.py", "import app.events.orders"),
    ("an edge uses web", "app/content/routes.py", "import app.web.http"),
    ("a query uses platform", "app/content/queries.py", "import app.platform.uow"),
    ("the factory goes inside", "app/factory.py", "import app.content.routes"),
    ("an adapter names its engine", "search/tantivy_index.py", "import tantivy"),
    ("a port from a room", "app/discovery/queries.py", "import search.port"),
    ("a rule uses the kernel", "app/orders/rules.py", "import app.kernel.money"),
]

EXTRA = {
    "app/platform/outbox.py": {"app/platform/uow.py": "import app.platform.outbox"},
    "app/content/errors.py": {"app/content/rules.py": "import app.content.errors"},
}
"""What the house has anyway and a planted import needs to be seen through."""


def _broken(tmp_path: Path, place: str, line: str) -> tuple[set[str], str]:
    for package in ("app", "search", "media"):
        for real in (ROOT / package).rglob("*.py"):
            hollow = tmp_path / real.relative_to(ROOT)
            hollow.parent.mkdir(parents=True, exist_ok=True)
            hollow.write_text("")
    planted = tmp_path / place
    planted.parent.mkdir(parents=True, exist_ok=True)
    if planted.parent != tmp_path and not (planted.parent / "__init__.py").exists():
        (planted.parent / "__init__.py").write_text("")
    planted.write_text(f"{line}\n")
    for other, known in EXTRA.get(place, {}).items():
        (tmp_path / other).write_text(f"{known}\n")
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    command = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [command, "--no-cache"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stdout.splitlines()
    return {
        line.split(":")[0].split(" BROKEN")[0] for line in lines if "BROKEN" in line
    }, done.stdout


@pytest.mark.parametrize(
    ("place", "line", "contract"), [one[1:] for one in PLANTED], ids=[one[0] for one in PLANTED]
)
def test_a_violation_is_caught_by_name(
    tmp_path: Path, place: str, line: str, contract: str
) -> None:
    broken, said = _broken(tmp_path, place, line)

    assert any(name.startswith(contract) for name in broken), said


@pytest.mark.parametrize(
    ("place", "line"), [one[1:] for one in LEGAL], ids=[one[0] for one in LEGAL]
)
def test_a_legal_use_stays_green(tmp_path: Path, place: str, line: str) -> None:
    broken, said = _broken(tmp_path, place, line)

    assert broken == set(), said


def test_every_room_has_furniture() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = said["tool"]["importlinter"]["contracts"]
    furnished = next(one for one in contracts if one["id"] == "furniture")["containers"]
    rooms = {f"app.{path.parent.name}" for path in (ROOT / "app").glob("*/api.py")}

    assert set(furnished) == rooms
