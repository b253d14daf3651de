"""offers and vouchers"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("cart", sa.Column("voucher_ids", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("shop_order", sa.Column("offers", sa.Integer(), nullable=False, server_default="0"))
    _create_offers()
    _create_vouchers()
    _create_uses()


def downgrade() -> None:
    for table in ("offer_use", "partner_code", "voucher", "offer_person", "offer"):
        op.drop_table(table)
    op.drop_column("shop_order", "offers")
    op.drop_column("cart", "voucher_ids")


def _create_offers() -> None:
    op.create_table(
        "offer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("way", sa.String(length=12), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("gift_variant_id", BIG, nullable=True),
        sa.Column("gift_quantity", sa.Integer(), nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("least_goods", BIG, nullable=False),
        sa.Column("products", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("voucher_days", sa.Integer(), nullable=True),
        sa.Column("limit_all", BIG, nullable=True),
        sa.Column("limit_member", BIG, nullable=True),
        sa.Column("budget", BIG, nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("taken", BIG, nullable=False),
        sa.Column("spent", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG, nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('percent', 'amount', 'gift', 'free_delivery', 'multiplier', 'partner')",
            name=op.f("ck_offer_kind_known"),
        ),
        sa.CheckConstraint("who IN ('all', 'rung', 'picked')", name=op.f("ck_offer_who_known")),
        sa.CheckConstraint("way IN ('automatic', 'activate', 'redeem')", name=op.f("ck_offer_way_known")),
        sa.CheckConstraint("place IN ('shop', 'counter', 'both')", name=op.f("ck_offer_place_known")),
        sa.CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name=op.f("ck_offer_rung_where_asked")),
        sa.CheckConstraint("(way = 'redeem') = (points > 0)", name=op.f("ck_offer_points_where_asked")),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_offer_dates_in_order")),
        sa.CheckConstraint(
            "taken >= 0 AND (limit_all IS NULL OR taken <= limit_all)", name=op.f("ck_offer_taken_within_limit")
        ),
        sa.CheckConstraint("spent >= 0", name=op.f("ck_offer_spent_positive")),
        sa.ForeignKeyConstraint(["gift_variant_id"], ["variant.id"], name=op.f("fk_offer_gift_variant_id_variant")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_offer_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("content", name=op.f("uq_offer_content")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_offer_ends_on", "offer", ["ends_on", "id"])
    op.create_table(
        "offer_person",
        sa.Column("offer_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_person_offer_id_offer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_offer_person_person_id_person")),
        sa.PrimaryKeyConstraint("offer_id", "person_id", name=op.f("pk_offer_person")),
    )
    op.create_index("ix_offer_person_person_id", "offer_person", ["person_id"])


def _create_vouchers() -> None:
    op.create_table(
        "voucher",
        sa.Column("id", BIG, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("offer_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("good_until", sa.Date(), nullable=True),
        sa.Column("points", BIG, nullable=False),
        sa.Column("hold_id", BIG, nullable=True),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        sa.Column("cause_kind", sa.String(length=16), nullable=True),
        sa.Column("cause_id", BIG, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('active', 'held', 'used', 'undone', 'expired', 'ended')", name=op.f("ck_voucher_state_known")
        ),
        sa.CheckConstraint(
            "(state IN ('held', 'used')) = (cause_id IS NOT NULL)", name=op.f("ck_voucher_caused_where_used")
        ),
        sa.CheckConstraint("(cause_id IS NULL) = (cause_kind IS NULL)", name=op.f("ck_voucher_cause_whole")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_voucher_offer_id_offer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_voucher_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("code", name=op.f("uq_voucher_code")),
        sa.UniqueConstraint("content", name=op.f("uq_voucher_content")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_voucher_person_id", "voucher", ["person_id", "state", "id"])
    op.create_index("ix_voucher_offer_id", "voucher", ["offer_id", "person_id"])
    op.create_index("ix_voucher_cause", "voucher", ["cause_kind", "cause_id"])
    op.create_index("ix_voucher_good_until", "voucher", ["state", "good_until"])
    op.create_table(
        "partner_code",
        sa.Column("id", BIG, nullable=False),
        sa.Column("offer_id", BIG, nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_partner_code_offer_id_offer")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_partner_code_voucher_id_voucher")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner_code")),
        sa.UniqueConstraint("offer_id", "code", name=op.f("uq_partner_code_offer_id_code")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_partner_code_voucher_id", "partner_code", ["voucher_id"], unique=True)


def _create_uses() -> None:
    op.create_table(
        "offer_use",
        sa.Column("id", BIG, nullable=False),
        sa.Column("offer_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("cause_kind", sa.String(length=16), nullable=False),
        sa.Column("cause_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("saves", BIG, nullable=False),
        sa.Column("cost", BIG, nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", BIG, nullable=True),
        sa.Column("given_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('held', 'used', 'given_back')", name=op.f("ck_offer_use_state_known")),
        sa.CheckConstraint("cost >= 0 AND saves >= 0", name=op.f("ck_offer_use_values_positive")),
        sa.CheckConstraint(
            "(state = 'given_back') = (given_back_at IS NOT NULL)", name=op.f("ck_offer_use_given_back_at_some_time")
        ),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_use_offer_id_offer")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_offer_use_person_id_person")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_offer_use_voucher_id_voucher")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_offer_use_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_use")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_offer_use_cause", "offer_use", ["cause_kind", "cause_id"])
    op.create_index("ix_offer_use_offer_id", "offer_use", ["offer_id", "person_id"])
    op.create_index("ix_offer_use_person_id", "offer_use", ["person_id"])
