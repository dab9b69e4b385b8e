"""`trove move`: what an installation has, to where it is to be from now on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import rich_click as click

from app.cli.refusals import stop, tell
from app.cli.terminal import answer, current
from app.settings import Settings, settings_or_exit

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

BATCH = 1_000
"""Rows that are read and written at once."""


def register(group: click.Group) -> None:
    """Add these commands to ``group``."""
    group.add_command(move)


@click.group()
def move() -> None:
    """Take what is here along to a larger engine; see docs/grow.md."""


@move.command()
@click.argument("to")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def database(to: str, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Copy the whole database TO an empty one: postgresql://USER@HOST:PORT/NAME."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import DBAPIError

    from app.cli import database as migrations
    from app.platform.process import AlreadyServing, hold_duty

    settings = settings_or_exit()
    if not to.startswith("postgresql://"):
        raise stop("the database moves to postgresql://USER@HOST:PORT/NAME", mend="name one")
    held = []
    try:
        for duty in ("supervisor", "web", "worker"):
            held.append(hold_duty(settings.folders, duty))  # noqa: PERF401 - some may be had
    except AlreadyServing as error:
        raise stop(str(error), mend="stop `trove run`, then try again") from None
    migrations.check_revision(settings)
    target = Settings(**{**settings.model_dump(), "database_url": to})
    migrations.migrate(target, tell=tell)
    here, there = (create_engine(one.database, hide_parameters=True) for one in (settings, target))
    try:
        with here.connect() as source, there.begin() as sink:
            copied = _copy_all(source, sink)
    except DBAPIError as error:
        said = str(error.orig).splitlines()[0]
        raise stop(f"{said}; nothing was moved", mend="mend that row; then do it again") from None
    finally:
        here.dispose()
        there.dispose()
        for one in held:
            one.give_up()
    answer({"tables": len(copied), "rows": sum(copied.values())}, as_json=as_json)
    tell("Now set TROVE_DATABASE_URL to it, and start again.")


@move.command()
@click.argument("to")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pictures(to: str, as_json: bool) -> None:  # noqa: FBT001 - click hands options over by name
    """Copy every picture TO another store: s3:http://KEY:SECRET@HOST:PORT/BUCKET or file:PATH.

    The site may run meanwhile; what came in since is copied when it is done once more.
    """
    from app.pictures import api as pictures_
    from app.platform.adapters import adapter
    from app.platform.uow import snapshot
    from media import open_store
    from media.port import MediaStore, StoreDown

    app = current(settings_or_exit())
    counted = {"copied": 0, "missing": 0}
    try:
        store = open_store(to)
        store.check()
        with app.app_context():
            with snapshot() as view:
                digests = pictures_.all_digests(view)
            for digest in digests:
                found = _copy_picture(adapter(MediaStore), store, digest)
                counted["copied" if found else "missing"] += 1
    except (StoreDown, ValueError) as error:
        raise stop(str(error), mend="correct the address; then do it again") from None
    answer({"pictures": counted["copied"], "missing": counted["missing"]}, as_json=as_json)
    tell("Now set TROVE_MEDIA_URL to it, start again, and do this once more.")


def _copy_all(source: "Connection", sink: "Connection") -> dict[str, int]:
    """Copy every table in one transaction; return how many rows each has."""
    from sqlalchemy import func, select

    from app.platform.db import Base

    tables = Base.metadata.sorted_tables
    for table in tables:
        if sink.execute(select(func.count()).select_from(table)).scalar_one():
            raise stop(f"{table.name} has rows there already", mend="name an empty database")
    copied = {}
    for table in tables:
        copied[table.name] = 0
        tell(f"{table.name} …")
        for rows in _batches(source, table):
            sink.execute(table.insert(), rows)
            copied[table.name] += len(rows)
        _go_on_counting(sink, table)
    return copied


def _batches(source: "Connection", table: "Table") -> Iterator[list[dict[str, Any]]]:
    from sqlalchemy import select

    rows = source.execution_options(yield_per=BATCH).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    for part in rows.mappings().partitions():
        yield [dict(row) for row in part]


def _go_on_counting(sink: "Connection", table: "Table") -> None:
    """Let the numbers of new rows follow those that were copied."""
    from sqlalchemy import text

    column = table.autoincrement_column
    if column is None:
        return
    sink.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence(:table, :column), max({column.name}))"  # noqa: S608 - our own names
            f" FROM {table.name} HAVING max({column.name}) IS NOT NULL"
        ),
        {"table": table.name, "column": column.name},
    )


def _copy_picture(here: Any, there: Any, digest: str) -> bool:
    """Copy the renditions of a picture; tell whether there were any."""
    from media import keys
    from media.port import BlobMissing

    found = False
    for width in keys.WIDTHS:
        key = keys.rendition(digest, width)
        try:
            with here.open(key) as blob:
                there.put(key, blob.read(), media_type="image/webp")
            found = True
        except BlobMissing:
            continue  # Small pictures have fewer.
    return found
