"""SQLite held to the lengths of its columns, as PostgreSQL is: else a text that is too long passes here."""

from sqlalchemy import Connection, String, Table, text

from app.platform.db import Base


def hold(connection: Connection) -> None:
    """Have the tables of a database in a file refuse what is longer than its column."""
    for table in Base.metadata.sorted_tables:
        if longer := _longer(table):
            for verb in ("INSERT", "UPDATE"):
                connection.execute(
                    text(
                        f"CREATE TRIGGER held_{verb.lower()}_{table.name} BEFORE {verb}"
                        f" ON {table.name} WHEN {longer}"
                        f" BEGIN SELECT RAISE(ABORT, 'too long for {table.name}'); END"
                    )
                )


def _longer(table: Table) -> str:
    return " OR ".join(
        f"length(NEW.{one.name}) > {one.type.length}"
        for one in table.columns
        if isinstance(one.type, String) and one.type.length is not None
    )
