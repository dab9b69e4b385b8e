"""Several web and worker processes on the real services: one leads, all serve, all end cleanly."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path

import psycopg
import pytest

from app.platform.queue import LEASE_SECONDS
from tests.support.engines import fresh_bucket, fresh_database, service_url
from tests.support.processes import ROOT, Installation, Started, all_gone, installation
from tests.support.search_engines import elastic_url
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.service, pytest.mark.timeout(600)]

LONG_SECONDS = 120


@pytest.fixture
def large(tmp_path: Path) -> Generator[Installation]:
    """An installation on an empty database, index, bucket and Redis of its own."""
    with (
        fresh_database(bare=True) as database,
        elastic_url() as search,
        installation(
            tmp_path,
            TROVE_DATABASE_URL=database,
            TROVE_SEARCH_URL=search,
            TROVE_MEDIA_URL=fresh_bucket(),
            TROVE_REDIS_URL=re.sub(r"/\d+$", "/9", service_url("REDIS")),
        ) as made,
    ):
        yield made


def rows(place: Installation, statement: str) -> list[tuple]:
    with psycopg.connect(place.more["TROVE_DATABASE_URL"]) as link:
        return link.execute(statement.encode()).fetchall()


def leader(place: Installation) -> tuple[str, int]:
    """Return who has the lead and its fence; nobody, where it has run out."""
    found = rows(
        place,
        "SELECT holder, fence FROM platform_lease WHERE name = 'clock'"
        " AND until > extract(epoch FROM now()) * 1000000",
    )
    return found[0] if found else ("", 0)


def led_by(place: Installation, *workers: Started) -> Callable[[], bool]:
    return lambda: any(f":{one.process.pid}:" in leader(place)[0] for one in workers)


def hurry(place: Installation) -> None:
    """Make every job due now."""
    with psycopg.connect(place.more["TROVE_DATABASE_URL"]) as link:
        link.execute("UPDATE platform_job SET due_at = 0")


def undone(place: Installation) -> int:
    return rows(place, "SELECT count(*) FROM platform_job WHERE due_at = 0")[0][0]


def test_of_several_workers_one_leads_and_another_follows_whatever_happens_to_it(
    large: Installation, tmp_path: Path
) -> None:
    assert large.start("migrate").status() == 0
    folders = [Installation(tmp_path / f"worker-{n}", large.more) for n in range(3)]
    workers = {place.start("worker").process.pid: place.started[0] for place in folders}
    try:
        assert wait_until(led_by(large, *workers.values()), LONG_SECONDS)
        name, fence = leader(large)
        assert fence == 1
        first = workers.pop(int(name.split(":")[-2]))

        # Who is stopped is followed when its lease runs out, and changes nothing afterwards.
        first.process.send_signal(signal.SIGSTOP)
        hurry(large)
        assert undone(large) > 0
        assert wait_until(led_by(large, *workers.values()), LEASE_SECONDS + LONG_SECONDS)
        assert wait_until(lambda: undone(large) == 0, LONG_SECONDS)
        name, fence = leader(large)
        assert fence == 2
        first.process.send_signal(signal.SIGCONT)
        second = workers.pop(int(name.split(":")[-2]))

        # Who ends in order hands over at once: long before the lease would run out.
        assert second.end() == 0
        hurry(large)
        assert wait_until(lambda: undone(large) == 0, LEASE_SECONDS / 2)
        assert leader(large)[1] == 3
        assert leader(large)[0] not in ("", name)

        # Who dies is followed too.
        third = {**workers, first.process.pid: first}.pop(int(leader(large)[0].split(":")[-2]))
        third.kill()
        hurry(large)
        left = [one for one in (*workers.values(), first) if one is not third]
        assert wait_until(led_by(large, *left), LEASE_SECONDS + LONG_SECONDS)
        assert wait_until(lambda: undone(large) == 0, LONG_SECONDS)
        assert leader(large)[1] == 4
        assert [one.end() for one in left] == [0] * len(left)
        assert all("Traceback" not in one.told for one in left)
    finally:
        for place in folders:
            place.end()


def test_two_web_and_two_worker_processes_serve_one_address_and_end_cleanly(
    large: Installation,
) -> None:
    started = large.serve("run", TROVE_WEB_PROCESSES="2", TROVE_WORKER_PROCESSES="2")
    running = started.family()
    commands = sorted(one.command for one in running)
    assert sum("trove worker" in one for one in commands) == 2, commands
    assert sum("wsgi:app worker-" in one for one in commands) == 2, commands

    def both_served() -> bool:
        large.send("GET", "/healthz")
        told = large.send("GET", "/metrics").text
        return len(set(re.findall(r'route="/healthz".*process="(web-\d+)"', told))) == 2

    assert wait_until(both_served, LONG_SECONDS)
    assert large.send("GET", "/readyz").json()["ready"]

    killed = next(one for one in running if "trove worker" in one.command)
    os.kill(killed.pid, signal.SIGKILL)
    assert wait_until(
        lambda: sum("trove worker" in one.command for one in started.family()) == 2, LONG_SECONDS
    )
    running += started.family()

    assert started.end() == 0
    assert all_gone(running)
    assert "Traceback" not in started.told


def test_web_processes_that_would_count_limits_apart_are_refused(
    large: Installation, tmp_path: Path
) -> None:
    large.serve()
    alone = Installation(tmp_path / "alone", {**large.more, "TROVE_REDIS_URL": ""})
    beside = Installation(tmp_path / "beside", large.more)
    try:
        refused = alone.start("web")
        assert refused.status() == 2
        assert "limits would be counted in each" in refused.told
        assert "TROVE_REDIS_URL" in refused.told

        beside.serve("web")
        assert beside.started[0].end() == 0
        assert large.started[0].end() == 0

        # Where nobody else is, one may count for itself; then others are refused beside it.
        alone.serve("web")
        refused = beside.start("web")
        assert refused.status() == 2
        assert "limits would be counted in each" in refused.told
        assert alone.started[-1].end() == 0
    finally:
        alone.end()
        beside.end()


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        (("TROVE_DATABASE_URL", r":\d+/", ":1/"), "TROVE_DATABASE_URL"),
        (("TROVE_MEDIA_URL", r"//[^@]*@", "//trove:wrong-secret@"), "TROVE_MEDIA_URL"),
        (("TROVE_MEDIA_URL", r"/[^/]*$", "/NO"), "TROVE_MEDIA_URL"),
        (("TROVE_SEARCH_URL", r"/[^/]*$", "/"), "TROVE_SEARCH_URL"),
    ],
    ids=lambda one: "" if isinstance(one, str) else "=".join(one[::2]),
)
def test_services_that_cannot_serve_us_are_refused_with_the_setting_to_mend(
    large: Installation, spoilt: tuple[str, str, str], words: str
) -> None:
    name, pattern, by = spoilt
    assert large.start("migrate").status() == 0
    wrong = {name: re.sub(pattern, by, large.more[name])}

    for command in ("web", "worker", "run"):
        refused = large.start(command, **wrong)
        assert refused.status() in (1, 2), refused.told
        assert words in refused.told, refused.told
        assert "What to do: " in refused.told
        assert "Traceback" not in refused.told
        assert "wrong-secret" not in refused.told


def test_an_index_of_another_version_is_refused_until_it_is_made_anew(large: Installation) -> None:
    import httpx

    large.serve("run")
    large.started[0].end()
    url = large.more["TROVE_SEARCH_URL"].removeprefix("elasticsearch:").partition("?")[0]
    server, prefix = url.rsplit("/", 1)
    names = httpx.get(f"{server}/_alias/{prefix}*", trust_env=False).json()
    if not names:
        assert large.start("reindex").status() == 0
        names = httpx.get(f"{server}/_alias/{prefix}*", trust_env=False).json()
    assert names
    for name in names:
        body = {"_meta": {"version": "of another time"}}
        said = httpx.put(f"{server}/{name}/_mapping", json=body, trust_env=False)
        assert said.status_code == 200, said.text

    refused = large.start("web")
    assert refused.status() == 2
    assert "trove reindex" in refused.told
    again = large.start("reindex")
    assert again.status() == 0, again.told
    large.serve("web")


def test_make_run_scale_brings_the_town_and_serves_it(large: Installation) -> None:
    """`make run-scale` is this program; the services are those of the tests."""
    log = large.folder.with_name("scale.log")
    for attempt in ("killed", "whole"):
        with log.open("wb") as told:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "tools" / "scale.py")],
                env=large.environment,
                stdout=told,
                stderr=told,
                start_new_session=True,
            )
        large.started.append(Started(process, log))
        if attempt == "killed":
            assert wait_until(lambda: b"demo town, " in log.read_bytes(), 400)
            running = large.started[-1].family()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            assert all_gone(running)
    started = large.started[-1]
    assert wait_until(lambda: large.answers or process.poll() is not None, 400), started.told
    assert process.poll() is None, started.told

    page = large.send("GET", "/search", params={"q": "茶"})
    assert page.status_code == 200
    assert rows(large, "SELECT count(*) FROM content_note")[0][0] >= 20
    found = large.send("GET", "/api/v1/search", params={"q": "口红", "type": "note"}).json()
    assert found["items"], found
    assert large.send("GET", "/readyz").json() == {
        "ready": True,
        "database": "ok",
        "search": "ok",
        "pictures": "ok",
    }
    running = started.family()
    assert sum("trove worker" in one.command for one in running) == 2
    assert started.end() == 0
    assert all_gone(running)
