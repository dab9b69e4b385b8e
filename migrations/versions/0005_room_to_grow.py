"""Room to grow: numbers of 64 bits for what every event takes; no TRUNCATE of what only grows.

PostgreSQL only: SQLite's numbers are of 64 bits, and it has no TRUNCATE.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "accounts_creator_switch",
    "attribution_receipt",
    "catalogue_stock_move",
    "ledger_entry",
    "ledger_move",
    "orders_step",
    "orders_txn",
    "programmes_terms",
    "touches_link",
    "touches_touch",
)
WIDER = (("platform_outbox", "position"), ("platform_delivery", "id"), ("orders_step", "id"))


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    # The type of a column that a trigger names cannot be changed.
    op.execute("DROP TRIGGER orders_step_no_update ON orders_step")
    for table, column in WIDER:
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE BIGINT")
        op.execute(f"ALTER SEQUENCE {table}_{column}_seq AS BIGINT")
    op.execute("ALTER TABLE platform_delivery ALTER COLUMN position TYPE BIGINT")
    op.execute(
        "CREATE TRIGGER orders_step_no_update BEFORE UPDATE OF id, order_id, what, amount_fen, note, by, at"
        " ON orders_step FOR EACH ROW EXECUTE FUNCTION orders_step_refuse()"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{table} is append-only'"
            " USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
            f" FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
        )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before")
