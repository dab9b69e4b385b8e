"""Settings are refused at start, in one clear line, when they are unknown or contradict."""

import json
import os
from pathlib import Path

import pytest

from app.settings import Settings, SettingsRefused, read_settings
from tests.support.terminal import run


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder without a `.env`."""
    monkeypatch.chdir(tmp_path)


UNKNOWN = [
    ("TROVE_TYPO", "1", "TROVE_TYPO is no setting"),
    ("TROVE_PROT", "8000", "did you mean TROVE_PORT?"),
    ("trove_prot", "8000", "did you mean TROVE_PORT?"),
    ("TROVE_DATA", "x", "TROVE_DATA is no setting"),
]

WRONG = [
    ({"TROVE_PORT": "none"}, "TROVE_PORT"),
    ({"TROVE_PORT": ""}, "TROVE_PORT"),
    ({"TROVE_PORT": "70000"}, "TROVE_PORT"),
    ({"TROVE_DEMO": "perhaps"}, "TROVE_DEMO"),
    ({"TROVE_LOCALE": "fr"}, "TROVE_LOCALE"),
    ({"TROVE_PAYMENT": "gold"}, "TROVE_PAYMENT"),
    ({"TROVE_DATABASE_URL": "mysql://x"}, "TROVE_DATABASE_URL"),
    ({"TROVE_SEARCH_URL": "http://x"}, "TROVE_SEARCH_URL"),
    ({"TROVE_MEDIA_URL": "s3://x"}, "TROVE_MEDIA_URL"),
    ({"TROVE_REDIS_URL": "http://x"}, "TROVE_REDIS_URL"),
    ({"TROVE_PUBLIC_URL": "trove.example"}, "TROVE_PUBLIC_URL"),
    ({"TROVE_PUBLIC_URL": "https://trove.example/shop"}, "TROVE_PUBLIC_URL"),
    ({"TROVE_PUBLIC_URL": "https://me:secret@trove.example"}, "TROVE_PUBLIC_URL"),
    ({"TROVE_PUBLIC_URL": "https://"}, "TROVE_PUBLIC_URL"),
    ({"TROVE_FEE_BP": "9000"}, "TROVE_FEE_BP"),
]

PUBLIC = {"TROVE_HOST": "0.0.0.0", "TROVE_PUBLIC_URL": "https://trove.example"}
BEHIND = {"TROVE_PROXIES": "1", "TROVE_PUBLIC_URL": "https://trove.example"}
SCALE = {
    "TROVE_DATABASE_URL": "postgresql://trove@127.0.0.1:1/trove",
    "TROVE_SEARCH_URL": "elasticsearch:http://127.0.0.1:1/trove",
    "TROVE_REDIS_URL": "redis://127.0.0.1:1/0",
}

CONTRADICTIONS = [
    ({**PUBLIC, "TROVE_PROXIES": "1"}, {"TROVE_HOST": "127.0.0.1"}),
    ({**PUBLIC, "TROVE_DEMO": "true"}, {"TROVE_DEMO": "false"}),
    ({**BEHIND, "TROVE_DEMO": "true"}, {"TROVE_DEMO": "false"}),
    ({"TROVE_DEMO": "true", "TROVE_PROXIES": "1"}, {"TROVE_PROXIES": "0"}),
    ({**PUBLIC, "TROVE_TESTING": "true"}, {"TROVE_TESTING": "false"}),
    ({**PUBLIC, "TROVE_LIMITS": "false"}, {"TROVE_LIMITS": "true"}),
    ({"TROVE_HOST": "0.0.0.0"}, {"TROVE_PUBLIC_URL": "https://trove.example"}),
    ({"TROVE_HOST": "::", "TROVE_PUBLIC_URL": "http://[::1]"}, {"TROVE_HOST": "::1"}),
    ({"TROVE_PUBLIC_URL": "http://trove.example"}, {"TROVE_PUBLIC_URL": "http://localhost"}),
    ({"TROVE_PUBLIC_URL": "http://trove.example", "TROVE_PROXIES": "1"}, BEHIND),
    ({"TROVE_PUBLIC_URL": "https://trove.example"}, {"TROVE_PROXIES": "1"}),
    ({"TROVE_SANDBOX_PORT": "8000"}, {"TROVE_PORT": "8002"}),
    ({"TROVE_PORT": "65535"}, {"TROVE_SANDBOX_PORT": "65534"}),
    ({"TROVE_SEARCH_URL": "memory:"}, {"TROVE_TESTING": "true"}),
    ({"TROVE_MEDIA_URL": "memory:"}, {"TROVE_TESTING": "true"}),
    ({"TROVE_WEB_PROCESSES": "2"}, SCALE),
    ({"TROVE_WORKER_PROCESSES": "2"}, SCALE),
    ({**SCALE, "TROVE_WEB_PROCESSES": "2", "TROVE_DATABASE_URL": ""}, SCALE),
    ({**SCALE, "TROVE_WEB_PROCESSES": "2", "TROVE_REDIS_URL": ""}, SCALE),
    ({**SCALE, "TROVE_WORKER_PROCESSES": "2", "TROVE_SEARCH_URL": ""}, SCALE),
    ({"TROVE_METRICS_TOKEN": "short"}, {"TROVE_METRICS_TOKEN": "0123456789abcdef"}),
]
"""What cannot work, and what mends it."""


@pytest.mark.parametrize("command", ["run", "web", "worker", "migrate", "doctor", "events"])
def test_every_command_refuses_an_unknown_setting_in_one_line(command: str) -> None:
    said = run({"TROVE_TYPO": "1"}, command)

    assert (said.code, said.out) == (2, "")
    assert said.told.count("\n") == 1
    assert "TROVE_TYPO is no setting" in said.told


@pytest.mark.parametrize(("name", "value", "told"), UNKNOWN)
def test_a_name_that_is_none_is_refused_with_the_one_that_is_near(
    name: str, value: str, told: str
) -> None:
    said = run({name: value}, "doctor")

    assert said.code == 2
    assert told in said.told


@pytest.mark.parametrize(("name", "value", "told"), UNKNOWN)
def test_a_name_that_is_none_is_refused_in_the_file_too(
    name: str, value: str, told: str, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"OTHER=1\n{name}={value}\n")

    said = run({}, "doctor")

    assert (said.code, said.told.count("\n")) == (2, 1)
    assert told.replace(" is no", " of .env is no") in said.told


@pytest.mark.parametrize(("given", "name"), WRONG)
def test_a_value_that_is_none_is_refused_by_the_name_of_its_setting(
    given: dict[str, str], name: str
) -> None:
    said = run(given, "doctor")

    assert (said.code, said.told.count("\n")) == (2, 1)
    assert said.told.startswith(f"trove: {name}: ")
    assert "secret" not in said.told


@pytest.mark.parametrize(("given", "mend"), CONTRADICTIONS)
def test_settings_that_contradict_are_refused_and_the_mend_is_named(
    given: dict[str, str], mend: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = run(given, "worker")

    assert (said.code, said.out, said.told.count("\n")) == (2, "", 1)
    assert any(name in said.told for name in mend)
    for name, value in {**given, **mend}.items():
        monkeypatch.setenv(name, value)
    assert read_settings()


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")

    said = run({}, "run")

    assert (said.code, said.told.count("\n")) == (2, 1)
    assert "TROVE_DATA_DIR" in said.told


def test_a_key_ring_in_the_file_is_refused_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('TROVE_KEYS={"root":"secret"}\n')

    said = run({}, "doctor")

    assert said.code == 2
    assert "TROVE_KEYS is read from the environment only" in said.told
    assert "secret" not in said.told


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"TROVE_PORT=\xff\xfe\n")

    said = run({}, "doctor")

    assert (said.code, said.told.count("\n")) == (2, 1)
    assert ".env cannot be read" in said.told


def test_the_environment_wins_over_the_file_and_an_argument_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("TROVE_PORT=8100\nTROVE_THREADS=2\nTROVE_FEE_BP=300\n")
    monkeypatch.setenv("TROVE_PORT", "8200")
    monkeypatch.setenv("TROVE_THREADS", "3")

    settings = read_settings(threads=5)

    assert (settings.port, settings.threads, settings.fee_bp) == (8200, 5, 300)


def test_nothing_given_is_a_whole_installation_in_one_folder() -> None:
    settings = read_settings()

    assert settings.database_path == Path("data/trove.sqlite").absolute()
    assert settings.origin == "http://127.0.0.1:8000"
    assert not settings.secure
    assert not settings.demo
    assert settings.bank_port == 8001


def test_config_shows_every_setting_with_what_it_is_for() -> None:
    said = run({"TROVE_PORT": "8100"}, "config", "--json")

    shown = json.loads(said.out)
    assert said.code == 0
    assert shown["TROVE_PORT"] == {"value": "8100", "about": "Port that it binds."}
    assert set(shown) == {f"TROVE_{name.upper()}" for name in Settings.model_fields}
    assert all(one["about"] for one in shown.values())
    assert "TROVE_PORT" in run({}, "config").out


def test_config_still_shows_what_there_is_where_a_setting_is_refused() -> None:
    said = run({"TROVE_TYPO": "1"}, "config")

    assert said.code == 2
    assert "TROVE_TYPO is no setting" in said.told
    assert "TROVE_PORT" in said.out


def test_other_peoples_variables_are_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROVEX", "1")
    monkeypatch.setenv("TREASURE_TROVE_X", "1")
    monkeypatch.setenv("TROVE_CI", "1")

    assert read_settings()
    assert os.environ["TROVEX"] == "1"


def test_a_refusal_is_an_error_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROVE_PORT", "x")

    with pytest.raises(SettingsRefused):
        read_settings()
