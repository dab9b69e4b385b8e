"""Live orders, exported and replayed, are credited as their stored receipts say."""

import csv
import io
import json
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from app.attribution import api as attribution
from app.attribution import commands, replay, rules
from app.attribution.rules import LIVE_VERDICTS
from app.platform.uow import snapshot
from app.settings import Settings
from tests.attribution.replaying import files, golden, replayed
from tests.support.terminal import run
from tests.support.trade import buy, look_at
from tests.support.traded import Traded, settings_of

Rows = list[tuple[str, ...]]


@pytest.fixture
def settings(traded: Traded) -> Settings:
    return settings_of(traded.folder)


class Stored:
    """The receipts as they are stored, in the columns of a replay, read by SQL."""

    def __init__(self, file: Path) -> None:
        with closing(sqlite3.connect(file)) as connection:
            self.records = [
                (line_id, json.loads(record))
                for line_id, record in connection.execute(
                    "SELECT line_id, record FROM attribution_receipt r WHERE number ="
                    " (SELECT max(number) FROM attribution_receipt WHERE line_id = r.line_id)"
                )
            ]
            self.verdicts = Counter(
                row[0] for row in connection.execute("SELECT verdict FROM attribution_verdict")
            )

    def credits(self, line_id: str) -> Rows:
        record = dict(self.records)[line_id]
        model, order = record["model"], record["order"]
        rows = [
            (
                order,
                model,
                str(place),
                one["touch"],
                one["creator"],
                str(one["age_ms"]),
                one["weight"],
                str(one["credit_fen"]),
            )
            for place, one in enumerate(record["path"], 1)
        ]
        return rows or [(order, model, "0", "", "", "", "", "0")]

    def said(self, line_id: str) -> Rows:
        record = dict(self.records)[line_id]
        return [(record["order"], touch, verdict) for touch, verdict in record["verdicts"]]


def exported(traded: Traded) -> Path:
    out = traded.folder / "log"
    said = run(traded.environment, "attribution", "export", "--json", "--out", str(out))
    assert said.code == 0, said.told
    assert json.loads(said.out)["folder"] == str(out)
    return out


def command(traded: Traded, out: Path, *words: str) -> Rows:
    given = ["--touches", "touches.csv", "--lines", "lines.csv", "--rule", "rule.json"]
    paths = [str(out / word) if "." in word else word for word in given]
    said = run(traded.environment, "attribution", "replay", *paths, *words)
    assert said.code == 0, said.told
    return [tuple(row) for row in csv.reader(io.StringIO(said.out))][1:]


def line_ids(out: Path) -> list[str]:
    with (out / "lines.csv").open(newline="") as file:
        return [row["line"] for row in csv.DictReader(file)]


def test_every_live_order_is_replayed_to_its_stored_receipt(traded: Traded):
    stored = Stored(traded.file)
    out = exported(traded)
    lines = line_ids(out)

    assert command(traded, out) == [row for one in lines for row in stored.credits(one)]
    assert command(traded, out, "--verdicts") == [row for one in lines for row in stored.said(one)]

    assert len({record["order"] for _, record in stored.records}) >= 50
    assert sorted(lines) == sorted(line_id for line_id, _ in stored.records)
    assert {"accepted", "outside_window", "product_mismatch", *LIVE_VERDICTS} <= {*stored.verdicts}
    assert any(len(record["path"]) > 1 for _, record in stored.records)
    assert any(not record["path"] for _, record in stored.records)


def test_who_does_not_know_what_live_data_bar_credits_alike(traded: Traded):
    out = exported(traded)
    with (out / "touches.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    expected = command(traded, out)
    with (out / "touches.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, replay.TOUCH_COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)

    assert command(traded, out) == expected
    verdicts = Counter(row[2] for row in command(traded, out, "--verdicts"))
    barred = sum(bool(row["barred_kind"]) for row in rows)
    assert verdicts["kind_not_eligible"] == barred > 100


def test_a_receipt_that_was_stored_otherwise_is_found(traded: Traded):
    out = exported(traded)
    with closing(sqlite3.connect(traded.file)) as connection, connection:
        connection.execute("DROP TRIGGER attribution_receipt_no_update")
        changed = connection.execute(
            'UPDATE attribution_receipt SET record = replace(record, \'"weight":"1"\','
            ' \'"weight":"0"\') WHERE record LIKE \'%"weight":"1"%\''
        )
        assert changed.rowcount > 10
    stored = Stored(traded.file)

    assert command(traded, out) != [row for one in line_ids(out) for row in stored.credits(one)]


def test_live_orders_and_replays_are_credited_by_the_same_functions():
    assert commands.rules is rules
    assert (replay.judge, replay.share) == (rules.judge, rules.share)
    assert "judge" in rules.credit.__code__.co_names
    assert "share" in rules.credit.__code__.co_names


BROKEN = [
    ("_single", lambda model, path, rule: [1] + [0] * (len(path) - 1) if path else []),
    ("_barred", lambda line, touch, rule: None if touch.actor == line.actor else "other_actor"),
    ("_order", lambda touch: (-touch.ts_ms, touch.id)),
]


@pytest.mark.parametrize(("name", "broken"), BROKEN)
def test_a_fault_in_the_rules_shows_in_golden_files_and_in_stored_receipts(
    traded: Traded, monkeypatch: pytest.MonkeyPatch, name: str, broken: object
):
    stored = Stored(traded.file)
    out = exported(traded)
    monkeypatch.setattr(rules, name, broken)

    assert replayed(*files("default")) != golden("default_expected.csv")
    assert command(traded, out) != [row for one in line_ids(out) for row in stored.credits(one)]


@pytest.mark.usefixtures("app")
@pytest.mark.parametrize(("name", "broken"), [("", None), *BROKEN])
def test_a_fault_in_the_rules_credits_a_live_order_to_somebody_else(
    traded: Traded, monkeypatch: pytest.MonkeyPatch, name: str, broken: object
):
    if name:
        monkeypatch.setattr(rules, name, broken)
    trade = traded.trade
    bought = trade.notes[0].product_ids[0]
    # Eve earns by now; cat, who was touched last, never does.
    by_ann, by_eve, by_cat = (trade.notes[place] for place in (0, 4, 2))
    for hours, note in zip((3, 2, 1), (by_ann, by_eve, by_cat), strict=True):
        look_at(
            trade,
            note,
            at=trade.at(hours=hours),
            kind="tag_click",
            device_id=trade.devices["tang"][0],
            account_id=trade.people["tang"],
            product_ids=[bought],
        )

    (order_id,) = buy(trade, "tang", [(bought, 1)], at=trade.at(minutes=30))

    with snapshot() as view:
        (receipt,) = attribution.receipts(view, order_id=order_id)
    credited = [share.note_id for share in receipt.shares]
    assert (credited == [by_eve.note_id]) is (broken is None), credited
