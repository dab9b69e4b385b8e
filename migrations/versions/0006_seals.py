"""Seals: hashes over ranges of ledger entries and receipts, and which of them is the newest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = (
    "stream, sequence, first_place, last_place, row_count, manifest, previous, hash, sealed_at"
)


def upgrade() -> None:
    op.create_table(
        "platform_seal",
        sa.Column("stream", sa.String(length=20), nullable=False),
        sa.Column(
            "sequence",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("first_place", sa.String(length=120), nullable=False),
        sa.Column("last_place", sa.String(length=120), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "sequence", name=op.f("pk_platform_seal")),
    )
    op.create_table(
        "platform_seal_head",
        sa.Column("stream", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_platform_seal_head")),
    )
    op.create_index(
        op.f("ix_attribution_receipt_made_at"), "attribution_receipt", ["made_at"], unique=False
    )
    if op.get_bind().dialect.name == "sqlite":
        refuse = "BEGIN SELECT RAISE(ABORT, 'platform_seal is append-only'); END"
        op.execute(
            "CREATE TRIGGER platform_seal_no_update BEFORE UPDATE OF"
            f" {COLUMNS} ON platform_seal {refuse}"
        )
        op.execute(
            f"CREATE TRIGGER platform_seal_no_delete BEFORE DELETE ON platform_seal {refuse}"
        )
        return
    op.execute(
        "CREATE FUNCTION platform_seal_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'platform_seal is append-only'"
        " USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    row = "FOR EACH ROW EXECUTE FUNCTION platform_seal_refuse()"
    op.execute(
        f"CREATE TRIGGER platform_seal_no_update BEFORE UPDATE OF {COLUMNS} ON platform_seal {row}"
    )
    op.execute(f"CREATE TRIGGER platform_seal_no_delete BEFORE DELETE ON platform_seal {row}")
    op.execute(
        "CREATE TRIGGER platform_seal_no_truncate BEFORE TRUNCATE ON platform_seal"
        " FOR EACH STATEMENT EXECUTE FUNCTION platform_seal_refuse()"
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before")
