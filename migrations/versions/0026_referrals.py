"""friends brought by members: codes, terms in versions, one row a friend, and the code that somebody joined with"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
DIGEST = sa.LargeBinary(length=32)
STATES = "'invited', 'joined', 'bought', 'rewarded', 'review', 'refused', 'taken_back'"


def upgrade() -> None:
    _brought_code()
    _terms()
    _code()
    _referral()


def downgrade() -> None:
    op.drop_table("referral")
    op.drop_table("referral_code")
    op.drop_table("referral_terms")
    op.drop_table("brought_code")


def _brought_code() -> None:
    op.create_table(
        "brought_code",
        sa.Column("person_id", BIG, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=30), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("taken_up_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_brought_code_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_brought_code")),
    )
    waits = sa.text("taken_up_at IS NULL")
    op.create_index("ix_brought_code_waits", "brought_code", ["person_id"], sqlite_where=waits, postgresql_where=waits)


def _terms() -> None:
    op.create_table(
        "referral_terms",
        sa.Column("id", BIG, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("referrer_kind", sa.String(length=8), nullable=False),
        sa.Column("referrer_points", BIG, nullable=False),
        sa.Column("referrer_offer_id", BIG, nullable=True),
        sa.Column("friend_kind", sa.String(length=8), nullable=False),
        sa.Column("friend_points", BIG, nullable=False),
        sa.Column("friend_offer_id", BIG, nullable=True),
        sa.Column("least_amount", BIG, nullable=False),
        sa.Column("wait_days", sa.Integer(), nullable=False),
        sa.Column("yearly_limit", sa.Integer(), nullable=False),
        sa.Column("landing", sa.JSON(), nullable=False),
        sa.Column("asks_phone", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("content", DIGEST, nullable=True),
        sa.CheckConstraint(
            "referrer_kind IN ('points', 'voucher', 'none')", name=op.f("ck_referral_terms_referrer_kind_known")
        ),
        sa.CheckConstraint(
            "friend_kind IN ('points', 'voucher', 'none')", name=op.f("ck_referral_terms_friend_kind_known")
        ),
        sa.CheckConstraint(
            "referrer_points >= 0 AND friend_points >= 0 AND least_amount >= 0",
            name=op.f("ck_referral_terms_values_positive"),
        ),
        sa.CheckConstraint("wait_days >= 0 AND yearly_limit > 0", name=op.f("ck_referral_terms_limits_positive")),
        sa.ForeignKeyConstraint(
            ["referrer_offer_id"], ["offer.id"], name=op.f("fk_referral_terms_referrer_offer_id_offer")
        ),
        sa.ForeignKeyConstraint(
            ["friend_offer_id"], ["offer.id"], name=op.f("fk_referral_terms_friend_offer_id_offer")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_referral_terms_made_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_terms")),
        sa.UniqueConstraint("content", name=op.f("uq_referral_terms_content")),
        sqlite_autoincrement=True,
    )


def _code() -> None:
    op.create_table(
        "referral_code",
        sa.Column("person_id", BIG, autoincrement=False, nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("browser", DIGEST, nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_referral_code_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_referral_code")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_code_code")),
    )


def _referral() -> None:
    op.create_table(
        "referral",
        sa.Column("id", BIG, nullable=False),
        sa.Column("referrer_id", BIG, nullable=False),
        sa.Column("friend_id", BIG, nullable=True),
        sa.Column("terms_id", BIG, nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("cause", sa.String(length=12), server_default="", nullable=False),
        sa.Column("invited_at", MOMENT, nullable=True),
        sa.Column("joined_at", MOMENT, nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("purchase_id", BIG, nullable=True),
        sa.Column("bought_on", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("rewarded_at", MOMENT, nullable=True),
        sa.Column("referrer_points", BIG, nullable=False),
        sa.Column("friend_points", BIG, nullable=False),
        sa.Column("referrer_voucher_id", BIG, nullable=True),
        sa.Column("friend_voucher_id", BIG, nullable=True),
        sa.Column("is_over_limit", sa.Boolean(), nullable=False),
        sa.Column("taken_back_at", MOMENT, nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("is_approved", sa.Boolean(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("mailbox", DIGEST, nullable=True),
        sa.Column("browser", DIGEST, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_referral_state_known")),
        sa.CheckConstraint("way IN ('link', 'mail', 'counter')", name=op.f("ck_referral_way_known")),
        sa.CheckConstraint("(state = 'invited') = (friend_id IS NULL)", name=op.f("ck_referral_friend_once_joined")),
        sa.CheckConstraint(
            "(state IN ('rewarded', 'taken_back')) = (rewarded_at IS NOT NULL)",
            name=op.f("ck_referral_rewarded_some_time"),
        ),
        sa.CheckConstraint(
            "state <> 'rewarded' OR purchase_id IS NOT NULL", name=op.f("ck_referral_rewarded_for_something")
        ),
        sa.CheckConstraint("referrer_points >= 0 AND friend_points >= 0", name=op.f("ck_referral_points_positive")),
        sa.ForeignKeyConstraint(["referrer_id"], ["person.id"], name=op.f("fk_referral_referrer_id_person")),
        sa.ForeignKeyConstraint(["friend_id"], ["person.id"], name=op.f("fk_referral_friend_id_person")),
        sa.ForeignKeyConstraint(["terms_id"], ["referral_terms.id"], name=op.f("fk_referral_terms_id_referral_terms")),
        sa.ForeignKeyConstraint(
            ["referrer_voucher_id"], ["voucher.id"], name=op.f("fk_referral_referrer_voucher_id_voucher")
        ),
        sa.ForeignKeyConstraint(
            ["friend_voucher_id"], ["voucher.id"], name=op.f("fk_referral_friend_voucher_id_voucher")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_referral_decided_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sqlite_autoincrement=True,
    )
    _indexes()


def _indexes() -> None:
    has_friend, is_bought = sa.text("friend_id IS NOT NULL"), sa.text("state = 'bought'")
    op.create_index("ix_referral_referrer_id", "referral", ["referrer_id", "id"])
    op.create_index(
        "uq_referral_friend_id",
        "referral",
        ["friend_id"],
        unique=True,
        sqlite_where=has_friend,
        postgresql_where=has_friend,
    )
    op.create_index("ix_referral_state", "referral", ["state", "id"])
    op.create_index("ix_referral_due_on", "referral", ["due_on"], sqlite_where=is_bought, postgresql_where=is_bought)
    op.create_index("ix_referral_purchase_id", "referral", ["purchase_id"])
    op.create_index("ix_referral_mailbox", "referral", ["mailbox"])
    op.create_index("ix_referral_browser", "referral", ["referrer_id", "browser"])
