"""where the shop sends to, and the tax inside"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "delivery_zone",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("postcodes", sa.JSON(), nullable=False),
        sa.Column("not_postcodes", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_zone")),
        sa.UniqueConstraint("name", name=op.f("uq_delivery_zone_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "delivery_method",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("tax_class", sa.String(length=13), nullable=False),
        sa.Column("free_from", BIG, nullable=True),
        sa.Column("days_from", sa.Integer(), nullable=False),
        sa.Column("days_to", sa.Integer(), nullable=False),
        sa.Column("needs_phone", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('ship', 'pickup')", name=op.f("ck_delivery_method_kind_known")),
        sa.CheckConstraint(
            "tax_class IN ('standard', 'reduced', 'super_reduced', 'zero')",
            name=op.f("ck_delivery_method_tax_class_known"),
        ),
        sa.CheckConstraint("0 <= days_from AND days_from <= days_to", name=op.f("ck_delivery_method_days_in_order")),
        sa.CheckConstraint("free_from IS NULL OR free_from >= 0", name=op.f("ck_delivery_method_free_from_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_method")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "delivery_price",
        sa.Column("id", BIG, nullable=False),
        sa.Column("method_id", BIG, nullable=False),
        sa.Column("zone_id", BIG, nullable=True),
        sa.Column("up_to_grams", sa.Integer(), nullable=True),
        sa.Column("up_to_value", BIG, nullable=True),
        sa.Column("price", BIG, nullable=False),
        sa.CheckConstraint("price >= 0", name=op.f("ck_delivery_price_price_positive")),
        sa.CheckConstraint("up_to_grams > 0 AND up_to_value > 0", name=op.f("ck_delivery_price_limits_positive")),
        sa.ForeignKeyConstraint(
            ["method_id"], ["delivery_method.id"], name=op.f("fk_delivery_price_method_id_delivery_method")
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["delivery_zone.id"], name=op.f("fk_delivery_price_zone_id_delivery_zone")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_price")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_delivery_price_method_id", "delivery_price", ["method_id"], unique=False)
    op.create_table(
        "tax_rate",
        sa.Column("id", BIG, nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("postcodes", sa.String(length=200), nullable=False),
        sa.Column("tax_class", sa.String(length=13), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "tax_class IN ('standard', 'reduced', 'super_reduced', 'zero')", name=op.f("ck_tax_rate_tax_class_known")
        ),
        sa.CheckConstraint("rate BETWEEN 0 AND 10000", name=op.f("ck_tax_rate_rate_in_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tax_rate")),
        sa.UniqueConstraint(
            "country", "postcodes", "tax_class", "from_on", name=op.f("uq_tax_rate_country_postcodes_tax_class_from_on")
        ),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "country_rule",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("may_buy", sa.Boolean(), nullable=False),
        sa.Column("may_receive", sa.Boolean(), nullable=False),
        sa.Column("may_join", sa.Boolean(), nullable=False),
        sa.Column("may_spend_points", sa.Boolean(), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("most_value", BIG, nullable=True),
        sa.Column("needs_phone", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("min_age > 0 AND most_value > 0", name=op.f("ck_country_rule_limits_positive")),
        sa.PrimaryKeyConstraint("country", name=op.f("pk_country_rule")),
    )
    op.create_table(
        "saved_address",
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("address_more", sa.String(length=200), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("company", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=False),
        sa.Column("method_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(
            ["method_id"], ["delivery_method.id"], name=op.f("fk_saved_address_method_id_delivery_method")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_address_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_saved_address")),
    )


def downgrade() -> None:

    op.drop_table("saved_address")
    op.drop_table("country_rule")
    op.drop_table("tax_rate")
    op.drop_table("delivery_price")
    op.drop_table("delivery_method")
    op.drop_table("delivery_zone")
