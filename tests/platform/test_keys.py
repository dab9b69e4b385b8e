"""The key ring: readable by its owner only, made once, and of use in the place it was made for."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from app.platform.keys import Keys, KeysRefused, load_keys

RING = {"root": "11" * 32, "blind": "22" * 32}


def test_a_new_folder_gets_a_ring_that_only_its_owner_reads(tmp_path: Path) -> None:
    made = load_keys(tmp_path / "data")

    path = tmp_path / "data" / "keys.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["keys.json"]
    assert load_keys(tmp_path / "data") == made
    assert load_keys(tmp_path / "other") != made


def test_processes_that_start_at_once_make_one_ring(tmp_path: Path) -> None:
    gate = threading.Barrier(4)
    made: list[Keys] = []

    def start() -> None:
        gate.wait(10)
        made.append(load_keys(tmp_path))

    starting = [threading.Thread(target=start) for _ in range(4)]
    for one in starting:
        one.start()
    for one in starting:
        one.join()

    assert len(made) == 4
    assert len(set(made)) == 1


def test_a_ring_that_is_given_wins_and_leaves_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TROVE_KEYS", json.dumps(RING))

    keys = load_keys(tmp_path)

    assert keys.root == b"\x11" * 32
    assert "TROVE_KEYS" not in os.environ
    assert not (tmp_path / "keys.json").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '"x"', "{}", '{"root": "zz", "blind": "22"}', '{"root": 1, "blind": 2}']
)
def test_a_ring_that_is_none_is_refused_with_where_it_is(tmp_path: Path, text: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)

    with pytest.raises(KeysRefused, match=r"keys\.json"):
        load_keys(tmp_path)

    assert path.read_text() == text


def test_a_ring_that_is_too_short_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps({**RING, "root": "11" * 8}))

    with pytest.raises(KeysRefused, match="32"):
        load_keys(tmp_path)


def test_what_is_sealed_opens_in_its_place_only(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    sealed = keys.seal("南京西路 1 号", place="addresses.street.1")

    assert keys.unseal(sealed, place="addresses.street.1") == "南京西路 1 号"
    assert keys.seal("南京西路 1 号", place="addresses.street.1") != sealed
    with pytest.raises(InvalidTag):
        keys.unseal(sealed, place="addresses.street.2")
    with pytest.raises(InvalidTag):
        load_keys(tmp_path / "other").unseal(sealed, place="addresses.street.1")


def test_each_use_has_a_key_of_its_own_and_the_blind_index_a_root_apart(tmp_path: Path) -> None:
    keys = load_keys(tmp_path)
    uses = {keys.derive(use) for use in ("cookies", "device", "personal", "preview")}

    assert len(uses) == 4
    assert keys.blind != keys.root
    other = Keys(root=b"x" * 32, blind=keys.blind)
    assert other.blind_index("+8613800138000") == keys.blind_index("+8613800138000")
