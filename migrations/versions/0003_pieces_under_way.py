"""Pieces under way: so many of a line's pieces are being asked back, as its money is."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # With the pieces of what is under way; as many of them as there are.
    op.execute(
        "ALTER TABLE orders_line ADD COLUMN refunding_quantity INTEGER NOT NULL DEFAULT 0"
        " CONSTRAINT ck_orders_line_refunding_quantity CHECK"
        " (refunding_quantity >= 0 AND refunded_quantity + refunding_quantity <= quantity)"
    )
    op.execute(
        "UPDATE orders_line SET refunding_quantity = (SELECT"
        " CASE WHEN coalesce(sum(part.quantity), 0) > orders_line.quantity - orders_line.refunded_quantity"
        " THEN orders_line.quantity - orders_line.refunded_quantity ELSE coalesce(sum(part.quantity), 0) END"
        " FROM orders_refund_part part JOIN orders_refund refund ON refund.id = part.refund_id"
        " WHERE part.line_id = orders_line.id AND refund.state IN ('asked', 'granted'))"
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before")
