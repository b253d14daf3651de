"""gifts for days, milestones and growth; offers that come as a gift, are told of, and held back; unit costs"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("offer", sa.Column("only_given", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("offer", sa.Column("held_back_percent", sa.Integer(), nullable=False, server_default="0"))
    _create_rules()
    _create_gifts()
    _create_notices()
    _create_costs()


def downgrade() -> None:
    for table in ("variant_cost", "offer_notice", "gift", "gift_option", "gift_rule"):
        op.drop_table(table)
    op.drop_column("offer", "held_back_percent")
    op.drop_column("offer", "only_given")


def _create_rules() -> None:
    op.create_table(
        "gift_rule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("series", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("hold_days", sa.Integer(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("months", sa.Integer(), nullable=False),
        sa.Column("threshold_percent", sa.Integer(), nullable=False),
        sa.Column("least", BIG, nullable=False),
        sa.Column("wait_days", sa.Integer(), nullable=False),
        sa.Column("at_percent", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(length=20), nullable=False),
        sa.Column("choose_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('birthday', 'anniversary', 'growth', 'milestone')", name=op.f("ck_gift_rule_kind_known")
        ),
        sa.CheckConstraint(
            "route IN ('spend', 'purchases', 'qualifying_points')", name=op.f("ck_gift_rule_route_known")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_gift_rule_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift_rule")),
        sa.UniqueConstraint("content", name=op.f("uq_gift_rule_content")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "gift_option",
        sa.Column("rule_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("what", sa.String(length=8), nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("offer_id", BIG, nullable=True),
        sa.Column("benefit_id", BIG, nullable=True),
        sa.CheckConstraint("what IN ('points', 'voucher', 'benefit')", name=op.f("ck_gift_option_what_known")),
        sa.CheckConstraint("(what = 'points') = (points > 0)", name=op.f("ck_gift_option_points_where_given")),
        sa.ForeignKeyConstraint(["rule_id"], ["gift_rule.id"], name=op.f("fk_gift_option_rule_id_gift_rule")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_gift_option_offer_id_offer")),
        sa.ForeignKeyConstraint(["benefit_id"], ["benefit.id"], name=op.f("fk_gift_option_benefit_id_benefit")),
        sa.PrimaryKeyConstraint("rule_id", "position", name=op.f("pk_gift_option")),
    )


def _create_gifts() -> None:
    op.create_table(
        "gift",
        sa.Column("id", BIG, nullable=False),
        sa.Column("rule_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("topic", sa.String(length=32), nullable=False),
        sa.Column("occasion", sa.String(length=24), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("choose_until", sa.Date(), nullable=True),
        sa.Column("points", BIG, nullable=False),
        sa.Column("voucher_id", BIG, nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_by", BIG, nullable=True),
        sa.CheckConstraint("state IN ('open', 'due', 'given', 'lapsed')", name=op.f("ck_gift_state_known")),
        sa.CheckConstraint("(state = 'given') = (given_at IS NOT NULL)", name=op.f("ck_gift_given_at_some_time")),
        sa.CheckConstraint("state <> 'open' OR choose_until IS NOT NULL", name=op.f("ck_gift_open_until_some_day")),
        sa.ForeignKeyConstraint(["rule_id"], ["gift_rule.id"], name=op.f("fk_gift_rule_id_gift_rule")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_gift_person_id_person")),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_gift_voucher_id_voucher")),
        sa.ForeignKeyConstraint(["handed_over_by"], ["account.id"], name=op.f("fk_gift_handed_over_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
        sa.UniqueConstraint("person_id", "topic", "occasion", name=op.f("uq_gift_person_id_topic_occasion")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_gift_rule_id", "gift", ["rule_id", "state"])
    op.create_index("ix_gift_state", "gift", ["state", "choose_until"])


def _create_notices() -> None:
    op.create_table(
        "offer_notice",
        sa.Column("offer_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", BIG, nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'written', 'cancelled')", name=op.f("ck_offer_notice_state_known")),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_offer_notice_ended_at_some_time")),
        sa.ForeignKeyConstraint(["offer_id"], ["offer.id"], name=op.f("fk_offer_notice_offer_id_offer")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_offer_notice_asked_by_account")),
        sa.PrimaryKeyConstraint("offer_id", name=op.f("pk_offer_notice")),
    )
    op.create_index("ix_offer_notice_due_at", "offer_notice", ["state", "due_at"])


def _create_costs() -> None:
    op.create_table(
        "variant_cost",
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("cost", BIG, nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", BIG, nullable=True),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_variant_cost_cost_positive")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_variant_cost_variant_id_variant")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_variant_cost_set_by_account")),
        sa.PrimaryKeyConstraint("variant_id", name=op.f("pk_variant_cost")),
    )
