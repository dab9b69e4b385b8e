"""What the rest costs: search over HTTP, pictures through the child, and the memory of it all."""

import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from urllib.parse import quote

from PIL import Image

from app.platform.adapters import adapter
from bench.load import get, once, press
from bench.place import ROOT, Place, free_port, inside, server
from bench.report import Figure
from media.child import PictureChild
from media.pictures import METHOD, QUALITY, WIDTHS
from search.port import Query, SearchIndex

WORDS = ("露营", "粉底液", "desk", "面包", "camera bag")
PICTURE = (4000, 3000)
"""Twelve megapixels, as telephones take them."""

PICTURES = 3
LIBRARIES = "flask_sqlalchemy, flask_smorest"
START_SECONDS = 2.0
"""From the command to the first answer, with the town's data."""

WEB_MIB, ALL_MIB = 200, 350
"""What a small installation should fit into (runtime ADR)."""


def search(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return the time of a search over HTTP beside the engine's own call."""
    with inside(place):
        engine = adapter(SearchIndex)
        asked = [Query(kind="note", text=word, size=20) for word in WORDS]
        alone = _seconds(lambda: [engine.find(one) for one in asked], rounds * 10) / len(WORDS)
    with server(place, "wsgi:app", threads=4) as port:
        targets = [get(w, port, f"/api/v1/search?type=note&q={quote(w)}") for w in WORDS]
        found = [press(one, seconds=seconds / 2, connections=1).p50_s for one in targets]
    return [
        Figure(
            "search over HTTP",
            f"{median(found) * 1e3:.2f} ms",
            "the engine's own call",
            median(found) / alone,
            note=f"engine {alone * 1e3:.2f} ms; {len(WORDS)} queries, with cards from the database",
        )
    ]


def pictures(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return the time of a picture through the child beside the codecs alone."""
    del place, seconds
    raw = _photograph()
    child = PictureChild()
    child.render(raw)
    ours, bare = [], []
    for _ in range(rounds):
        ours.append(_seconds(lambda: child.render(raw), PICTURES))
        bare.append(_seconds(lambda: _codecs(raw), PICTURES))
    child.close()
    ratio = median(a / b for a, b in zip(ours, bare, strict=True))
    note = f"codecs {median(bare) * 1e3:.0f} ms; {len(raw) >> 10} KiB JPEG, {len(WIDTHS)} WebP"
    measured = f"{median(ours) * 1e3:.0f} ms"
    return [Figure("a picture of 12 megapixels", measured, "the codecs alone", ratio, note=note)]


def memory(place: Place, *, rounds: int, seconds: float) -> list[Figure]:
    """Return how fast `trove run` starts, and its proportional set size after some use."""
    del rounds
    port = free_port()
    environment = {
        **place.environment,
        "TROVE_PORT": str(port),
        "TROVE_SANDBOX_PORT": str(free_port()),
    }
    command = [sys.executable, "-m", "app.cli.main", "run"]
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _until_ready(port)
            started = time.perf_counter() - begun
            for path in ("/", "/api/v1/feed", "/search?q=desk"):
                press(get(path, port, path), seconds=seconds, connections=4)
            sizes = _sizes(process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
    total = sum(sizes.values())
    told = ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())
    return [
        Figure(
            "start-up",
            f"{started:.2f} s",
            f"{START_SECONDS:.0f} s, the aim",
            started / START_SECONDS,
            note=f"`trove run`, until the feed is answered; {LIBRARIES} alone {_loaded():.2f} s",
        ),
        _size("memory of web", sizes["web"], WEB_MIB, "with the server's supervisor"),
        _size("memory of all", total, ALL_MIB, told),
    ]


def _loaded() -> float:
    """Return the seconds in which Python starts and loads `LIBRARIES`: how fast this machine is."""
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {LIBRARIES}"], check=True)
    return time.perf_counter() - begun


def _size(name: str, mib: float, aim: int, note: str) -> Figure:
    return Figure(name, f"{mib:.0f} MiB", f"{aim} MiB, the aim", mib / aim, note=note)


def _seconds(work: Callable[[], object], times: int) -> float:
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        took.append(time.perf_counter() - begun)
    return median(took)


def _photograph() -> bytes:
    """Return a JPEG with as much detail as a photograph has: noise over slopes."""
    width, height = PICTURE
    noise = Image.effect_noise((width // 4, height // 4), 60).resize(PICTURE)
    slope = Image.linear_gradient("L").resize(PICTURE)
    mixed = Image.merge("RGB", (noise, Image.blend(noise, slope, 0.6), slope))
    out = io.BytesIO()
    mixed.save(out, "JPEG", quality=88)
    return out.getvalue()


def _codecs(raw: bytes) -> None:
    with Image.open(io.BytesIO(raw)) as opened:
        opened.draft("RGB", (max(WIDTHS) * 2, max(WIDTHS) * 2))
        opened.load()
        for wide in WIDTHS:
            high = round(opened.height * wide / opened.width)
            small = opened.resize((wide, high), Image.Resampling.LANCZOS, reducing_gap=2.0)
            small.save(io.BytesIO(), "WEBP", quality=QUALITY, method=METHOD)


def _until_ready(port: int) -> None:
    for _ in range(600):
        try:
            once(get("ready", port, "/api/v1/feed"))
        except (OSError, RuntimeError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the site did not start")


def _sizes(root: int) -> dict[str, float]:
    """Return MiB by the name of the process under ``root``, its children counted with it."""
    parents = _parents()
    sizes = {"supervisor": _pss(root), "web": 0.0, "worker": 0.0, "sandbox": 0.0}
    for pid in parents:
        chain = _chain(pid, parents)
        if root not in chain or pid == root:
            continue
        top = chain[chain.index(root) - 1]
        sizes[_role(top)] += _pss(pid)
    return sizes


def _parents() -> dict[int, int]:
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            status = _text(Path(entry.path, "status"))
            parent = re.search(r"^PPid:\s+(\d+)", status, re.MULTILINE)
            if parent:
                found[int(entry.name)] = int(parent[1])
    return found


def _chain(pid: int, parents: dict[int, int]) -> Sequence[int]:
    chain = [pid]
    while chain[-1] in parents and parents[chain[-1]]:
        chain.append(parents[chain[-1]])
    return chain


def _role(pid: int) -> str:
    words = _text(Path(f"/proc/{pid}/cmdline"))
    return next((one for one in ("worker", "sandbox") if one in words), "web")


def _pss(pid: int) -> float:
    found = re.search(r"^Pss:\s+(\d+)", _text(Path(f"/proc/{pid}/smaps_rollup")), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
