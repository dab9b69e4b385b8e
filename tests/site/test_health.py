"""What machines ask of a process: whether it lives, whether it can serve, what it counted."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr

from app.kernel.money import Money
from app.kernel.problems import Busy
from app.ledger import api as ledger
from app.orders.api import PaymentProvider, ProviderDown, ProviderRefused
from app.orders.providers.sandbox import SandboxProvider
from app.platform import relay
from app.platform.adapters import adapter
from app.platform.metrics import COUNTERS, Counts
from app.platform.uow import transact
from app.settings import Settings
from media.port import MediaStore, StoreDown
from search.port import SearchDown, SearchIndex
from tests.platform.sinks import Sink, publish

TOKEN = "a-token-of-a-collector"
HERE = {"REMOTE_ADDR": "127.0.0.1"}
AWAY = {"REMOTE_ADDR": "203.0.113.1"}
LINE = re.compile(
    r'(?P<name>[a-z_]+)(?:\{(?P<labels>(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*)\})? (?P<value>\S+)'
)

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a collector's token."""
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})


def read(text: str) -> Series:
    """Return every sample, without the process; what is no line of the format fails."""
    found: Series = {}
    typed: set[str] = set()
    for line in text.splitlines():
        if line.startswith("#"):
            words = line.split(" ", 3)
            assert words[1] in {"HELP", "TYPE"}
            if words[1] == "TYPE":
                assert words[2] not in typed
                typed.add(words[2])
            continue
        match = LINE.fullmatch(line)
        assert match, line
        assert match["name"] in typed, line
        labels = dict(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', match["labels"] or ""))
        labels.pop("process", None)
        key = (match["name"], frozenset(labels.items()))
        assert key not in found, line
        found[key] = float(match["value"])
    assert text.endswith("\n")
    return found


def sample(series: Series, name: str, **labels: str) -> float:
    """Return one sample; 0 where it is not there."""
    return series.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
def collect(client: FlaskClient) -> Callable[[], Series]:
    def run() -> Series:
        answer = client.get("/metrics", environ_overrides=HERE)
        assert answer.status_code == 200
        assert answer.content_type.startswith("text/plain; version=0.0.4")
        return read(answer.text)

    return run


class _Away:
    def check(self) -> None:
        raise SearchDown

    def close(self) -> None:
        pass


class _NoStore(_Away):
    public = ""

    def check(self) -> None:
        raise StoreDown


def test_a_process_that_answers_lives_whatever_else_is_away(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise Busy

    monkeypatch.setattr("app.site.health.snapshot", away)

    assert (client.get("/healthz").status_code, client.get("/healthz").text) == (200, "ok")
    unready = client.get("/readyz")
    assert unready.status_code == 503
    assert unready.get_json() == {
        "ready": False,
        "database": "away",
        "search": "ok",
        "pictures": "ok",
    }


def test_it_is_ready_without_search_and_pictures_and_says_so(
    app: Flask, client: FlaskClient
) -> None:
    assert client.get("/readyz").get_json() == {
        "ready": True,
        "database": "ok",
        "search": "ok",
        "pictures": "ok",
    }
    ports: dict[type[Any], Any] = app.extensions["trove_adapters"]
    kept = dict(ports)
    ports[SearchIndex], ports[MediaStore] = _Away(), _NoStore()
    try:
        answer = client.get("/readyz")
    finally:
        ports.update(kept)

    assert answer.status_code == 200
    assert answer.get_json() == {
        "ready": True,
        "database": "ok",
        "search": "away",
        "pictures": "away",
    }
    assert answer.headers["Cache-Control"] == "no-store"


def test_requests_are_counted_by_route_method_and_status(
    client: FlaskClient, collect: Callable[[], Series]
) -> None:
    before = collect()
    for _ in range(3):
        client.get("/api/v1/notes/note_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    client.get("/healthz")
    client.open("/healthz", method="BREW")
    after = collect()

    def more(**labels: str) -> float:
        name = "trove_requests_total"
        return sample(after, name, **labels) - sample(before, name, **labels)

    routes = {dict(labels)["route"] for name, labels in after if name == "trove_requests_total"}
    assert "/healthz" in routes
    assert not any("note_01ARZ3" in route for route in routes), "an id would make a series each"
    assert more(route="/healthz", method="GET", status="200") == 1
    assert more(route="", method="other", status="405") == 1
    assert (
        sum(
            more(**dict(labels))
            for name, labels in after
            if name == "trove_requests_total" and "note" in dict(labels)["route"]
        )
        == 3
    )
    spent = {
        labels: value
        for (name, labels), value in after.items()
        if name == "trove_request_seconds_total"
    }
    assert min(spent.values()) > 0


def test_what_waits_is_told_until_it_is_delivered(collect: Callable[[], Series], drain) -> None:
    drain()
    publish("a", "b")
    unseen = collect()
    sink = Sink()
    relay.fan_out([sink.feeder("discovery.sink")])
    seen = collect()
    relay.drain([sink.feeder("discovery.sink")], holder="here")
    done = collect()

    assert sample(unseen, "trove_events_unseen") == 2
    assert sample(unseen, "trove_relay_lag_seconds") > 0
    assert sample(unseen, "trove_index_lag_seconds") > 0
    assert sample(seen, "trove_events_unseen") == 0
    waits = {"subscriber": "discovery.sink", "state": "waiting"}
    assert sample(seen, "trove_deliveries", **waits) == 2
    assert sample(seen, "trove_delivery_lag_seconds", subscriber="discovery.sink") > 0
    assert sample(seen, "trove_index_lag_seconds") > 0
    assert sample(done, "trove_deliveries", **waits) == 0
    assert sample(done, "trove_relay_lag_seconds") == 0
    assert sample(done, "trove_index_lag_seconds") == 0
    assert sample(done, "trove_database_up") == 1


def test_how_far_the_ledger_is_sealed_is_told(
    collect: Callable[[], Series], pass_time: Callable[..., None], run_jobs: Callable[[], int]
) -> None:
    move = ledger.Move(ledger.world("none"), ledger.FEES, Money(1), "fee")
    transact(lambda uow: ledger.post(uow, ledger.Entry("fact:1", "once", (move,))))
    entries = {"stream": "entries"}
    before = collect()
    pass_time(minutes=11)
    run_jobs()
    pass_time(minutes=5)
    after = collect()

    assert sample(before, "trove_seal_rows_waiting", **entries) == 1
    assert sample(after, "trove_seal_rows_waiting", **entries) == 0
    assert sample(after, "trove_seal_age_seconds", **entries) >= 300


def test_jobs_that_nobody_does_are_told(
    collect: Callable[[], Series], run_jobs: Callable[[], int], pass_time: Callable[..., None]
) -> None:
    run_jobs()
    assert sample(collect(), "trove_jobs_late") == 0
    assert sample(collect(), "trove_clock_fence") == 1

    pass_time(days=2)

    assert sample(collect(), "trove_jobs_late") > 0


@pytest.mark.parametrize(
    ("remote", "headers", "status"),
    [
        (HERE, {}, 200),
        (AWAY, {}, 404),
        (AWAY, {"X-Forwarded-For": "127.0.0.1"}, 404),
        (HERE, {"X-Forwarded-For": "127.0.0.1"}, 404),
        (HERE, {"Host": "trove.example"}, 404),
        (AWAY, {"Authorization": f"Bearer {TOKEN}"}, 200),
        (AWAY, {"Authorization": f"Bearer {TOKEN}x"}, 404),
        (AWAY, {"Authorization": "Bearer"}, 404),
        (AWAY, {"Authorization": f"Bearer {chr(233)}"}, 404),
    ],
    ids=str,
)
def test_only_this_machine_or_who_has_the_token_reads_what_was_counted(
    client: FlaskClient, remote: dict[str, str], headers: dict[str, str], status: int
) -> None:
    answer = client.get("/metrics", environ_overrides=remote, headers=headers)

    assert answer.status_code == status
    assert ("trove_requests_total" in answer.text) == (status == 200)


def test_without_a_token_an_empty_one_opens_nothing(app: Flask, client: FlaskClient) -> None:
    unset = app.config["TROVE_SETTINGS"].model_copy(update={"metrics_token": SecretStr("")})
    app.config["TROVE_SETTINGS"] = unset

    for shown in ("Bearer ", "Bearer", ""):
        answer = client.get(
            "/metrics", environ_overrides=AWAY, headers={"Authorization": shown} if shown else {}
        )
        assert answer.status_code == 404


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_errors_of_a_provider_are_counted(app: Flask, collect: Callable[[], Series]) -> None:
    assert adapter(PaymentProvider)
    provider = SandboxProvider("http://127.0.0.1:1", b"secret")
    before = collect()
    with pytest.raises((ProviderDown, ProviderRefused)):
        provider.charge(charge_no="pay_1")
    provider.close()

    name, labels = "trove_provider_errors_total", {"provider": "sandbox", "kind": "down"}
    assert sample(collect(), name, **labels) - sample(before, name, **labels) == 1


def test_the_counts_of_other_living_processes_are_told_and_of_dead_ones_not(
    settings: Settings, tmp_path
) -> None:
    folder = settings.data_dir / "metrics"
    folder.mkdir(parents=True)
    counts = {"trove_requests_total": [[["/x", "GET", "200"], 7]]}
    parent = os.getppid()
    born = Path(f"/proc/{parent}/stat").read_text().rpartition(")")[2].split()[19]
    alive, reused, torn = (
        folder / f"{name}.json" for name in (f"worker-{parent}", "web-1", "web-2")
    )
    alive.write_text(json.dumps({"born": born, "counts": counts}))
    reused.write_text(json.dumps({"born": "another time", "counts": counts}))
    torn.write_text('{"born"')

    told = dict(Counts(settings.data_dir).all())

    assert told[f"worker-{parent}"] == {"trove_requests_total": [(("/x", "GET", "200"), 7)]}
    assert set(told) == {f"here-{os.getpid()}", f"worker-{parent}"}
    assert not reused.exists()
    assert set(COUNTERS) >= {"trove_requests_total", "trove_provider_errors_total"}
