"""Room for names: what is copied from another table is given as much room as it has there.

SQLite holds nothing to its length, and keeps the one that a table was made with.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WIDER = (
    ("content_note_flag", "field", 20),
    ("discovery_doc", "id", 120),
    ("orders_line", "name", 300),
    ("orders_line", "sku_name", 120),
    ("platform_delivery", "key", 140),
    ("platform_outbox", "key", 140),
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column, length in WIDER:
        op.alter_column(table, column, type_=sa.String(length=length))
