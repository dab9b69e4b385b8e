"""Tables that only grow: triggers refuse every UPDATE, DELETE and TRUNCATE, on both databases."""

from typing import Any

from sqlalchemy import DDL, Table, event

REGISTERED: dict[str, tuple[str, ...]] = {}
"""Columns that may still change, by table; migrations make the triggers from this."""


def append_only(table: Any, *, except_columns: tuple[str, ...] = ()) -> None:
    """Refuse UPDATE and DELETE on ``table``; an update of only ``except_columns`` may pass."""
    assert isinstance(table, Table)
    REGISTERED[table.name] = except_columns
    columns = tuple(column.name for column in table.columns if column.name not in except_columns)
    for dialect in ("sqlite", "postgresql"):
        for statement in trigger_statements(table.name, columns, dialect):
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call] # SQLAlchemy's gap
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def trigger_statements(table: str, columns: tuple[str, ...], dialect: str) -> list[str]:
    """Return the DDL that makes ``table`` append-only in ``columns``."""
    listed = ", ".join(columns)
    if dialect == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        return [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {listed} ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}",
        ]
    # With the class of a broken constraint, as SQLite's is: whoever catches one catches both.
    function = (
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} is append-only'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    call = f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    whole = f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    return [
        function,
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {listed} ON {table} {call}",
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {call}",
        # SQLite has no TRUNCATE; here it would pass the triggers of rows.
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {whole}",
    ]
