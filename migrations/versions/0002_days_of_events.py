"""Days of events: figures by the day on which something happened, touches counted once.

What the read tables said is made anew: `trove insights audit --mend`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TOUCH_COLUMNS = (
    "seq, ts_ms, kind, device_id, account_id, note_id, author_id,"
    " product_id, brand_id, merchant_id, token_ok, nonce"
)


def upgrade() -> None:
    _name_touches()
    op.drop_table("insights_sale")
    op.drop_table("insights_touch_day")
    op.create_table(
        "insights_change",
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("ordered_on", sa.Date(), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("creator_id", sa.String(length=40), nullable=True),
        sa.Column("note_id", sa.String(length=40), nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("commission_fen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("line_id", "position", name=op.f("pk_insights_change")),
    )
    for columns in (("brand_id", "day"), ("brand_id", "ordered_on"), ("creator_id", "note_id")):
        _index("insights_change", columns)
    op.create_table(
        "insights_touch_day",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("creator_id", sa.String(length=40), nullable=False),
        sa.Column("touches", sa.BigInteger(), nullable=False),
        sa.Column("of_note", sa.BigInteger(), nullable=False),
        sa.Column("of_brand", sa.BigInteger(), nullable=False),
        sa.Column("of_merchant", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "note_id",
            "product_id",
            "day",
            "kind",
            "brand_id",
            "merchant_id",
            name=op.f("pk_insights_touch_day"),
        ),
    )
    for columns in (("brand_id", "day"), ("creator_id", "note_id")):
        _index("insights_touch_day", columns)
    op.create_table(
        "insights_counted",
        sa.Column("first_seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("first_seq <= last_seq", name=op.f("ck_insights_counted_order")),
        sa.PrimaryKeyConstraint("first_seq", name=op.f("pk_insights_counted")),
    )


def _name_touches() -> None:
    """Give every row of the touch log its token's nonce; what was written before has none."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    on_table = "" if on_sqlite else " ON touches_touch"
    op.execute(f"DROP TRIGGER touches_touch_no_update{on_table}")
    op.add_column(
        "touches_touch",
        sa.Column("nonce", sa.String(length=32), nullable=False, server_default=""),
    )
    # Rows of one touch were written at one instant, on one device.
    op.execute(
        "UPDATE touches_touch SET nonce ="
        " CAST(ts_ms AS VARCHAR(13)) || '-' || substr(device_id, length(device_id) - 11)"
    )
    if on_sqlite:
        refuse = "BEGIN SELECT RAISE(ABORT, 'touches_touch is append-only'); END"
    else:
        refuse = "FOR EACH ROW EXECUTE FUNCTION touches_touch_refuse()"
    op.execute(
        "CREATE TRIGGER touches_touch_no_update"
        f" BEFORE UPDATE OF {TOUCH_COLUMNS} ON touches_touch {refuse}"
    )
    op.create_index(
        "ix_touches_touch_unheld",
        "touches_touch",
        ["author_id", "ts_ms"],
        unique=False,
        sqlite_where=sa.text("token_ok = 0"),
        postgresql_where=sa.text("NOT token_ok"),
    )


def _index(table: str, columns: tuple[str, ...]) -> None:
    name = "_".join(f"{table}_{column}" for column in columns)
    op.create_index(op.f(f"ix_{name}"), table, list(columns), unique=False)


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before")
