"""what was ordered, and what became of it"""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect, unprotect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "shop_order",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("cart_id", BIG, nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("pay_by", sa.String(length=8), nullable=False),
        sa.Column("delivery", sa.String(length=8), nullable=False),
        sa.Column("method_id", BIG, nullable=True),
        sa.Column("method_name", sa.JSON(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("goods", BIG, nullable=False),
        sa.Column("discount", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("points_value", BIG, nullable=False),
        sa.Column("delivery_price", BIG, nullable=False),
        sa.Column("delivery_tax", BIG, nullable=False),
        sa.Column("delivery_tax_rate", sa.Integer(), nullable=False),
        sa.Column("tax", BIG, nullable=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("paid", BIG, nullable=False),
        sa.Column("refunded", BIG, nullable=False),
        sa.Column("hold_id", BIG, nullable=True),
        sa.Column("purchase_id", BIG, nullable=True),
        sa.Column("terms_id", BIG, nullable=True),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("pickup_code", sa.String(length=8), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'cancelled') = (cancelled_at IS NOT NULL)", name=op.f("ck_shop_order_cancelled_at_some_time")
        ),
        sa.CheckConstraint("delivery IN ('ship', 'pickup')", name=op.f("ck_shop_order_delivery_known")),
        sa.CheckConstraint(
            "pay_by IN ('card', 'pickup', 'account', 'nothing')", name=op.f("ck_shop_order_pay_by_known")
        ),
        sa.CheckConstraint(
            "state IN ('pending_payment', 'placed', 'done', 'cancelled')", name=op.f("ck_shop_order_state_known")
        ),
        sa.CheckConstraint(
            "delivery_price >= 0 AND delivery_tax >= 0 AND tax >= 0", name=op.f("ck_shop_order_taxes_positive")
        ),
        sa.CheckConstraint(
            "goods >= 0 AND discount >= 0 AND points >= 0 AND points_value >= 0",
            name=op.f("ck_shop_order_sums_positive"),
        ),
        sa.CheckConstraint(
            "total = goods - discount - points_value + delivery_price", name=op.f("ck_shop_order_total_adds_up")
        ),
        sa.CheckConstraint(
            "total >= 0 AND paid >= 0 AND refunded >= 0 AND refunded <= paid", name=op.f("ck_shop_order_money_in_range")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"], ["delivery_method.id"], name=op.f("fk_shop_order_method_id_delivery_method")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shop_order_person_id_person")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_shop_order_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["terms_id"], ["legal_text.id"], name=op.f("fk_shop_order_terms_id_legal_text")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_order")),
        sa.UniqueConstraint("key", name=op.f("uq_shop_order_key")),
        sa.UniqueConstraint("number", name=op.f("uq_shop_order_number")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_shop_order_expires_at",
        "shop_order",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("state = 'pending_payment'"),
        postgresql_where=sa.text("state = 'pending_payment'"),
    )
    op.create_index("ix_shop_order_person_id", "shop_order", ["person_id", "id"], unique=False)
    op.create_index("ix_shop_order_placed_at", "shop_order", ["placed_at", "id"], unique=False)
    op.create_index("ix_shop_order_state", "shop_order", ["state", "id"], unique=False)
    op.create_index(
        "uq_shop_order_cart_id",
        "shop_order",
        ["cart_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'cancelled'"),
        postgresql_where=sa.text("state <> 'cancelled'"),
    )
    op.create_table(
        "order_contact",
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("address_more", sa.String(length=200), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_order_contact_order_id_shop_order")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_order_contact")),
    )
    op.create_index("ix_order_contact_email_key", "order_contact", ["email_key"], unique=False)
    op.create_index("ix_order_contact_name_key", "order_contact", ["name_key"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("product_id", BIG, nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price", BIG, nullable=False),
        sa.Column("usual_price", BIG, nullable=False),
        sa.Column("reason", sa.String(length=8), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("discount", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("points_value", BIG, nullable=False),
        sa.Column("paid", BIG, nullable=False),
        sa.Column("tax", BIG, nullable=False),
        sa.Column("tax_rate", sa.Integer(), nullable=False),
        sa.Column("tax_class", sa.String(length=13), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("earns_points", sa.Boolean(), nullable=False),
        sa.Column("is_limited", sa.Boolean(), nullable=False),
        sa.Column("weight_grams", sa.Integer(), nullable=True),
        sa.Column("packed", sa.Integer(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("returned", sa.Integer(), nullable=False),
        sa.Column("taken_out", sa.Integer(), nullable=False),
        sa.CheckConstraint("packed BETWEEN 0 AND quantity - taken_out", name=op.f("ck_order_line_packed_range")),
        sa.CheckConstraint("paid = amount - discount - points_value", name=op.f("ck_order_line_paid_adds_up")),
        sa.CheckConstraint(
            "paid >= 0 AND discount >= 0 AND points >= 0 AND points_value >= 0",
            name=op.f("ck_order_line_values_positive"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_order_line_quantity_positive")),
        sa.CheckConstraint("returned BETWEEN 0 AND quantity", name=op.f("ck_order_line_returned_range")),
        sa.CheckConstraint("sent BETWEEN 0 AND packed", name=op.f("ck_order_line_sent_range")),
        sa.CheckConstraint("taken_out BETWEEN 0 AND returned", name=op.f("ck_order_line_taken_out_range")),
        sa.CheckConstraint("tax >= 0 AND tax <= paid", name=op.f("ck_order_line_tax_inside")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_order_line_order_id_shop_order")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_order_line_product_id_product")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_order_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
        sa.UniqueConstraint("order_id", "position", name=op.f("uq_order_line_order_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_order_line_product_id"), "order_line", ["product_id"], unique=False)
    op.create_index("ix_order_line_variant_id", "order_line", ["variant_id"], unique=False)
    op.create_table(
        "order_move",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("actor", sa.String(length=8), nullable=False),
        sa.Column("by", BIG, nullable=True),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_order_move_by_account")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_order_move_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_move")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_order_move_order_id", "order_move", ["order_id", "id"], unique=False)
    op.create_table(
        "parcel",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking", sa.String(length=120), nullable=False),
        sa.Column("tracking_url", sa.String(length=300), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", BIG, nullable=True),
        sa.Column("delivered_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_parcel_order_id_shop_order")),
        sa.ForeignKeyConstraint(["sent_by"], ["account.id"], name=op.f("fk_parcel_sent_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parcel")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_parcel_order_id", "parcel", ["order_id", "id"], unique=False)
    op.create_table(
        "parcel_line",
        sa.Column("parcel_id", BIG, nullable=False),
        sa.Column("line_id", BIG, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_parcel_line_quantity_positive")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_parcel_line_line_id_order_line")),
        sa.ForeignKeyConstraint(["parcel_id"], ["parcel.id"], name=op.f("fk_parcel_line_parcel_id_parcel")),
        sa.PrimaryKeyConstraint("parcel_id", "line_id", name=op.f("pk_parcel_line")),
    )
    protect("order_move")


def downgrade() -> None:
    unprotect("order_move")
    op.drop_table("parcel_line")
    op.drop_table("parcel")
    op.drop_table("order_move")
    op.drop_table("order_line")
    op.drop_table("order_contact")
    op.drop_table("shop_order")
