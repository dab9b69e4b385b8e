"""A service is stopped, or ended and begun again, under a light load: readers are answered, writers
are told the truth, nothing that was acknowledged is lost, and all of it heals by itself.
"""

import threading
import time
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from tests.faults import services
from tests.faults.load import API, Load, Told
from tests.faults.site import Site, serving
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.service, pytest.mark.timeout(300)]

STOPPED_SECONDS = 10
GONE_SECONDS = 3
READ_SECONDS = 2
HEAL_SECONDS = 10
DEGRADED = "Search is not available just now"

SEARCHES = ("/search?q=kettle", f"{API}/search?q=kettle")
HURT = {"postgres": None, "elasticsearch": SEARCHES[1:], "minio": ("/media/",), "redis": ()}
"""What readers may be refused while a service is away; without its database the site has nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Generator[Site]:
    for name in HURT:
        services.require(name)
    folder: Path = tmp_path_factory.mktemp("site")
    with serving(folder) as made:
        yield made


@pytest.fixture(scope="module")
def load(site: Site) -> Generator[Load]:
    made = Load(site)
    made.start()
    yield made
    made.stop()
    made.close()


@pytest.mark.parametrize("how", ["stopped", "gone"])
@pytest.mark.parametrize("name", list(HURT))
def test_a_service_that_is_away_costs_nobody_an_answer(
    load: Load, site: Site, name: str, how: str
) -> None:
    asked = time.monotonic()
    assert wait_until(lambda: _all_is_well(load, since=asked), 30), _last(load)
    begun = time.monotonic()

    _take_away(name, how)
    back = time.monotonic()
    healed = wait_until(lambda: _all_is_well(load, since=back), HEAL_SECONDS)
    meanwhile = load.reader.log.since(begun)

    assert healed, _last(load)
    assert [one for one in meanwhile if one.seconds > READ_SECONDS] == []
    assert [one for one in meanwhile if not _may_be_read(name, one)] == []
    if name == "elasticsearch":
        assert any(DEGRADED in one.text for one in meanwhile if one.what == SEARCHES[0])
    for client in (load.writer, load.painter):
        assert [one for one in client.log.since(begun) if not _may_be_written(one)] == []
    with load.resting():
        _nothing_is_lost_or_done_twice(load, site)


def _nothing_is_lost_or_done_twice(load: Load, site: Site) -> None:
    """Hold the site to what it ever acknowledged to these clients."""
    acknowledged = set(load.writer.log.notes.values())
    kept = load.writer.notes()
    pictures = sorted(load.writer.log.pictures | load.painter.log.pictures)

    assert len(kept) == len(set(kept)) == len(acknowledged)
    assert set(kept) == acknowledged
    assert [one for one in pictures if httpx.get(site.url + one).status_code != 200] == []
    newest = list(load.writer.log.notes)[-1]
    assert wait_until(lambda: _is_found(load, newest), HEAL_SECONDS)
    assert _found(load) == acknowledged


def _take_away(name: str, how: str) -> None:
    if how == "stopped":
        with services.stopped(name):
            _let_pass(STOPPED_SECONDS)
        return
    services.end(name)
    _let_pass(GONE_SECONDS)
    services.begin(name)


def _let_pass(seconds: float) -> None:
    threading.Event().wait(seconds)


def _all_is_well(load: Load, *, since: float) -> bool:
    """Tell whether all were last answered in full, and what was published since then is found."""
    last = load.reader.log.since(since)[-len(load.paths) :]
    if len(last) < len(load.paths):
        return False
    if any(one.status != 200 or DEGRADED in one.text for one in last):
        return False
    writes = [client.log.since(since)[-1:] for client in (load.writer, load.painter)]
    if [one.status for each in writes for one in each] != [201, 201]:
        return False
    # Not the newest: with one every second, there is always one on its way to the index.
    title = next((title for begun, title in load.writer.log.published if begun >= since), "")
    return bool(title) and _is_found(load, title)


def _is_found(load: Load, title: str) -> bool:
    # By the page, for which there is no limit: this is asked many times.
    asked = {"q": title, "sort": "newest"}
    return load.writer.log.notes[title] in httpx.get(f"{load.url}/search", params=asked).text


def _last(load: Load) -> list[tuple[object, ...]]:
    told = load.reader.log.told[-10:] + load.writer.log.told[-3:] + load.painter.log.told[-3:]
    return [(one.what, one.status, round(one.seconds, 2), one.retry_after) for one in told]


def _found(load: Load) -> set[str]:
    found: set[str] = set()
    cursor = ""
    while True:
        path = f"{API}/search?q=kettle&sort=newest&size=50{cursor}"
        answer = load.reader.ask("GET", path)
        assert answer is not None
        page = answer.json()
        found |= {one["id"] for one in page["items"]}
        if not page["next"]:
            return found
        cursor = f"&cursor={page['next']}"


def _may_be_read(name: str, told: Told) -> bool:
    hurt = HURT[name]
    if told.status == 503 and told.retry_after:
        return hurt is None or told.what.startswith(hurt)
    return told.status == 200


def _may_be_written(told: Told) -> bool:
    return told.status == 201 or (told.status == 503 and bool(told.retry_after))
