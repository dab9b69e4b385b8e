"""Figures as people and programs read them: a ratio, what it is of, and whether it must hold."""

from dataclasses import asdict, dataclass

import orjson
from rich.bar import Bar
from rich.console import Console
from rich.table import Table

BAR_WIDTH = 20
WIDEST = 4.0
"""Bars end here, whatever the ratio."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured thing; ``ratio`` is ours to the baseline's, in the same run."""

    name: str
    measured: str
    against: str
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the promise is kept; None where none was made."""
        if self.at_least is None and self.at_most is None:
            return None
        assert self.ratio is not None
        low = self.at_least is None or self.ratio >= self.at_least
        return low and (self.at_most is None or self.ratio <= self.at_most)

    @property
    def promise(self) -> str:
        """The bound, as text."""
        if self.at_least is not None:
            return f"≥ {self.at_least:.2f}"
        return f"≤ {self.at_most:.2f}" if self.at_most is not None else ""


def show(figures: list[Figure]) -> None:
    """Print a table."""
    table = Table("figure", "measured", "ratio", "", "against", "must", "note", pad_edge=False)
    # Ratios of less than a tenth and of more than ten look alike: what matters is near one.
    most = min(max((one.ratio or 0 for one in figures), default=1.0), WIDEST)
    for one in figures:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f}"
        mark = {True: "[green]holds[/]", False: "[red]broken[/]", None: ""}[one.holds]
        must = f"{one.promise} {mark}".strip()
        bar = Bar(most, 0, min(one.ratio or 0, most), width=BAR_WIDTH, color=_color(one))
        table.add_row(one.name, one.measured, ratio, bar, one.against, must, one.note)
    Console(width=170).print(table)


def _color(one: Figure) -> str:
    return {True: "green", False: "red", None: "blue"}[one.holds]


def as_json(figures: list[Figure]) -> bytes:
    """Return the figures as JSON."""
    return orjson.dumps([{**asdict(one), "holds": one.holds} for one in figures])
