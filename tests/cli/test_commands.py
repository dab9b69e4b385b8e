"""Every command of `trove`: what it answers as JSON, how it explains itself, how it ends."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from app.cli.commands import trove
from tests.attribution.replaying import GOLDEN
from tests.support.terminal import Said, run
from tests.support.traded import Traded, copy_traded


def spelled(one: object) -> str:
    """Return a command as it is typed, for the name of its test."""
    return " ".join(one)[:40] if isinstance(one, tuple) else ""


SERVING = {("run",), ("web",), ("worker",), ("sandbox",), ("demo", "up")}
"""What does not answer and end; tests/cli/test_processes.py is theirs."""

GOLDEN_FILES = [
    f"--{name}={GOLDEN / file}"
    for name, file in (
        ("touches", "default_touches.csv"),
        ("lines", "default_lines.csv"),
        ("rule", "default_rule.json"),
    )
]

PRODUCTS = "sku,name,brand,category,price,stock\nA1,Tea,Leaf,Drinks,12.50,4\n"

ANSWERS = [
    (("config",), {"TROVE_PORT", "TROVE_DATA_DIR"}),
    (("migrate",), {"before", "now"}),
    (("events",), {"waiting", "parked"}),
    (("events", "--retry"), {"waiting", "parked"}),
    (("reindex",), {"notes", "products", "documents"}),
    (("ledger", "audit"), {"entries", "moves", "clean"}),
    (("ledger", "verify"), {"clean", "entries", "receipts"}),
    (("insights", "audit"), {"lines", "touches", "clean", "differences"}),
    (("insights", "audit", "--mend"), {"clean", "mended"}),
    (("attribution", "export", "--out", "{tmp}/out"), {"touches", "lines", "folder"}),
    (("merchant", "add", "newshop", "New shop"), {"id", "handle", "name"}),
    (("brand", "add", "newbrand", "New brand"), {"id", "handle", "name"}),
    (("member", "add", "merchant", "{shop}", "{person}"), {"account", "merchant"}),
    (
        ("import", "products", "{tmp}/products.csv", "--merchant", "{shop}"),
        {"added", "faults", "errors"},
    ),
    (
        ("import", "products", "{tmp}/products.csv", "--merchant", "{shop}", "--dry-run"),
        {"dry_run"},
    ),
    (("move", "pictures", "file:{tmp}/pictures"), {"pictures", "missing"}),
    (("demo", "pass", "6h"), {"passed", "clock_ahead_by"}),
    (("demo", "seed"), {"folder", "made"}),
    (("demo", "clear"), {"removed"}),
]
"""Commands on a town with forty days of trade, and some of what each answers."""

LISTS = [
    (("doctor",), {"check", "ok", "found", "mend"}),
    (("attribution", "replay", *GOLDEN_FILES), {"order", "creator"}),
    (("attribution", "replay", "--verdicts", *GOLDEN_FILES), {"order", "touch", "verdict"}),
]
"""Those that answer with a list, and some of what each of its members has."""

ELSEWHERE = {("demo", "bank"), ("move", "database")}
"""They need a sandbox or a PostgreSQL: tests/orders/test_bank_command.py, test_moving.py."""

WRONG = [
    ((), "Usage:"),
    (("nonsense",), "No such command"),
    (("doctor", "--nonsense"), "No such option"),
    (("doctor", "more"), "unexpected extra argument"),
    (("demo",), "Usage:"),
    (("demo", "pass"), "Missing argument 'SPAN'"),
    (("demo", "pass", "soon"), "write 15d, 6h or 40m"),
    (("demo", "pass", "0d"), "write 15d, 6h or 40m"),
    (("demo", "pass", "-1d"), "No such option"),
    (("demo", "bank", "weather", "late"), "'payment', 'refund', 'notices'"),
    (("merchant", "add", "one"), "Missing argument 'NAME'"),
    (("member", "add", "shop", "x", "y"), "'merchant', 'brand'"),
    (("import", "products"), "Missing argument 'FILE'"),
    (("import", "products", "x.csv", "--stock", "-1"), "--stock"),
    (("attribution", "replay"), "--touches"),
    (("attribution", "replay", "--touches", "/nowhere.csv"), "does not exist"),
    (("attribution", "export"), "--out"),
    (("move", "database"), "Missing argument 'TO'"),
    (("attribution", "export", "--out", "{tmp}/products.csv"), "is a file"),
]
"""Wrong usage, and what the answer names."""

REFUSED = [
    (("merchant", "add", "NO", "x"), "handle: "),
    (("merchant", "add", "{shop}", "x"), "Choose another handle"),
    (("brand", "add", "no such handle", "x"), "handle: "),
    (("member", "add", "brand", "nobody", "{person}"), "trove brand add"),
    (("member", "add", "merchant", "{shop}", "nobody"), "sign up first"),
    (("import", "products", "{tmp}/absent.csv"), "absent.csv"),
    (("import", "products", "{tmp}"), "nothing was imported"),
    (("import", "products", "{tmp}/products.csv", "--map", "{tmp}/absent.toml"), "absent.toml"),
    (("import", "products", "{tmp}/products.csv", "--merchant", "nobody"), "nobody"),
    (("attribution", "export", "--out", "/proc/here"), "another folder"),
    (("move", "database", "mysql://x"), "postgresql://"),
    (("move", "pictures", "ftp://x"), "s3:"),
    (("demo", "bank", "payment", "late"), "TROVE_PAYMENT"),
]
"""What cannot be done in this town, and what the answer names."""


def leaves(
    command: click.Command, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command that is no group, with its words."""
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from leaves(below, (*path, name))
    else:
        yield path, command


COMMANDS = dict(leaves(trove))
Run = Callable[..., Said]


def inside(folder: Path, traded: Traded) -> Run:
    """Return what runs commands on a town; `{tmp}`, `{shop}`, `{person}` are what is there."""
    (folder / "products.csv").write_text(PRODUCTS)
    (traded.folder / "demo").write_text("a demo")
    with sqlite3.connect(traded.file) as rows:
        shop = rows.execute("SELECT handle FROM catalogue_merchant LIMIT 1").fetchone()[0]
        person = rows.execute("SELECT handle FROM accounts_account LIMIT 1").fetchone()[0]
    rows.close()
    names = {"tmp": folder, "shop": shop, "person": person}

    def on_the_town(*words: str, **more: str) -> Said:
        return run({**traded.environment, **more}, *(word.format(**names) for word in words))

    return on_the_town


@pytest.fixture
def traded(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Traded:
    return copy_traded(tmp_path_factory.getbasetemp(), tmp_path / "data")


@pytest.fixture
def town(traded: Traded, tmp_path: Path) -> Run:
    """Run a command on a town of the test's own."""
    return inside(tmp_path, traded)


@pytest.fixture(scope="module")
def any_town(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Run a command that changes nothing, on a town that others use too."""
    folder = tmp_path_factory.mktemp("any")
    return inside(folder, copy_traded(tmp_path_factory.getbasetemp(), folder / "data"))


def test_every_command_is_in_a_table() -> None:
    told = {path for path in COMMANDS for words, _ in ANSWERS + LISTS if words[: len(path)] == path}

    assert told | SERVING | ELSEWHERE == set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...]) -> None:
    said = run({}, *path, "--help")
    command = COMMANDS[path]
    text = re.sub(r"[\s│╭╮╰╯─]+", " ", said.out)

    assert (said.code, said.told) == (0, "")
    assert f"Usage: trove {' '.join(path)}" in text
    assert command.help
    assert command.help.split("\n")[0][:40] in text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert max(parameter.opts, key=len) in text
        else:
            assert str(parameter.name).upper() in command.help, parameter.name
    assert ("--json" in text) == (path not in SERVING)


@pytest.mark.parametrize(("words", "members"), ANSWERS, ids=spelled)
def test_the_answer_is_json_on_standard_output(
    town: Run, words: tuple[str, ...], members: set[str]
) -> None:
    said = town(*words, "--json")

    assert said.code == 0, said.told
    answer = json.loads(said.out)
    assert members <= set(answer), answer
    assert "Traceback" not in said.told


@pytest.mark.parametrize(("words", "members"), LISTS, ids=spelled)
def test_the_list_is_json_on_standard_output(
    any_town: Run, words: tuple[str, ...], members: set[str]
) -> None:
    said = any_town(*words, "--json")

    answer = json.loads(said.out)
    assert answer
    assert all(members <= set(one) for one in answer), answer[0]
    assert said.code == int(words == ("doctor",) and not all(one["ok"] for one in answer))


@pytest.mark.slow
@pytest.mark.parametrize(("words", "_members"), ANSWERS + LISTS, ids=spelled)
def test_without_json_it_answers_people(
    town: Run, words: tuple[str, ...], _members: set[str]
) -> None:
    said = town(*words)

    assert said.code == 0 or words == ("doctor",), said.told
    assert said.out.strip() or words == ("migrate",)
    assert "Traceback" not in said.out + said.told


@pytest.mark.parametrize(("words", "named"), WRONG, ids=spelled)
def test_wrong_usage_says_what_to_do(any_town: Run, words: tuple[str, ...], named: str) -> None:
    said = any_town(*words)
    text = re.sub(r"[\s│╭╮╰╯─]+", " ", said.out + said.told)

    assert said.code == 2
    assert named in text
    assert "Traceback" not in text
    assert "Usage: trove" in text or "What to do: " in text


@pytest.mark.parametrize(("words", "named"), REFUSED, ids=spelled)
def test_what_cannot_be_done_is_refused_with_the_mend(
    any_town: Run, words: tuple[str, ...], named: str
) -> None:
    said = any_town(*words)

    assert said.code == (2 if words[:2] == ("demo", "bank") else 1), said
    *rows, what, mend = said.told.splitlines()
    assert what.startswith("trove: ")
    assert mend.strip().startswith("What to do: ")
    assert all(row.startswith("row ") for row in rows)
    assert named in said.told
    assert "Traceback" not in said.told


def newer(folder: Path) -> None:
    with sqlite3.connect(folder / "trove.sqlite") as rows:
        rows.execute("UPDATE alembic_version SET version_num = '9999_tomorrow'")
    rows.close()


def torn(folder: Path) -> None:
    (folder / "trove.sqlite").write_bytes(b"neither a database nor a poem" * 200)


def gone(folder: Path) -> None:
    (folder / "trove.sqlite").unlink()


def without_keys(folder: Path) -> None:
    (folder / "keys.json").write_text("[]")


ON_DATA = [
    words
    for words, _ in ANSWERS
    if words[0] not in {"config", "migrate"} and words not in {("demo", "seed"), ("demo", "clear")}
]


@pytest.mark.parametrize(
    ("spoil", "code", "named"),
    [
        (newer, 2, "newer than the code"),
        (torn, 1, "cannot be read"),
        (gone, 1, "there is no database"),
        (without_keys, 2, "key ring"),
    ],
)
def test_what_is_spoilt_is_named_by_every_command(
    town: Run, traded: Traded, spoil: Callable[[Path], None], code: int, named: str
) -> None:
    spoil(traded.folder)

    for words in ON_DATA:
        said = town(*words, "--json")
        assert (said.code, said.out) == (code, ""), (words, said)
        assert named in said.told
        assert said.told.count("\n") == 2
        assert "What to do: " in said.told


@pytest.mark.parametrize("spoil", [newer, gone])
def test_the_doctor_finds_what_is_spoilt_and_spoils_nothing(
    town: Run, traded: Traded, spoil: Callable[[Path], None]
) -> None:
    spoil(traded.folder)
    before = sorted(path.name for path in traded.folder.iterdir())

    said = town("doctor", "--json")

    found = {one["check"]: one for one in json.loads(said.out)}
    assert said.code == 1
    assert not found["database"]["ok"]
    assert found["database"]["mend"]
    assert sorted(path.name for path in traded.folder.iterdir()) == before


def test_the_settings_are_shown_without_their_passwords(any_town: Run) -> None:
    said = any_town(
        "config",
        "--json",
        TROVE_DATABASE_URL="postgresql://trove:hunter2@db.example/trove",
        TROVE_MEDIA_URL="s3:http://key:hunter2@s3.example/trove",
        TROVE_METRICS_TOKEN="hunter2hunter2hunter2",
    )

    assert "hunter2" not in said.out
    assert (
        json.loads(said.out)["TROVE_DATABASE_URL"]["value"]
        == "postgresql://trove:…@db.example/trove"
    )


def test_a_fault_of_ours_is_told_in_words_and_kept_for_us(
    any_town: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("app.cli.doctor.deliveries", fail)

    said = any_town("events")

    assert said.code == 1
    assert said.told.startswith("trove: unexpected: ZeroDivisionError (")
    kept = Path(re.search(r"\((\S+) has the details", said.told)[1])
    assert "of ours" in kept.read_text()
    kept.unlink()
