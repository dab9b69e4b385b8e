"""The same town on the services: what reading and ordering cost there, beside the small site.

The services are those of `make services`; everything goes into a database, an index, a bucket and
a Redis database of the bench's own, which are gone afterwards or overwritten by the next run.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from statistics import median

import psycopg
from psycopg import sql

from bench import parts, reads, writes
from bench.load import Target, get, once, press
from bench.place import ROOT, Place, inside, server
from bench.report import Figure

NAME = "trove_bench"
OWN = {
    "TROVE_DATABASE_URL": NAME,
    "TROVE_REDIS_URL": "9",
    "TROVE_SEARCH_URL": NAME,
    "TROVE_MEDIA_URL": "trove-bench",
}
"""How each address ends: database, number of it, prefix of the indexes, bucket."""

ORDERS = 40
CONNECTIONS = 8


def figures(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return reads, orders and searches on the services against the small installation's."""
    with _moved(place) as large:
        found = _reads(place, large, rounds, seconds)
        found += _orders(place, large, rounds)
        found += [
            replace(one, name=f"{one.name}, on the services")
            for one in parts.search(large, rounds=rounds, seconds=seconds)
        ]
    return found


def _reads(small: Place, large: Place, rounds: int, seconds: float) -> list[Figure]:
    cookie, note_id, product_id = reads.reader(small)
    paths = {
        "feed JSON": "/api/v1/feed",
        "note JSON": f"/api/v1/notes/{note_id}",
        "product JSON": f"/api/v1/products/{product_id}",
        "front page": "/",
    }
    with ExitStack() as served:

        def serve(place: Place, processes: int = 1) -> int:
            return served.enter_context(
                server(place, "wsgi:app", threads=reads.THREADS, processes=processes)
            )

        ports = {"small": serve(small), "one": serve(large), "two": serve(large, processes=2)}
        targets = {
            (where, name): get(f"{name}, {where}", port, path, cookie=cookie, accept=_kind(path))
            for name, path in paths.items()
            for where, port in ports.items()
        }
        measured = _interleaved(targets, rounds, seconds)
    told = {"one": ("on the services", "small"), "two": ("by two web processes", "one")}
    return [
        Figure(
            f"{name}, {about}",
            f"{median(measured[where, name]):,.0f}/s",
            "of the small site" if base == "small" else "of one",
            _ratio(measured[where, name], measured[base, name]),
        )
        for where, (about, base) in told.items()
        for name in paths
    ]


def _orders(small: Place, large: Place, rounds: int) -> list[Figure]:
    took: dict[str, list[float]] = {"small": [], "large": []}
    for name, place in (("small", small), ("large", large)):
        buy = writes.buyer(place)
        with inside(place):
            for number in range(3):
                buy(number)
            took[name] = [_seconds(buy, 3 + turn * ORDERS) for turn in range(rounds)]
    note = (
        f"small {median(took['small']) * 1e3:.2f} ms; two transactions: placed; paid and credited"
    )
    return [
        Figure(
            "an order, on the services",
            f"{median(took['large']) * 1e3:.2f} ms",
            "the small site's",
            _ratio(took["large"], took["small"]),
            note=note,
        )
    ]


def _seconds(buy: Callable[[int], None], first: int) -> float:
    begun = time.perf_counter()
    for number in range(ORDERS):
        buy(first + number)
    return (time.perf_counter() - begun) / ORDERS


def _interleaved(
    targets: dict[tuple[str, str], Target], rounds: int, seconds: float
) -> dict[tuple[str, str], list[float]]:
    for one in targets.values():
        once(one)
        press(one, seconds=1.0, connections=CONNECTIONS)
    found: dict[tuple[str, str], list[float]] = {key: [] for key in targets}
    for _ in range(rounds):
        for key, one in targets.items():
            found[key].append(press(one, seconds=seconds, connections=CONNECTIONS).rate)
    return found


def _ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    return median(a / b for a, b in zip(ours, theirs, strict=True))


def _kind(path: str) -> str:
    return "*/*" if path.startswith("/api/") else "text/html"


@contextmanager
def _moved(place: Place) -> Generator[Place]:
    """Yield the town as it stands on the services, moved there by the site's own commands."""
    found = _services()
    urls = {name: f"{url.rpartition('/')[0]}/{OWN[name]}" for name, url in found.items()}
    _make_anew(found["TROVE_DATABASE_URL"])
    try:
        _do(place, {}, "move", "database", urls["TROVE_DATABASE_URL"])
        _do(place, {}, "move", "pictures", urls["TROVE_MEDIA_URL"])
        _do(place, urls, "reindex")
        fields = {name.removeprefix("TROVE_").lower(): url for name, url in urls.items()}
        yield Place(place.folder, place.settings.model_copy(update=fields), urls)
    finally:
        _drop(found["TROVE_DATABASE_URL"])


def _services() -> dict[str, str]:
    command = [sys.executable, str(ROOT / "tools" / "services"), "up"]
    said = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if said.returncode:
        raise SystemExit(said.returncode)
    return dict(line.split("=", 1) for line in said.stdout.splitlines())


def _do(place: Place, more: dict[str, str], *words: str) -> None:
    command = [sys.executable, "-m", "app.cli.main", *words]
    environment = {**place.environment, **more}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")


def _make_anew(server_url: str) -> None:
    _drop(server_url)
    with psycopg.connect(server_url, autocommit=True) as link:
        link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def _drop(server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as link:
        link.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NAME))
        )
