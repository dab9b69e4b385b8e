"""`trove doctor`: is everything as it should be, and if not, what to do."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import rich_click as click

from app.cli.terminal import wired
from app.settings import Settings, settings_or_exit

RACE_FIXED = (3, 51, 3)
"""SQLite up to 3.51.2 has a race between connections that checkpoint and write at once; the write
lock of `app.platform.writelock` keeps it from happening here."""

DISK_MIN_BYTES = 1 << 30

LAG_MAX_SECONDS = 60
"""What waits for longer waits for a worker that is not there, or for a sink that is away."""

SHOWN_MAX = 3
"""So many of what breaks a rule are shown where people read it; JSON has all."""

TOLD = click.Path(exists=True, dir_okay=False, path_type=Path)

Finding = tuple[str, bool, str, str]


def register(group: click.Group) -> None:
    """Add these commands to ``group``."""
    group.add_command(doctor)


@click.command()
@click.option("--deep", is_flag=True, help="Hold all rows to what must hold of them, too.")
@click.option("--told", type=TOLD, help="With --deep: ids that a client was told, in JSON Lines.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(deep: bool, told: Path | None, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Check settings, database, ledger, search, pictures, events, disk; each with its mend."""
    import json

    settings = settings_or_exit()
    found = list(findings(settings))
    if deep and found[-1][0] != "front-end":
        found += rules(settings, told=told)
    if as_json:
        names = ("check", "ok", "found", "mend")
        click.echo(json.dumps([dict(zip(names, one, strict=True)) for one in found]))
    else:
        for name, fine, what, mend in found:
            click.echo(f"{'ok' if fine else 'NO':>4}  {name:<10} {what}")
            if not fine:
                click.echo(f"                  What to do: {mend}")
    if not all(fine for _, fine, _, _ in found):
        raise SystemExit(1)


def findings(settings: Settings) -> Iterator[Finding]:
    """Yield each check: its name, whether it is well, what was found, what to do."""
    from app.cli import database
    from app.cli.refusals import Refused
    from app.web import assets

    newest = database.head()
    try:
        here = database.revision(settings)
        what = _database_version(settings) if here is not None else ""
    except Refused as refused:
        yield "database", False, str(refused), refused.mend
        return
    if here is None:
        yield "database", False, f"there is none in {settings.data_dir}", "`trove run` makes one"
    else:
        said = f"{what}, at {here}, newest is {newest}"
        yield "database", here == newest, said, _database_mend(here)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.data_dir).free
    yield "disk", free > DISK_MIN_BYTES, f"{free >> 20} MB free", "make room"
    built = bool(assets.manifest())
    yield "front-end", built, "built" if built else "not built", "run `make setup`"
    if here != newest:
        return
    app = wired(settings)
    with app.app_context():
        yield from _inside(settings)


def _database_mend(here: str) -> str:
    from app.cli import database

    return "run `trove migrate`" if database.knows(here) else "update the code: it is older"


def rules(settings: Settings, *, told: Path | None = None) -> Iterator[Finding]:
    """Yield each rule of the rows (`app.cli.deep`): number, whether it holds, what breaks it."""
    from app.cli import deep
    from app.cli.deep import beyond
    from app.cli.refusals import tell
    from app.platform.uow import snapshot

    mend = "keep the data folder as it is and tell us; --json has every row"
    app = wired(settings)
    with app.app_context(), snapshot() as view:
        tell("rules: holding all rows to what must hold of them")
        for one in deep.judge(view):
            said = f"{one.invariant.rule}{_shown(one.broken)}"
            if one.waits:
                said = f"not judged, for events wait: {one.invariant.rule}"
            yield one.invariant.number, not one.broken, said, mend
        if told is not None:
            gone = beyond.lost(view, told)
            yield "I12", not gone, f"what a client was told is there{_shown(gone)}", mend


def _shown(broken: Sequence[str]) -> str:
    if not broken:
        return ""
    more = f" and {len(broken) - SHOWN_MAX} more" if len(broken) > SHOWN_MAX else ""
    return f"; not so: {', '.join(broken[:SHOWN_MAX])}{more}"


def _database_version(settings: Settings) -> str:
    """Return the name and version of the database's program."""
    from sqlalchemy import create_engine, text

    if settings.on_sqlite:
        fixed = sqlite3.sqlite_version_info >= RACE_FIXED
        note = "" if fixed else " with a known race that the write lock excludes"
        return f"SQLite {sqlite3.sqlite_version}{note}"
    engine = create_engine(settings.database)
    with engine.connect() as connection:
        version = connection.execute(text("SHOW server_version")).scalar_one()
    engine.dispose()
    return f"PostgreSQL {str(version).split()[0]}"


def deliveries() -> dict[str, int]:
    """Return how many deliveries wait, how many are parked, and how old what waits is at most."""
    from sqlalchemy import func, select

    from app.platform.outbox import DeliveryRow, OutboxRow
    from app.platform.uow import snapshot

    with snapshot() as view:
        counted = {
            row.state: row.count
            for row in view.rows(
                select(DeliveryRow.state, func.count().label("count")).group_by(DeliveryRow.state)
            )
        }
        fresh = view.value(
            select(func.count()).select_from(OutboxRow).where(OutboxRow.fanned_at.is_(None))
        )
        late = [
            view.value(select(func.min(OutboxRow.at)).where(OutboxRow.fanned_at.is_(None))),
            view.value(
                select(func.min(OutboxRow.at))
                .join(DeliveryRow, DeliveryRow.position == OutboxRow.position)
                .where(DeliveryRow.state == "waiting")
            ),
        ]
        now = view.now
    waiting = counted.get("waiting", 0) + int(fresh or 0)
    lag = max((int((now - at).total_seconds()) for at in late if at is not None), default=0)
    return {"waiting": waiting, "parked": counted.get("parked", 0), "lag_seconds": max(0, lag)}


def _inside(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import text

    from app.ledger import api as ledger
    from app.platform.adapters import adapter
    from app.platform.uow import snapshot
    from search.port import Query, SearchDown, SearchIndex

    with snapshot() as view:
        if settings.on_sqlite:
            checked = view.session.connection().execute(text("PRAGMA quick_check")).scalar()
            yield "integrity", checked == "ok", str(checked), "restore a backup"
        audit = ledger.audit(view)
        wrong = len(audit.unequal) + len(audit.wrong_side)
        said = f"{audit.entries} entries, {audit.moves} moves, {wrong} accounts wrong"
        yield "ledger", audit.clean, said, "run `trove ledger audit`"
    waiting = deliveries()
    lag = waiting["lag_seconds"]
    said = f"{waiting['waiting']} waiting, the oldest for {lag} s, {waiting['parked']} parked"
    if waiting["parked"] or lag < LAG_MAX_SECONDS:
        yield "events", not waiting["parked"], said, "run `trove events --retry`"
    else:
        yield "events", False, said, "start a worker, or more of them; see its log"
    try:
        total = adapter(SearchIndex).find(Query("note")).total
    except SearchDown as error:
        yield "search", False, str(error), "run `trove reindex`"
    else:
        yield "search", True, f"{total} notes", ""
    yield from _picture_check()


def _picture_check() -> Iterator[Finding]:
    import io
    import struct
    import zlib

    from app.platform.adapters import adapter
    from media.child import PictureChild, PictureRefused, PictureWorkerDown

    raw = zlib.compress(b"".join(b"\0" + b"\x80" * 192 for _ in range(64)))
    out = io.BytesIO(b"")
    out.write(b"\x89PNG\r\n\x1a\n")
    header = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    for kind, data in ((b"IHDR", header), (b"IDAT", raw), (b"IEND", b"")):
        out.write(struct.pack(">I", len(data)) + kind + data)
        out.write(struct.pack(">I", zlib.crc32(kind + data)))
    try:
        done: Any = adapter(PictureChild).render(out.getvalue())
    except (PictureRefused, PictureWorkerDown) as error:
        yield "pictures", False, str(error), "run `make setup`; see the log"
    else:
        yield "pictures", True, f"the child renders ({done.width} × {done.height})", ""
    finally:
        adapter(PictureChild).close()
