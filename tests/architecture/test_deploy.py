"""What is said about running the site agrees with the code: settings exist, and fit each other."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.settings import OTHER_NAMES, Settings

ROOT = Path(__file__).parents[2]
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *(ROOT / "deploy").iterdir()]
GIVEN = {"TROVE_KEYS": "{}", "TROVE_DOMAIN": "trove.example", "S3_SECRET": "a-secret"}
ENGINES = ("DATABASE", "SEARCH", "MEDIA", "REDIS")


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services of the compose file, with what its user gives filled in."""
    said = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
    return dict(_filled(said["services"]))


def _filled(part: Any) -> Any:
    """Return ``part`` with what its user gives, put in as the program does: value by value."""
    if isinstance(part, dict):
        return {name: _filled(value) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(one) for one in part]
    if not isinstance(part, str):
        return part
    return re.sub(r"\$\{(\w+):\?[^}]*\}", lambda found: GIVEN[found[1]], part)


def site(services: dict[str, Any]) -> dict[str, Any]:
    """Return those that run this code."""
    return {name: one for name, one in services.items() if one["image"] == "trove"}


@pytest.mark.parametrize("text", TEXTS, ids=lambda path: path.name)
def test_every_setting_that_is_named_is_one(text: Path) -> None:
    known = {f"TROVE_{name.upper()}" for name in Settings.model_fields} | OTHER_NAMES
    known |= {"TROVE_DOMAIN"}  # The compose file's own.

    assert set(re.findall(r"\bTROVE_[A-Z]+(?:_[A-Z]+)*\b", text.read_text())) <= known


def test_there_are_two_web_and_two_worker_processes_behind_a_proxy(
    services: dict[str, Any],
) -> None:
    commands = sorted(one["command"] for one in site(services).values())

    assert commands == ["migrate", "web", "web", "worker", "worker"]
    assert {one["network_mode"] for name, one in services.items() if name != "proxy"} == {
        "service:proxy"
    }
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"]


def test_their_settings_are_accepted_and_name_all_four_engines(
    services: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for one in site(services).values():
        with monkeypatch.context() as patched:
            for name, value in one["environment"].items():
                patched.setenv(name, value)
            settings = Settings(_env_file=None)

        assert not settings.on_sqlite
        assert settings.secure
        assert all(getattr(settings, f"{name.lower()}_url") for name in ENGINES)


def test_the_proxy_leads_to_the_ports_of_the_web_processes(services: dict[str, Any]) -> None:
    ports = {
        one["environment"]["TROVE_PORT"]
        for one in site(services).values()
        if one["command"] == "web"
    }
    leads = re.findall(r"127\.0\.0\.1:(\d+)", (ROOT / "deploy" / "Caddyfile").read_text())

    assert sorted(leads) == sorted(ports)
