"""Commands on money: the audits of ledger and figures, attribution's replay and export."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from app.cli.refusals import stop, tell
from app.cli.terminal import answer, current
from app.settings import settings_or_exit

if TYPE_CHECKING:
    from app.platform.seals import Verified

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(group: click.Group) -> None:
    """Add these commands to ``group``."""
    group.add_command(ledger)
    group.add_command(attribution)
    group.add_command(insights)


@click.group()
def ledger() -> None:
    """Where all money is."""


@click.group()
def attribution() -> None:
    """Who is credited, and why."""


@click.group()
def insights() -> None:
    """Figures of creators and brands."""


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit(as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Fold every move there is, and compare with the balances."""
    from app.ledger import api
    from app.platform.uow import snapshot

    app = current(settings_or_exit())
    with app.app_context(), snapshot() as view:
        found = api.audit(view)
    said = {
        "entries": found.entries,
        "moves": found.moves,
        "clean": found.clean,
        "unequal": list(found.unequal),
        "wrong_side": list(found.wrong_side),
        "passing_through": list(found.stuck),
    }
    answer(said, as_json=as_json)
    if not found.clean:
        raise stop("the ledger does not add up", mend="keep the data folder and tell us")


@ledger.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Hold ledger entries and receipts to their seals: was anything changed since?"""
    from app.attribution import api as attribution_
    from app.ledger import api
    from app.platform import seals
    from app.platform.uow import snapshot

    app = current(settings_or_exit())
    found: dict[str, seals.Verified] = {}
    with app.app_context(), snapshot() as view:
        for stream in (api.SEALED, attribution_.SEALED):
            found[stream.name] = seals.verify(view, stream, progress=_progress(stream.name))
    faults = [fault for one in found.values() for fault in one.faults]
    shown = {name: asdict(one) if as_json else _sealed(one) for name, one in found.items()}
    answer({"clean": not faults, **shown}, as_json=as_json)
    if not as_json:
        for fault in faults:
            click.echo(f"    {fault}")
    if faults:
        mend = "keep the data folder as it is, and compare the rows with the newest backup"
        raise stop(f"what was sealed was changed: {len(faults)} faults", mend=mend)


def _sealed(found: "Verified") -> str:
    said = f"{found.rows} rows in {found.seals} seals, {found.unsealed} not sealed yet"
    return f"{said}; newest seal {found.head or '-'}"


def _progress(name: str) -> Callable[[int], None]:
    """Return what tells how far a stream was read, once a second."""
    told = time.monotonic()

    def tell_rows(rows: int) -> None:
        nonlocal told
        if time.monotonic() - told >= 1:
            told = time.monotonic()
            tell(f"{name}: {rows} rows held to their seals")

    return tell_rows


@insights.command("audit")
@click.option("--mend", is_flag=True, help="Make the figures anew where they differ.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def audit_insights(mend: bool, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Recompute all figures from the ledger and the touch log, and compare."""
    from app.insights import api
    from app.platform.uow import snapshot, unit_of_work

    app = current(settings_or_exit())
    with app.app_context():
        tell("insights: recomputing from the ledger and the touch log")
        with snapshot() as view:
            found = api.audit(view)
        if mend and not found.clean:
            tell(f"insights: {len(found.differences)} differences; making the figures anew")
            with unit_of_work() as uow:
                api.rebuild(uow)
            with snapshot() as view:
                left = api.audit(view)
        else:
            left = found
    differences = [asdict(one) for one in found.differences]
    said = {
        "lines": found.lines,
        "touches": found.touches,
        "waiting": found.waiting,
        "clean": left.clean,
        "mended": left is not found and left.clean,
        "differences": differences if as_json else len(differences),
    }
    answer(said, as_json=as_json)
    if not as_json:
        for one in found.differences:
            key = " ".join(f"{name}={value}" for name, value in one.key.items())
            click.echo(f"{one.table}  {key}\n    stored   {_cells(one.stored)}")
            click.echo(f"    expected {_cells(one.expected)}")
    if not left.clean:
        raise stop(
            f"{len(left.differences)} figures differ",
            mend="run `trove events`, then `trove insights audit --mend`",
        )


@attribution.command()
@click.option("--touches", "touches_file", type=FILE, required=True, help="The touch log (CSV).")
@click.option("--lines", "lines_file", type=FILE, required=True, help="The order lines (CSV).")
@click.option("--rule", "rule_file", type=FILE, required=True, help="The rule (JSON).")
@click.option("--verdicts", is_flag=True, help="Print the verdict of every touch instead.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of CSV.")
def replay(
    touches_file: Path,
    lines_file: Path,
    rule_file: Path,
    verdicts: bool,  # noqa: FBT001 - click hands options over by name
    as_json: bool,  # noqa: FBT001 - click hands options over by name
) -> None:
    """Credit order lines by a touch log and a rule, from files; print CSV."""
    from app.attribution import api

    try:
        touches = api.read_touches(_text(touches_file), touches_file.name)
        lines = api.read_lines(_text(lines_file), lines_file.name)
        rule = api.read_rule(_text(rule_file), rule_file.name)
    except api.RowRefused as refused:
        raise stop(str(refused), mend="correct the row and run it again") from None
    columns = list(api.VERDICT_COLUMNS if verdicts else api.CREDIT_COLUMNS)
    rows = (api.verdict_rows if verdicts else api.credit_rows)(touches, lines, rule)
    written = _as_json(columns, rows) if as_json else api.write_rows(columns, rows)
    # As bytes: what was read as UTF-8 is written as UTF-8, whatever the terminal speaks.
    sys.stdout.buffer.writelines(row.encode() for row in written)
    sys.stdout.buffer.flush()


@attribution.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder to write to.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def export(out: Path, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Write the live log in the formats that `replay` reads."""
    from app.attribution import api
    from app.platform.uow import snapshot

    app = current(settings_or_exit())
    with app.app_context(), snapshot() as view:
        log = api.export(view)
    files = {
        "touches.csv": api.write_rows((*api.TOUCH_COLUMNS, api.BARRED_KIND), log.touches),
        "lines.csv": api.write_rows((*api.LINE_COLUMNS, "code"), log.lines),
        "rule.json": [log.rule],
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (out / name).write_text("".join(text), encoding="utf-8")
    except OSError as error:
        why = f"{out} cannot be written ({error.strerror})"
        raise stop(why, mend="name another folder") from None
    answer({"touches": len(log.touches), "lines": len(log.lines), "folder": out}, as_json=as_json)


def _as_json(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """Yield a list of objects, bit by bit: there may be millions."""
    before = "["
    for row in rows:
        yield before + json.dumps(dict(zip(columns, row, strict=True)), default=str)
        before = ",\n"
    yield "]\n" if before != "[" else "[]\n"


def _cells(row: Mapping[str, object] | None) -> str:
    return " ".join(f"{name}={value}" for name, value in row.items()) if row else "-"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise stop(f"{path.name} is not UTF-8", mend="save it as UTF-8") from None
