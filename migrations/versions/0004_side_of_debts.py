"""Side of debts: what a person owes stands below zero; the first rule held it above.

Its colon was read as a parameter, so that no account was ever taken for a debt's.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = "ck_ledger_balance_side"
SIDE = "CASE WHEN account LIKE '%\\:receivable' THEN amount_fen <= 0 ELSE amount_fen >= 0 END"


def upgrade() -> None:
    # On SQLite the table is made anew, and what it held is copied.
    with op.batch_alter_table("ledger_balance") as batch:
        batch.drop_constraint(op.f(NAME), type_="check")
        batch.create_check_constraint(op.f(NAME), sa.text(SIDE))


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before")
