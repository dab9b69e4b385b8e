"""Topics: how many notes have each, and how popular each is within one; an author's in order."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "discovery_topic",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("notes", sa.Integer(), nullable=False),
        sa.CheckConstraint("notes > 0", name=op.f("ck_discovery_topic_notes")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_discovery_topic")),
    )
    op.create_index(op.f("ix_discovery_topic_notes"), "discovery_topic", ["notes"], unique=False)
    op.execute(
        "INSERT INTO discovery_topic (name, notes)"
        " SELECT topic, count(*) FROM discovery_card_topic GROUP BY topic"
    )
    op.add_column(
        "discovery_card_topic",
        sa.Column("popularity", sa.BigInteger(), server_default="0", nullable=False),
    )
    op.execute(
        "UPDATE discovery_card_topic SET popularity = (SELECT popularity FROM discovery_card"
        " WHERE discovery_card.note_id = discovery_card_topic.note_id)"
        " WHERE note_id IN (SELECT note_id FROM discovery_card)"
    )
    op.create_index(
        "ix_discovery_card_topic_popular",
        "discovery_card_topic",
        ["topic", "popularity", "note_id"],
        unique=False,
    )
    op.drop_index("ix_discovery_card_author_id_discovery_card_published_at", "discovery_card")
    op.create_index(
        "ix_discovery_card_of_author",
        "discovery_card",
        ["author_id", "published_at", "note_id"],
        unique=False,
    )


def downgrade() -> None:
    raise NotImplementedError("restore the backup that was made before")
