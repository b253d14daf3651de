"""what the shop sells: categories, products, prices, stock, and the words to find them by"""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect, unprotect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql")
APPEND_ONLY = ("price", "stock_movement")
TABLES = (
    "attribute",
    "category",
    "near_word",
    "category_slug",
    "product",
    "product_attribute",
    "product_category",
    "product_name",
    "product_slug",
    "product_taken",
    "product_word",
    "variant",
    "member_price",
    "price",
    "product_image",
    "stock",
    "stock_movement",
    "stock_reservation",
    "stock_wish",
)


def upgrade() -> None:
    op.create_table(
        "attribute",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=6), nullable=False),
        sa.Column("unit", sa.String(length=16), nullable=False),
        sa.Column("is_filter", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('text', 'number')", name=op.f("ck_attribute_kind_known")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_attribute")),
    )
    op.create_table(
        "category",
        sa.Column("id", BIG, nullable=False),
        sa.Column("parent_id", BIG, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("slugs", sa.JSON(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("earns_points", sa.Boolean(), nullable=False),
        sa.Column("takes_points", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("parent_id <> id", name=op.f("ck_category_not_its_own_parent")),
        sa.ForeignKeyConstraint(["parent_id"], ["category.id"], name=op.f("fk_category_parent_id_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_category_parent_id", "category", ["parent_id", "position"])
    op.create_table(
        "near_word",
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("rest", WORD, nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.PrimaryKeyConstraint("language", "rest", "word", name=op.f("pk_near_word")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "category_slug",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("category_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_category_slug_category_id_category")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_category_slug")),
    )
    op.create_index(op.f("ix_category_slug_category_id"), "category_slug", ["category_id"])
    op.create_table(
        "product",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("short", sa.JSON(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("slugs", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("live_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("visible_from", sa.Date(), nullable=True),
        sa.Column("visible_until", sa.Date(), nullable=True),
        sa.Column("category_id", BIG, nullable=True),
        sa.Column("tax_class", sa.String(length=13), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("limit_per_member", sa.Integer(), nullable=True),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("takes_tier_discount", sa.Boolean(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("public_price", BIG, nullable=True),
        sa.Column("priced_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'live', 'archived')", name=op.f("ck_product_state_known")),
        sa.CheckConstraint(
            "tax_class IN ('standard', 'reduced', 'super_reduced', 'zero')", name=op.f("ck_product_tax_class_known")
        ),
        sa.CheckConstraint("limit_per_member > 0 AND min_age > 0", name=op.f("ck_product_limits_positive")),
        sa.CheckConstraint("public_price >= 0", name=op.f("ck_product_public_price_positive")),
        sa.CheckConstraint(
            "visible_until IS NULL OR visible_until >= visible_from", name=op.f("ck_product_visible_in_order")
        ),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_product_category_id_category")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_product_made_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_product_category_id"), "product", ["category_id"])
    op.create_index("ix_product_state_live_since", "product", ["state", "live_since", "id"])
    op.create_index("ix_product_state_public_price", "product", ["state", "public_price", "id"])
    op.create_table(
        "product_attribute",
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("value_key", WORD, nullable=False),
        sa.Column("number", BIG, nullable=True),
        sa.ForeignKeyConstraint(["key"], ["attribute.key"], name=op.f("fk_product_attribute_key_attribute")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_attribute_product_id_product")),
        sa.PrimaryKeyConstraint("product_id", "key", name=op.f("pk_product_attribute")),
    )
    op.create_index("ix_product_attribute_key", "product_attribute", ["key", "value_key", "product_id"])
    op.create_table(
        "product_category",
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("category_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_product_category_category_id_category")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_category_product_id_product")),
        sa.PrimaryKeyConstraint("product_id", "category_id", name=op.f("pk_product_category")),
    )
    op.create_index("ix_product_category_category_id", "product_category", ["category_id", "product_id"])
    op.create_table(
        "product_name",
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("sort_key", WORD, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_name_product_id_product")),
        sa.PrimaryKeyConstraint("product_id", "language", name=op.f("pk_product_name")),
    )
    op.create_index("ix_product_name_sort_key", "product_name", ["language", "sort_key", "product_id"])
    op.create_table(
        "product_slug",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_slug_product_id_product")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_product_slug")),
    )
    op.create_index(op.f("ix_product_slug_product_id"), "product_slug", ["product_id"])
    op.create_table(
        "product_taken",
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity >= 0", name=op.f("ck_product_taken_quantity_positive")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_product_taken_person_id_person")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_taken_product_id_product")),
        sa.PrimaryKeyConstraint("product_id", "person_id", name=op.f("pk_product_taken")),
    )
    op.create_table(
        "product_word",
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("word", WORD, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_word_product_id_product")),
        sa.PrimaryKeyConstraint("language", "word", "product_id", name=op.f("pk_product_word")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_product_word_product_id", "product_word", ["product_id"])
    op.create_table(
        "variant",
        sa.Column("id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sku", sa.String(length=40), nullable=False),
        sa.Column("sku_key", sa.String(length=40), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("choice_key", sa.String(length=250), nullable=False),
        sa.Column("content", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=5), nullable=True),
        sa.Column("weight_grams", sa.Integer(), nullable=False),
        sa.Column("sold_in", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("unit IN ('l', 'kg', 'm', 'm2', 'piece')", name=op.f("ck_variant_unit_known")),
        sa.CheckConstraint("(content = 0) = (unit IS NULL)", name=op.f("ck_variant_content_has_unit")),
        sa.CheckConstraint(
            "content >= 0 AND weight_grams >= 0 AND sold_in > 0", name=op.f("ck_variant_sizes_positive")
        ),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_variant_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sa.UniqueConstraint("product_id", "choice_key", name=op.f("uq_variant_product_id_choice_key")),
        sa.UniqueConstraint("sku_key", name=op.f("uq_variant_sku_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "member_price",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=True),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("amount", BIG, nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", BIG, nullable=True),
        sa.CheckConstraint("(amount IS NULL) <> (percent IS NULL)", name=op.f("ck_member_price_one_way")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_member_price_amount_positive")),
        sa.CheckConstraint("min_quantity > 0", name=op.f("ck_member_price_quantity_positive")),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_member_price_percent_range")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_member_price_person_id_person")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_member_price_product_id_product")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_member_price_set_by_account")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_member_price_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_price")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_member_price_person_id", "member_price", ["person_id", "product_id"])
    op.create_index("ix_member_price_product_id", "member_price", ["product_id"])
    op.create_table(
        "price",
        sa.Column("id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=True),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("min_quantity", sa.Integer(), nullable=False),
        sa.Column("amount", BIG, nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", BIG, nullable=True),
        sa.CheckConstraint("(kind = 'tier') = (rung_key IS NOT NULL)", name=op.f("ck_price_tier_has_rung")),
        sa.CheckConstraint("kind <> 'sale' OR until_on IS NOT NULL", name=op.f("ck_price_sale_ends")),
        sa.CheckConstraint("kind IN ('base', 'sale', 'tier')", name=op.f("ck_price_kind_known")),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_price_amount_positive")),
        sa.CheckConstraint("amount IS NULL OR percent IS NULL", name=op.f("ck_price_one_way")),
        sa.CheckConstraint("min_quantity > 0", name=op.f("ck_price_quantity_positive")),
        sa.CheckConstraint("percent BETWEEN 1 AND 100", name=op.f("ck_price_percent_range")),
        sa.CheckConstraint("until_on IS NULL OR until_on >= from_on", name=op.f("ck_price_days_in_order")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_price_product_id_product")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_price_set_by_account")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_price_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_price_from_on", "price", ["from_on"])
    op.create_index("ix_price_product_id", "price", ["product_id", "id"])
    op.create_index("ix_price_until_on", "price", ["until_on"])
    op.create_table(
        "product_image",
        sa.Column("id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("file", sa.String(length=80), nullable=False),
        sa.Column("alt", sa.JSON(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("sizes", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name=op.f("ck_product_image_state_known")),
        sa.CheckConstraint("width > 0 AND height > 0", name=op.f("ck_product_image_sizes_positive")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_image_product_id_product")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_product_image_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_image")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_product_image_product_id", "product_image", ["product_id", "position", "id"])
    op.create_index("ix_product_image_state", "product_image", ["state", "id"])
    op.create_table(
        "stock",
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("on_hand", sa.Integer(), nullable=False),
        sa.Column("reserved", sa.Integer(), nullable=False),
        sa.Column("back_order_limit", sa.Integer(), nullable=False),
        sa.Column("low_mark", sa.Integer(), nullable=False),
        sa.Column("is_counted", sa.Boolean(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "NOT is_counted OR on_hand - reserved + back_order_limit + missing >= 0",
            name=op.f("ck_stock_never_oversold"),
        ),
        sa.CheckConstraint(
            "back_order_limit >= 0 AND low_mark >= 0 AND missing >= 0", name=op.f("ck_stock_limits_positive")
        ),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_stock_reserved_positive")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_variant_id_variant")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_stock")),
    )
    op.create_index(
        "ix_stock_missing",
        "stock",
        ["variant_id"],
        sqlite_where=sa.text("missing > 0"),
        postgresql_where=sa.text("missing > 0"),
    )
    op.create_table(
        "stock_movement",
        sa.Column("id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=10), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("on_hand_after", sa.Integer(), nullable=False),
        sa.Column("cause_kind", sa.String(length=16), nullable=True),
        sa.Column("cause_id", BIG, nullable=True),
        sa.Column("by", BIG, nullable=True),
        sa.CheckConstraint(
            "reason IN ('arrival', 'count', 'sale', 'return', 'damage', 'correction')",
            name=op.f("ck_stock_movement_reason_known"),
        ),
        sa.CheckConstraint("(cause_kind IS NULL) = (cause_id IS NULL)", name=op.f("ck_stock_movement_cause_whole")),
        sa.CheckConstraint("quantity <> 0", name=op.f("ck_stock_movement_quantity_moves")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_stock_movement_by_account")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_movement_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint(
            "reason",
            "cause_kind",
            "cause_id",
            "variant_id",
            name=op.f("uq_stock_movement_reason_cause_kind_cause_id_variant_id"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stock_movement_variant_id", "stock_movement", ["variant_id", "id"])
    op.create_table(
        "stock_reservation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("cause_kind", sa.String(length=16), nullable=False),
        sa.Column("cause_id", BIG, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("how", sa.String(length=8), nullable=True),
        sa.CheckConstraint("how IN ('sold', 'released', 'expired')", name=op.f("ck_stock_reservation_how_known")),
        sa.CheckConstraint("(how IS NULL) = (ended_at IS NULL)", name=op.f("ck_stock_reservation_ended_somehow")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_stock_reservation_quantity_positive")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_reservation_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_reservation")),
        sa.UniqueConstraint(
            "cause_kind", "cause_id", "variant_id", name=op.f("uq_stock_reservation_cause_kind_cause_id_variant_id")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_stock_reservation_expires_at",
        "stock_reservation",
        ["expires_at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_stock_reservation_variant_id",
        "stock_reservation",
        ["variant_id"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "stock_wish",
        sa.Column("id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("was_told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stock_wish_person_id_person")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_wish_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_wish")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stock_wish_person_id", "stock_wish", ["person_id"])
    op.create_index(
        "uq_stock_wish_open",
        "stock_wish",
        ["variant_id", "email_key"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    for table in reversed(TABLES):
        op.drop_table(table)
