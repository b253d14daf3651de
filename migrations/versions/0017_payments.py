"""how orders are paid, and what may be bought on account"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "credit_line",
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("most", BIG, nullable=False),
        sa.Column("used", BIG, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("days_to_pay", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", BIG, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("days_to_pay > 0", name=op.f("ck_credit_line_days_positive")),
        sa.CheckConstraint("used >= 0 AND used <= most", name=op.f("ck_credit_line_used_within")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credit_line_person_id_person")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_credit_line_set_by_account")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credit_line")),
    )
    op.create_table(
        "account_due",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("reminded", sa.Integer(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_account_due_amount_positive")),
        sa.CheckConstraint("reminded BETWEEN 0 AND 3", name=op.f("ck_account_due_reminded_thrice")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_account_due_order_id_shop_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_due_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_due")),
        sa.UniqueConstraint("order_id", name=op.f("uq_account_due_order_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_account_due_open",
        "account_due",
        ["due_on", "id"],
        unique=False,
        sqlite_where=sa.text("paid_on IS NULL AND amount > 0"),
        postgresql_where=sa.text("paid_on IS NULL AND amount > 0"),
    )
    op.create_index("ix_account_due_person_id", "account_due", ["person_id", "id"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("session_id", sa.String(length=255), nullable=True),
        sa.Column("intent_id", sa.String(length=255), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("received", BIG, nullable=False),
        sa.Column("refunded", BIG, nullable=False),
        sa.Column("is_surplus", sa.Boolean(), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name=op.f("ck_payment_paid_at_some_time")),
        sa.CheckConstraint("state <> 'made' OR session_id IS NULL", name=op.f("ck_payment_made_without_page")),
        sa.CheckConstraint(
            "state IN ('made', 'open', 'paid', 'closed', 'strange')", name=op.f("ck_payment_state_known")
        ),
        sa.CheckConstraint("amount > 0 AND attempt > 0", name=op.f("ck_payment_amount_positive")),
        sa.CheckConstraint(
            "received >= 0 AND refunded >= 0 AND refunded <= received", name=op.f("ck_payment_money_in_range")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_payment_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("intent_id", name=op.f("uq_payment_intent_id")),
        sa.UniqueConstraint("key", name=op.f("uq_payment_key")),
        sa.UniqueConstraint("order_id", "attempt", name=op.f("uq_payment_order_id_attempt")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payment_session_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_payment_next_look_at",
        "payment",
        ["next_look_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('made', 'open')"),
        postgresql_where=sa.text("state IN ('made', 'open')"),
    )
    op.create_index("ix_payment_state", "payment", ["state", "id"], unique=False)
    op.create_table(
        "payment_event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("object_id", sa.String(length=255), nullable=False),
        sa.Column("order_id", BIG, nullable=True),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('applied', 'ignored', 'quarantined')", name=op.f("ck_payment_event_outcome_known")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_payment_event_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_event")),
        sa.UniqueConstraint("event_id", name=op.f("uq_payment_event_event_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_payment_event_order_id", "payment_event", ["order_id", "id"], unique=False)
    op.create_index("ix_payment_event_outcome", "payment_event", ["outcome", "id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("payment_id", BIG, nullable=True),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("cause_kind", sa.String(length=16), nullable=False),
        sa.Column("cause_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=True),
        sa.Column("must_look", sa.Boolean(), nullable=False),
        sa.Column("first_sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state <> 'by_hand' OR payment_id IS NULL", name=op.f("ck_refund_by_hand_without_card")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'done', 'failed', 'by_hand')", name=op.f("ck_refund_state_known")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount_positive")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_refund_made_by_account")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_refund_order_id_shop_order")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("key", name=op.f("uq_refund_key")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_refund_stripe_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_refund_next_try_at",
        "refund",
        ["next_try_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('waiting', 'sent')"),
        postgresql_where=sa.text("state IN ('waiting', 'sent')"),
    )
    op.create_index("ix_refund_order_id", "refund", ["order_id", "id"], unique=False)
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    op.create_index("ix_refund_state", "refund", ["state", "id"], unique=False)
    op.create_index(
        "uq_refund_cause",
        "refund",
        ["cause_kind", "cause_id"],
        unique=True,
        sqlite_where=sa.text("cause_kind <> 'outside'"),
        postgresql_where=sa.text("cause_kind <> 'outside'"),
    )
    op.create_table(
        "dispute",
        sa.Column("id", BIG, nullable=False),
        sa.Column("stripe_id", sa.String(length=255), nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("payment_id", BIG, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name=op.f("ck_dispute_closed_at_some_time")),
        sa.CheckConstraint("state IN ('open', 'won', 'lost')", name=op.f("ck_dispute_state_known")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_dispute_order_id_shop_order")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_dispute_payment_id_payment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("stripe_id", name=op.f("uq_dispute_stripe_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dispute_order_id", "dispute", ["order_id", "id"], unique=False)
    op.create_index(op.f("ix_dispute_payment_id"), "dispute", ["payment_id"], unique=False)
    op.create_index("ix_dispute_state", "dispute", ["state", "id"], unique=False)
    op.create_table(
        "dispute_hold",
        sa.Column("id", BIG, nullable=False),
        sa.Column("dispute_id", BIG, nullable=False),
        sa.Column("hold_id", BIG, nullable=True),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_hold_dispute_id_dispute")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_hold")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_dispute_hold_dispute_id", "dispute_hold", ["dispute_id"], unique=False)
    op.create_table(
        "payment_watch",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("read_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_payment_watch")),
    )


def downgrade() -> None:
    op.drop_table("payment_watch")
    op.drop_table("dispute_hold")
    op.drop_table("dispute")
    op.drop_table("refund")
    op.drop_table("payment_event")
    op.drop_table("payment")
    op.drop_table("account_due")
    op.drop_table("credit_line")
