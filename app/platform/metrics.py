"""What processes count, for a collector (Prometheus' text format).

Several processes of one machine serve one address, and the worker none at all. So each keeps a
file of its counts in the data folder, and whoever is asked tells them all, labelled by process.
"""

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

FLUSH_SECONDS = 2.0
"""A collector asks every ten seconds or so; this late may a count of another process be."""

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Labels = tuple[str, ...]


class Counter:
    """Something that is counted, by labels; it only grows while its process lives."""

    def __init__(self, name: str, about: str, labels: Sequence[str]) -> None:
        """Be called ``name``, which ends in `_total`."""
        self.name, self.about, self.labels = name, about, tuple(labels)
        self._thread = threading.local()
        self._threads: list[dict[Labels, float]] = []
        COUNTERS[name] = self

    def add(self, *values: str, by: float = 1) -> None:
        """Count ``by`` more under these values of the labels.

        Each thread has its own counts: waiting for a lock cost four threads a third of their time.
        """
        try:
            mine: dict[Labels, float] = self._thread.counts
        except AttributeError:
            mine = self._thread.counts = {}
            self._threads.append(mine)
        mine[values] = mine.get(values, 0) + by

    @property
    def counts(self) -> dict[Labels, float]:
        """What was counted until now, by any thread."""
        total: dict[Labels, float] = {}
        for counts in self._threads.copy():
            for values, count in counts.copy().items():
                total[values] = total.get(values, 0) + count
        return total


COUNTERS: dict[str, Counter] = {}
"""Every counter of this process, by name."""


class Counts:
    """The files of an installation's processes on this machine."""

    def __init__(self, data_dir: Path) -> None:
        """Keep them in ``data_dir``; nothing is written before `begin`."""
        self._folder = data_dir.absolute() / "metrics"
        self._said = ""
        self._name = ""

    def begin(self, kind: str) -> None:
        """Have a thread keep this process's file, from now on."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._name = f"{kind}-{os.getpid()}"
        threading.Thread(target=self._run, daemon=True, name="metrics").start()

    def all(self) -> Iterator[tuple[str, Mapping[str, list[tuple[Labels, float]]]]]:
        """Yield what each living process counted: its name, and the counts by counter."""
        own = f"-{os.getpid()}"
        yield self._name or f"here{own}", _own()
        for path in sorted(self._folder.glob("*.json")):
            if path.stem.endswith(own):
                continue
            try:
                kept = json.loads(path.read_text())
            except (OSError, ValueError):
                continue
            if kept["born"] != _born(path.stem.rpartition("-")[2]):
                # Its process is gone, and so are its series.
                path.unlink(missing_ok=True)
                continue
            counts = kept["counts"]
            yield (
                path.stem,
                {
                    name: [(tuple(labels), count) for labels, count in rows]
                    for name, rows in counts.items()
                },
            )

    def _run(self) -> None:
        path = self._folder / f"{self._name}.json"
        born = _born(str(os.getpid()))
        while True:
            said = json.dumps({"born": born, "counts": _own()})
            if said != self._said:
                fresh = path.with_suffix(".new")
                try:
                    fresh.write_text(said)
                    fresh.replace(path)
                    self._said = said
                except OSError:
                    # A full disk ends no site; the next round tries again.
                    self._said = ""
            time.sleep(FLUSH_SECONDS)


def exposition(counts: Counts, gauges: Iterable[tuple[str, str, Mapping[str, str], float]]) -> str:
    """Return everything in the text format.

    Args:
        counts: of the processes here.
        gauges: name, what it is, labels, value; of the whole installation.
    """
    found = list(counts.all())
    lines: list[str] = []
    for counter in COUNTERS.values():
        lines += [f"# HELP {counter.name} {counter.about}", f"# TYPE {counter.name} counter"]
        for process, kept in found:
            for values, count in kept.get(counter.name, []):
                said = dict(zip(counter.labels, values, strict=True))
                lines.append(_line(counter.name, {**said, "process": process}, count))
    known: set[str] = set()
    for name, about, labels, value in gauges:
        if name not in known:
            lines += [f"# HELP {name} {about}", f"# TYPE {name} gauge"]
            known.add(name)
        lines.append(_line(name, labels, value))
    return "\n".join(lines) + "\n"


def _own() -> dict[str, list[tuple[Labels, float]]]:
    return {name: list(counter.counts.items()) for name, counter in COUNTERS.items()}


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    said = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{said}}} {_number(value)}" if said else f"{name} {_number(value)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else repr(round(value, 6))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _born(pid: str) -> str:
    """Return when a process began: numbers are used again."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
