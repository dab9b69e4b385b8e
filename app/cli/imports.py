"""`trove import`: catalogues of others."""

import time
from pathlib import Path
from typing import Any, Self

import rich_click as click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from app.cli.delivery import deliver
from app.cli.refusals import stop, tell
from app.cli.terminal import answer, current
from app.settings import settings_or_exit

QUIET_SECONDS = 1.0
"""What takes less shows no progress."""


def register(group: click.Group) -> None:
    """Add these commands to ``group``."""
    group.add_command(import_)


@click.group("import")
def import_() -> None:
    """Bring in what others have."""


@import_.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--merchant", help="Handle of the merchant, where the rows name none.")
@click.option("--map", "map_path", type=click.Path(path_type=Path), help="A TOML file of columns.")
@click.option("--stock", type=click.IntRange(0, 10_000_000), help="Stock, where rows tell none.")
@click.option("--dry-run", is_flag=True, help="Check everything, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def products(
    file: Path,
    merchant: str | None,
    map_path: Path | None,
    stock: int | None,
    dry_run: bool,  # noqa: FBT001 - click hands options over by name
    as_json: bool,  # noqa: FBT001 - click hands options over by name
) -> None:
    """Import products from FILE: CSV or JSON Lines, gzipped or not. See docs/imports.md."""
    from app.catalogue import api as catalogue
    from app.kernel.problems import Busy

    settings = settings_or_exit()
    app = current(settings)
    begun = time.monotonic()
    bar = _Bar()
    try:
        columns = catalogue.read_map(map_path) if map_path else catalogue.ColumnMap()
        with app.app_context(), bar:
            report = catalogue.import_products(
                file,
                columns=columns,
                merchant=merchant,
                stock=stock,
                dry_run=dry_run,
                tell=bar.tell,
            )
    except catalogue.FileRefused as refused:
        raise stop(str(refused), mend="mend the file or the map; nothing was imported") from None
    except Busy:
        raise stop(
            "other writers kept the database for too long",
            mend="run the same command again: it goes on from there",
        ) from None
    if report.added or report.changed:
        with bar:
            deliver(settings, tell=lambda done: bar.tell("search and cards", done, 0))
    _answer(report, dry_run=dry_run, seconds=time.monotonic() - begun, as_json=as_json)


def _answer(report: Any, *, dry_run: bool, seconds: float, as_json: bool) -> None:
    said = {
        "rows": report.rows,
        "products": report.products,
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "brands added": report.brands_added,
        "faults": report.fault_count,
        "seconds": round(seconds, 1),
    }
    if as_json:
        listed = [
            {"row": one.row, "column": one.column, "code": one.code, "detail": one.detail}
            for one in report.faults
        ]
        said = {name.replace(" ", "_"): value for name, value in said.items()}
        answer({**said, "dry_run": dry_run, "errors": listed}, as_json=True)
    else:
        for one in report.faults:
            place = f"row {one.row}, column {one.column}" if one.column else f"row {one.row}"
            tell(f"{place}: {one.detail} ({one.code})")
        if report.fault_count > len(report.faults):
            tell(f"… and {report.fault_count - len(report.faults)} more")
        answer(said, as_json=False)
    if report.fault_count:
        raise stop("nothing was imported", mend="mend the rows that are named, and run it again")


class _Bar:
    """A progress bar that appears when the work takes longer than a moment."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._shown: Progress | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._shown:
            self._shown.stop()
            self._shown, self._tasks = None, {}

    def tell(self, what: str, done: int, total: int) -> None:
        """Show how far it is."""
        if time.monotonic() - self._begun < QUIET_SECONDS:
            return
        if self._shown is None:
            text = TextColumn("{task.description} {task.completed:,.0f}")
            columns = (text, BarColumn(), TimeElapsedColumn())
            self._shown = Progress(*columns, console=Console(stderr=True))
            self._shown.start()
        if what not in self._tasks:
            self._tasks[what] = self._shown.add_task(what, total=total or None)
        self._shown.update(self._tasks[what], completed=done)
