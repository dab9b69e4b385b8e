"""Begin: every table of the first rooms."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = {
    "accounts_creator_switch": "seq, account_id, is_on, at",
    "attribution_receipt": "line_id, number, stage, record, sha256, made_at",
    "catalogue_stock_move": "id, sku_id, ref, reason, on_hand_change, reserved_change, at",
    "ledger_entry": "seq, fact, step, at",
    "ledger_move": "entry_seq, position, source, target, amount_fen, kind, line_id",
    "orders_step": "id, order_id, what, amount_fen, note, by, at",
    "orders_txn": "provider, txn_id, charge_no, amount_fen, outcome, at",
    "programmes_terms": "id, merchant_id, version, rate_bp, from_at, set_by",
    "touches_link": "device_id, account_id, at",
    "touches_touch": "seq, ts_ms, kind, device_id, account_id, note_id, author_id, product_id, brand_id, merchant_id, token_ok",
}
"""Tables that refuse UPDATE of these columns, and every DELETE."""


def upgrade() -> None:
    op.create_table(
        "attribution_line",
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("buyer_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("sku_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("left_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_bp", sa.Integer(), nullable=False),
        sa.Column("instant_ms", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("regraded", sa.Boolean(), nullable=False),
        sa.CheckConstraint("left_fen BETWEEN 0 AND net_fen", name=op.f("ck_attribution_line_left")),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_attribution_line")),
    )
    with op.batch_alter_table("attribution_line", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attribution_line_brand_id"), ["brand_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_attribution_line_buyer_id"), ["buyer_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_attribution_line_merchant_id"), ["merchant_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_attribution_line_order_id"), ["order_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_attribution_line_regraded_attribution_line_paid_at"),
            ["regraded", "paid_at"],
            unique=False,
        )

    op.create_table(
        "catalogue_brand",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("handle", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("name_key", sa.String(length=160), nullable=False),
        sa.Column("about", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_brand")),
        sa.UniqueConstraint("handle", name=op.f("uq_catalogue_brand_handle")),
        sa.UniqueConstraint("name_key", name=op.f("uq_catalogue_brand_name_key")),
    )
    op.create_table(
        "catalogue_category",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("parent_id", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("path", sa.String(length=320), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["catalogue_category.id"],
            name=op.f("fk_catalogue_category_parent_id_catalogue_category"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_category")),
        sa.UniqueConstraint("path", name=op.f("uq_catalogue_category_path")),
    )
    with op.batch_alter_table("catalogue_category", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_category_parent_id"), ["parent_id"], unique=False
        )

    op.create_table(
        "catalogue_merchant",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("handle", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("about", sa.String(length=1000), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_merchant")),
        sa.UniqueConstraint("handle", name=op.f("uq_catalogue_merchant_handle")),
    )
    op.create_table(
        "discovery_card",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("popularity", sa.BigInteger(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_discovery_card")),
    )
    with op.batch_alter_table("discovery_card", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_discovery_card_author_id_discovery_card_published_at"),
            ["author_id", "published_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_discovery_card_popularity_discovery_card_note_id"),
            ["popularity", "note_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_discovery_card_published_at_discovery_card_note_id"),
            ["published_at", "note_id"],
            unique=False,
        )

    op.create_table(
        "discovery_card_topic",
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("topic", "note_id", name=op.f("pk_discovery_card_topic")),
    )
    with op.batch_alter_table("discovery_card_topic", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_discovery_card_topic_note_id"), ["note_id"], unique=False
        )

    op.create_table(
        "discovery_doc",
        sa.Column(
            "doc_no",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("doc_no", name=op.f("pk_discovery_doc")),
        sa.UniqueConstraint("kind", "id", name=op.f("uq_discovery_doc_kind_id")),
    )
    op.create_table(
        "insights_sale",
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("creator_id", sa.String(length=40), nullable=True),
        sa.Column("note_id", sa.String(length=40), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("commission_fen", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "refunded_fen BETWEEN 0 AND net_fen", name=op.f("ck_insights_sale_refunded")
        ),
        sa.PrimaryKeyConstraint("line_id", name=op.f("pk_insights_sale")),
    )
    with op.batch_alter_table("insights_sale", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_insights_sale_brand_id_insights_sale_paid_on"),
            ["brand_id", "paid_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_insights_sale_creator_id_insights_sale_paid_on"),
            ["creator_id", "paid_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_insights_sale_note_id_insights_sale_paid_on"),
            ["note_id", "paid_on"],
            unique=False,
        )

    op.create_table(
        "insights_touch_day",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("creator_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("touches", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "note_id", "product_id", "day", "kind", name=op.f("pk_insights_touch_day")
        ),
    )
    with op.batch_alter_table("insights_touch_day", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_insights_touch_day_brand_id_insights_touch_day_day"),
            ["brand_id", "day"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_insights_touch_day_creator_id"), ["creator_id"], unique=False
        )

    op.create_table(
        "ledger_balance",
        sa.Column("account", sa.String(length=80), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "CASE WHEN account LIKE '%NULL' THEN amount_fen <= 0 ELSE amount_fen >= 0 END",
            name=op.f("ck_ledger_balance_side"),
        ),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_ledger_balance")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("fact", sa.String(length=140), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_ledger_entry")),
        sa.UniqueConstraint("fact", "step", name=op.f("uq_ledger_entry_fact_step")),
    )
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_entry_at"), ["at"], unique=False)

    op.create_table(
        "orders_cart_line",
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("sku_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.String(length=40), nullable=True),
        sa.Column("added_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("quantity BETWEEN 1 AND 99", name=op.f("ck_orders_cart_line_quantity")),
        sa.PrimaryKeyConstraint("account_id", "sku_id", name=op.f("pk_orders_cart_line")),
    )
    op.create_table(
        "orders_checkout",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("buyer_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("instant_ms", sa.BigInteger(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("lapses_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('placed', 'paid', 'lapsed', 'cancelled')",
            name=op.f("ck_orders_checkout_state"),
        ),
        sa.CheckConstraint("total_fen > 0", name=op.f("ck_orders_checkout_total")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_checkout")),
    )
    with op.batch_alter_table("orders_checkout", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_checkout_buyer_id"), ["buyer_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_orders_checkout_state_orders_checkout_lapses_at"),
            ["state", "lapses_at"],
            unique=False,
        )

    op.create_table(
        "orders_txn",
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("txn_id", sa.String(length=80), nullable=False),
        sa.Column("charge_no", sa.String(length=80), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('fits', 'unknown', 'wrong-sum', 'too-late', 'twice')",
            name=op.f("ck_orders_txn_outcome"),
        ),
        sa.PrimaryKeyConstraint("provider", "txn_id", name=op.f("pk_orders_txn")),
    )
    with op.batch_alter_table("orders_txn", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_txn_charge_no"), ["charge_no"], unique=False)

    op.create_table(
        "pictures_picture",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("color", sa.String(length=7), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("width >= 64 AND height >= 64", name=op.f("ck_pictures_picture_sides")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pictures_picture")),
        sa.UniqueConstraint("owner_id", "digest", name=op.f("uq_pictures_picture_owner_id_digest")),
    )
    with op.batch_alter_table("pictures_picture", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_pictures_picture_owner_id_pictures_picture_made_at"),
            ["owner_id", "made_at"],
            unique=False,
        )

    op.create_table(
        "platform_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("offset_seconds", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_clock")),
    )
    op.create_table(
        "platform_idempotency",
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "scope", "key", name=op.f("pk_platform_idempotency")),
    )
    with op.batch_alter_table("platform_idempotency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_platform_idempotency_at"), ["at"], unique=False)

    op.create_table(
        "platform_job",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_platform_job")),
    )
    op.create_table(
        "platform_lease",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("holder", sa.String(length=60), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_platform_lease")),
    )
    op.create_table(
        "platform_outbox",
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=40), nullable=False),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("fanned_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_platform_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_platform_outbox_event_id")),
    )
    with op.batch_alter_table("platform_outbox", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_platform_outbox_fanned_at_platform_outbox_position"),
            ["fanned_at", "position"],
            unique=False,
        )

    op.create_table(
        "touches_link",
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("device_id", "account_id", name=op.f("pk_touches_link")),
    )
    with op.batch_alter_table("touches_link", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_touches_link_account_id_touches_link_at"),
            ["account_id", "at"],
            unique=False,
        )

    op.create_table(
        "touches_spent",
        sa.Column("nonce", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ts_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("nonce", "kind", name=op.f("pk_touches_spent")),
    )
    with op.batch_alter_table("touches_spent", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_touches_spent_ts_ms"), ["ts_ms"], unique=False)

    op.create_table(
        "touches_touch",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("ts_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=True),
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("token_ok", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('open', 'tag_click', 'save', 'share_open')",
            name=op.f("ck_touches_touch_kind"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_touches_touch")),
    )
    with op.batch_alter_table("touches_touch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_touches_touch_account_id_touches_touch_ts_ms"),
            ["account_id", "ts_ms"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_touches_touch_device_id_touches_touch_ts_ms"),
            ["device_id", "ts_ms"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_touches_touch_note_id"), ["note_id"], unique=False)

    op.create_table(
        "accounts_account",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("handle", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("bio", sa.String(length=300), nullable=False),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.String(length=64), nullable=True),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("avatar_picture_id", sa.String(length=40), nullable=True),
        sa.Column("is_creator", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("demo_role", sa.String(length=12), nullable=False),
        sa.Column("followers", sa.Integer(), nullable=False),
        sa.Column("following", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("banned_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("followers >= 0", name=op.f("ck_accounts_account_followers")),
        sa.CheckConstraint("following >= 0", name=op.f("ck_accounts_account_following")),
        sa.ForeignKeyConstraint(
            ["avatar_picture_id"],
            ["pictures_picture.id"],
            name=op.f("fk_accounts_account_avatar_picture_id_pictures_picture"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_account")),
        sa.UniqueConstraint("email_index", name=op.f("uq_accounts_account_email_index")),
        sa.UniqueConstraint("handle", name=op.f("uq_accounts_account_handle")),
        sa.UniqueConstraint("phone_index", name=op.f("uq_accounts_account_phone_index")),
    )
    op.create_table(
        "attribution_receipt",
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=8), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "stage IN ('paid', 'grace', 'release')", name=op.f("ck_attribution_receipt_stage")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["attribution_line.line_id"],
            name=op.f("fk_attribution_receipt_line_id_attribution_line"),
        ),
        sa.PrimaryKeyConstraint("line_id", "number", name=op.f("pk_attribution_receipt")),
    )
    op.create_table(
        "attribution_share",
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("touch_id", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("creator_id", sa.String(length=40), nullable=False),
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("age_ms", sa.BigInteger(), nullable=False),
        sa.Column("commission_bp", sa.Integer(), nullable=False),
        sa.Column("rate_at_touch_bp", sa.Integer(), nullable=False),
        sa.Column("rate_at_order_bp", sa.Integer(), nullable=False),
        sa.Column("credited_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "commission_bp BETWEEN 0 AND 10000", name=op.f("ck_attribution_share_rate")
        ),
        sa.CheckConstraint("credited_fen >= 0", name=op.f("ck_attribution_share_credited")),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["attribution_line.line_id"],
            name=op.f("fk_attribution_share_line_id_attribution_line"),
        ),
        sa.PrimaryKeyConstraint("line_id", "touch_id", name=op.f("pk_attribution_share")),
    )
    with op.batch_alter_table("attribution_share", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attribution_share_creator_id_attribution_share_line_id"),
            ["creator_id", "line_id"],
            unique=False,
        )

    op.create_table(
        "attribution_verdict",
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("touch_id", sa.String(length=20), nullable=False),
        sa.Column("creator_id", sa.String(length=40), nullable=False),
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("ts_ms", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["attribution_line.line_id"],
            name=op.f("fk_attribution_verdict_line_id_attribution_line"),
        ),
        sa.PrimaryKeyConstraint("line_id", "touch_id", name=op.f("pk_attribution_verdict")),
    )
    with op.batch_alter_table("attribution_verdict", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_attribution_verdict_creator_id_attribution_verdict_verdict"),
            ["creator_id", "verdict"],
            unique=False,
        )

    op.create_table(
        "catalogue_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=True),
        sa.Column("brand_id", sa.String(length=40), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "(merchant_id IS NULL) <> (brand_id IS NULL)", name=op.f("ck_catalogue_member_one")
        ),
        sa.ForeignKeyConstraint(
            ["brand_id"],
            ["catalogue_brand.id"],
            name=op.f("fk_catalogue_member_brand_id_catalogue_brand"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["catalogue_merchant.id"],
            name=op.f("fk_catalogue_member_merchant_id_catalogue_merchant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_member")),
        sa.UniqueConstraint("account_id", "brand_id", name="uq_catalogue_member_account_id_brand"),
        sa.UniqueConstraint(
            "account_id", "merchant_id", name=op.f("uq_catalogue_member_account_id_merchant_id")
        ),
    )
    with op.batch_alter_table("catalogue_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_member_brand_id"), ["brand_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_catalogue_member_merchant_id"), ["merchant_id"], unique=False
        )

    op.create_table(
        "catalogue_product",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("category_id", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("picture_id", sa.String(length=40), nullable=True),
        sa.Column("picture_urls", sa.JSON(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["brand_id"],
            ["catalogue_brand.id"],
            name=op.f("fk_catalogue_product_brand_id_catalogue_brand"),
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["catalogue_category.id"],
            name=op.f("fk_catalogue_product_category_id_catalogue_category"),
        ),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["catalogue_merchant.id"],
            name=op.f("fk_catalogue_product_merchant_id_catalogue_merchant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_product")),
    )
    with op.batch_alter_table("catalogue_product", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_product_brand_id_catalogue_product_id"),
            ["brand_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_catalogue_product_category_id_catalogue_product_id"),
            ["category_id", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_catalogue_product_merchant_id_catalogue_product_id"),
            ["merchant_id", "id"],
            unique=False,
        )

    op.create_table(
        "ledger_move",
        sa.Column(
            "entry_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("target", sa.String(length=80), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("line_id", sa.String(length=40), nullable=True),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_ledger_move_amount")),
        sa.CheckConstraint("source <> target", name=op.f("ck_ledger_move_ends")),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["ledger_entry.seq"], name=op.f("fk_ledger_move_entry_seq_ledger_entry")
        ),
        sa.PrimaryKeyConstraint("entry_seq", "position", name=op.f("pk_ledger_move")),
    )
    with op.batch_alter_table("ledger_move", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ledger_move_line_id"), ["line_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_ledger_move_source_ledger_move_entry_seq"),
            ["source", "entry_seq"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_ledger_move_target_ledger_move_entry_seq"),
            ["target", "entry_seq"],
            unique=False,
        )

    op.create_table(
        "orders_order",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("checkout_id", sa.String(length=40), nullable=False),
        sa.Column("buyer_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("goods_fen", sa.BigInteger(), nullable=False),
        sa.Column("freight_fen", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("placed_at", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.Column("shipped_at", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("carrier", sa.String(length=40), nullable=True),
        sa.Column("tracking_no", sa.String(length=60), nullable=True),
        sa.CheckConstraint(
            "state IN ('placed', 'paid', 'shipped', 'received', 'completed', 'lapsed', 'cancelled')",
            name=op.f("ck_orders_order_state"),
        ),
        sa.CheckConstraint("goods_fen > 0 AND freight_fen >= 0", name=op.f("ck_orders_order_sums")),
        sa.ForeignKeyConstraint(
            ["checkout_id"],
            ["orders_checkout.id"],
            name=op.f("fk_orders_order_checkout_id_orders_checkout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_order")),
        sa.UniqueConstraint(
            "checkout_id", "merchant_id", name=op.f("uq_orders_order_checkout_id_merchant_id")
        ),
    )
    with op.batch_alter_table("orders_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_orders_order_buyer_id_orders_order_id"), ["buyer_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_orders_order_merchant_id_orders_order_state_orders_order_id"),
            ["merchant_id", "state", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_orders_order_state_orders_order_received_at"),
            ["state", "received_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_orders_order_state_orders_order_shipped_at"),
            ["state", "shipped_at"],
            unique=False,
        )

    op.create_table(
        "orders_payment",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("checkout_id", sa.String(length=40), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("txn_id", sa.String(length=80), nullable=True),
        sa.Column("opened_at", sa.BigInteger(), nullable=True),
        sa.Column("paid_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(state = 'paid') = (txn_id IS NOT NULL)", name=op.f("ck_orders_payment_txn")
        ),
        sa.CheckConstraint(
            "state IN ('waiting', 'paid', 'closed')", name=op.f("ck_orders_payment_state")
        ),
        sa.ForeignKeyConstraint(
            ["checkout_id"],
            ["orders_checkout.id"],
            name=op.f("fk_orders_payment_checkout_id_orders_checkout"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_payment")),
        sa.UniqueConstraint("checkout_id", name=op.f("uq_orders_payment_checkout_id")),
    )
    with op.batch_alter_table("orders_payment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_orders_payment_state_orders_payment_opened_at"),
            ["state", "opened_at"],
            unique=False,
        )

    op.create_table(
        "platform_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subscriber", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("done_at", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'done', 'parked')", name=op.f("ck_platform_delivery_state")
        ),
        sa.ForeignKeyConstraint(
            ["position"],
            ["platform_outbox.position"],
            name=op.f("fk_platform_delivery_position_platform_outbox"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_delivery")),
        sa.UniqueConstraint(
            "position", "subscriber", name=op.f("uq_platform_delivery_position_subscriber")
        ),
    )
    with op.batch_alter_table("platform_delivery", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f(
                "ix_platform_delivery_subscriber_platform_delivery_state_platform_delivery_id"
            ),
            ["subscriber", "state", "id"],
            unique=False,
        )

    op.create_table(
        "programmes_terms",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rate_bp", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.CheckConstraint("rate_bp BETWEEN 0 AND 3000", name=op.f("ck_programmes_terms_rate")),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["catalogue_merchant.id"],
            name=op.f("fk_programmes_terms_merchant_id_catalogue_merchant"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programmes_terms")),
        sa.UniqueConstraint(
            "merchant_id", "version", name=op.f("uq_programmes_terms_merchant_id_version")
        ),
    )
    with op.batch_alter_table("programmes_terms", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_programmes_terms_merchant_id_programmes_terms_from_at"),
            ["merchant_id", "from_at"],
            unique=False,
        )

    op.create_table(
        "accounts_address",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts_account.id"],
            name=op.f("fk_accounts_address_account_id_accounts_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts_address")),
    )
    with op.batch_alter_table("accounts_address", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_address_account_id"), ["account_id"], unique=False
        )

    op.create_table(
        "accounts_creator_switch",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts_account.id"],
            name=op.f("fk_accounts_creator_switch_account_id_accounts_account"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_accounts_creator_switch")),
    )
    with op.batch_alter_table("accounts_creator_switch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_creator_switch_account_id_accounts_creator_switch_at"),
            ["account_id", "at"],
            unique=False,
        )

    op.create_table(
        "accounts_follow",
        sa.Column("follower_id", sa.String(length=40), nullable=False),
        sa.Column("followed_id", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("follower_id <> followed_id", name=op.f("ck_accounts_follow_other")),
        sa.ForeignKeyConstraint(
            ["followed_id"],
            ["accounts_account.id"],
            name=op.f("fk_accounts_follow_followed_id_accounts_account"),
        ),
        sa.ForeignKeyConstraint(
            ["follower_id"],
            ["accounts_account.id"],
            name=op.f("fk_accounts_follow_follower_id_accounts_account"),
        ),
        sa.PrimaryKeyConstraint("follower_id", "followed_id", name=op.f("pk_accounts_follow")),
    )
    with op.batch_alter_table("accounts_follow", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_follow_followed_id_accounts_follow_follower_id"),
            ["followed_id", "follower_id"],
            unique=False,
        )

    op.create_table(
        "accounts_session",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("device_id", sa.String(length=40), nullable=False),
        sa.Column("agent", sa.String(length=40), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts_account.id"],
            name=op.f("fk_accounts_session_account_id_accounts_account"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_accounts_session")),
        sa.UniqueConstraint("id", name=op.f("uq_accounts_session_id")),
    )
    with op.batch_alter_table("accounts_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_session_account_id_accounts_session_ended_at"),
            ["account_id", "ended_at"],
            unique=False,
        )

    op.create_table(
        "accounts_token",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("scopes", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts_account.id"],
            name=op.f("fk_accounts_token_account_id_accounts_account"),
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_accounts_token")),
        sa.UniqueConstraint("id", name=op.f("uq_accounts_token_id")),
    )
    with op.batch_alter_table("accounts_token", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_accounts_token_account_id_accounts_token_ended_at"),
            ["account_id", "ended_at"],
            unique=False,
        )

    op.create_table(
        "catalogue_sku",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_catalogue_sku_on_hand")),
        sa.CheckConstraint("price_fen >= 1", name=op.f("ck_catalogue_sku_price")),
        sa.CheckConstraint("reserved <= on_hand", name=op.f("ck_catalogue_sku_promised")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_catalogue_sku_reserved")),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["catalogue_merchant.id"],
            name=op.f("fk_catalogue_sku_merchant_id_catalogue_merchant"),
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["catalogue_product.id"],
            name=op.f("fk_catalogue_sku_product_id_catalogue_product"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_sku")),
        sa.UniqueConstraint("merchant_id", "code", name=op.f("uq_catalogue_sku_merchant_id_code")),
    )
    with op.batch_alter_table("catalogue_sku", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_sku_product_id"), ["product_id"], unique=False
        )

    op.create_table(
        "content_note",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("title", sa.String(length=20), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("likes", sa.Integer(), nullable=False),
        sa.Column("collects", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=False),
        sa.Column("edited_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("state IN ('published', 'deleted')", name=op.f("ck_content_note_state")),
        sa.CheckConstraint("likes >= 0 AND collects >= 0", name=op.f("ck_content_note_counts")),
        sa.ForeignKeyConstraint(
            ["author_id"],
            ["accounts_account.id"],
            name=op.f("fk_content_note_author_id_accounts_account"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_note")),
    )
    with op.batch_alter_table("content_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_content_note_author_id_content_note_state_content_note_id"),
            ["author_id", "state", "id"],
            unique=False,
        )

    op.create_table(
        "orders_allocation",
        sa.Column("payment_id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders_order.id"],
            name=op.f("fk_orders_allocation_order_id_orders_order"),
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"],
            ["orders_payment.id"],
            name=op.f("fk_orders_allocation_payment_id_orders_payment"),
        ),
        sa.PrimaryKeyConstraint("payment_id", "order_id", name=op.f("pk_orders_allocation")),
    )
    op.create_table(
        "orders_line",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("brand_id", sa.String(length=40), nullable=False),
        sa.Column("sku_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sku_name", sa.String(length=100), nullable=False),
        sa.Column("price_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("net_fen", sa.BigInteger(), nullable=False),
        sa.Column("fee_bp", sa.Integer(), nullable=False),
        sa.Column("refunded_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunding_fen", sa.BigInteger(), nullable=False),
        sa.Column("refunded_quantity", sa.Integer(), nullable=False),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("fee_bp BETWEEN 0 AND 10000", name=op.f("ck_orders_line_fee")),
        sa.CheckConstraint(
            "quantity > 0 AND price_fen > 0 AND net_fen > 0", name=op.f("ck_orders_line_sums")
        ),
        sa.CheckConstraint(
            "refunded_fen >= 0 AND refunding_fen >= 0 AND refunded_fen + refunding_fen <= net_fen",
            name=op.f("ck_orders_line_refunds"),
        ),
        sa.CheckConstraint(
            "refunded_quantity >= 0 AND refunded_quantity <= quantity",
            name=op.f("ck_orders_line_refunded_quantity"),
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders_order.id"], name=op.f("fk_orders_line_order_id_orders_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_line")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_orders_line_order_id_position")),
    )
    with op.batch_alter_table("orders_line", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_line_order_id"), ["order_id"], unique=False)

    op.create_table(
        "orders_refund",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=True),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("txn_id", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.String(length=40), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('asked', 'refused', 'granted', 'confirmed', 'failed')",
            name=op.f("ck_orders_refund_state"),
        ),
        sa.CheckConstraint("amount_fen > 0", name=op.f("ck_orders_refund_amount")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders_order.id"], name=op.f("fk_orders_refund_order_id_orders_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_refund")),
    )
    with op.batch_alter_table("orders_refund", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_orders_refund_order_id"), ["order_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_orders_refund_state_orders_refund_asked_at"),
            ["state", "asked_at"],
            unique=False,
        )

    op.create_table(
        "orders_step",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.String(length=40), nullable=False),
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=10), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders_order.id"], name=op.f("fk_orders_step_order_id_orders_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders_step")),
    )
    with op.batch_alter_table("orders_step", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_orders_step_order_id_orders_step_id"), ["order_id", "id"], unique=False
        )

    op.create_table(
        "catalogue_imported",
        sa.Column("merchant_id", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("sku_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["merchant_id"],
            ["catalogue_merchant.id"],
            name=op.f("fk_catalogue_imported_merchant_id_catalogue_merchant"),
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"],
            ["catalogue_sku.id"],
            name=op.f("fk_catalogue_imported_sku_id_catalogue_sku"),
        ),
        sa.PrimaryKeyConstraint("merchant_id", "code", name=op.f("pk_catalogue_imported")),
    )
    with op.batch_alter_table("catalogue_imported", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_catalogue_imported_sku_id"), ["sku_id"], unique=False)

    op.create_table(
        "catalogue_stock_move",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("sku_id", sa.String(length=40), nullable=False),
        sa.Column("ref", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=9), nullable=False),
        sa.Column("on_hand_change", sa.Integer(), nullable=False),
        sa.Column("reserved_change", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "reason IN ('opening', 'adjust', 'import', 'reserve', 'unreserve', 'sell', 'restock')",
            name=op.f("ck_catalogue_stock_move_reason"),
        ),
        sa.ForeignKeyConstraint(
            ["sku_id"],
            ["catalogue_sku.id"],
            name=op.f("fk_catalogue_stock_move_sku_id_catalogue_sku"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalogue_stock_move")),
        sa.UniqueConstraint(
            "ref", "sku_id", "reason", name=op.f("uq_catalogue_stock_move_ref_sku_id_reason")
        ),
    )
    with op.batch_alter_table("catalogue_stock_move", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_catalogue_stock_move_sku_id"), ["sku_id"], unique=False
        )

    op.create_table(
        "content_note_flag",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=10), nullable=False),
        sa.Column("rule", sa.String(length=40), nullable=False),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"], ["content_note.id"], name=op.f("fk_content_note_flag_note_id_content_note")
        ),
        sa.PrimaryKeyConstraint("note_id", "position", name=op.f("pk_content_note_flag")),
    )
    op.create_table(
        "content_note_picture",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("picture_id", sa.String(length=40), nullable=False),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"],
            ["content_note.id"],
            name=op.f("fk_content_note_picture_note_id_content_note"),
        ),
        sa.ForeignKeyConstraint(
            ["picture_id"],
            ["pictures_picture.id"],
            name=op.f("fk_content_note_picture_picture_id_pictures_picture"),
        ),
        sa.PrimaryKeyConstraint("note_id", "position", name=op.f("pk_content_note_picture")),
    )
    op.create_table(
        "content_note_tag",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("product_id", sa.String(length=40), nullable=False),
        sa.Column("picture", sa.Integer(), nullable=False),
        sa.Column("x", sa.Float(), nullable=False),
        sa.Column("y", sa.Float(), nullable=False),
        sa.CheckConstraint(
            "x BETWEEN 0 AND 1 AND y BETWEEN 0 AND 1", name=op.f("ck_content_note_tag_place")
        ),
        sa.ForeignKeyConstraint(
            ["note_id"], ["content_note.id"], name=op.f("fk_content_note_tag_note_id_content_note")
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["catalogue_product.id"],
            name=op.f("fk_content_note_tag_product_id_catalogue_product"),
        ),
        sa.PrimaryKeyConstraint("note_id", "position", name=op.f("pk_content_note_tag")),
    )
    with op.batch_alter_table("content_note_tag", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_content_note_tag_product_id_content_note_tag_note_id"),
            ["product_id", "note_id"],
            unique=False,
        )

    op.create_table(
        "content_note_topic",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"],
            ["content_note.id"],
            name=op.f("fk_content_note_topic_note_id_content_note"),
        ),
        sa.PrimaryKeyConstraint("note_id", "position", name=op.f("pk_content_note_topic")),
    )
    with op.batch_alter_table("content_note_topic", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_content_note_topic_name_content_note_topic_note_id"),
            ["name", "note_id"],
            unique=False,
        )

    op.create_table(
        "content_reaction",
        sa.Column("note_id", sa.String(length=40), nullable=False),
        sa.Column("account_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('like', 'collect')", name=op.f("ck_content_reaction_kind")),
        sa.ForeignKeyConstraint(
            ["note_id"], ["content_note.id"], name=op.f("fk_content_reaction_note_id_content_note")
        ),
        sa.PrimaryKeyConstraint("note_id", "account_id", "kind", name=op.f("pk_content_reaction")),
    )
    with op.batch_alter_table("content_reaction", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_content_reaction_account_id_content_reaction_kind_content_reaction_at"),
            ["account_id", "kind", "at"],
            unique=False,
        )

    op.create_table(
        "orders_refund_part",
        sa.Column("refund_id", sa.String(length=40), nullable=False),
        sa.Column("line_id", sa.String(length=40), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "amount_fen > 0 AND quantity >= 0", name=op.f("ck_orders_refund_part_sums")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["orders_line.id"], name=op.f("fk_orders_refund_part_line_id_orders_line")
        ),
        sa.ForeignKeyConstraint(
            ["refund_id"],
            ["orders_refund.id"],
            name=op.f("fk_orders_refund_part_refund_id_orders_refund"),
        ),
        sa.PrimaryKeyConstraint("refund_id", "line_id", name=op.f("pk_orders_refund_part")),
    )
    for table, columns in APPEND_ONLY.items():
        _refuse_changes(table, columns)


def _refuse_changes(table: str, columns: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        update = f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} {refuse}"
        op.execute(update)
        op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    call = f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE OF {columns} ON {table} {call}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {call}")


def downgrade() -> None:
    raise NotImplementedError("the first revision is not undone; remove the data folder instead")
