"""what comes back"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "return_case",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("asked_by", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("send_by", sa.Date(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_by", BIG, nullable=True),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refunded_by", BIG, nullable=True),
        sa.Column("delivery", BIG, nullable=False),
        sa.Column("correction_id", BIG, nullable=True),
        sa.Column("form_key", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("asked_by IN ('buyer', 'staff', 'withdrawal')", name=op.f("ck_return_case_asked_by_known")),
        sa.CheckConstraint("delivery >= 0", name=op.f("ck_return_case_delivery_positive")),
        sa.CheckConstraint(
            "state IN ('asked', 'approved', 'refused', 'received', 'refunded', 'closed')",
            name=op.f("ck_return_case_state_known"),
        ),
        sa.CheckConstraint(
            "(state = 'refunded') = (refunded_at IS NOT NULL)", name=op.f("ck_return_case_refunded_at_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name=op.f("fk_return_case_correction_id_correction")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_return_case_decided_by_account")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_return_case_order_id_shop_order")),
        sa.ForeignKeyConstraint(["received_by"], ["account.id"], name=op.f("fk_return_case_received_by_account")),
        sa.ForeignKeyConstraint(["refunded_by"], ["account.id"], name=op.f("fk_return_case_refunded_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_case")),
        sa.UniqueConstraint("correction_id", name=op.f("uq_return_case_correction_id")),
        sa.UniqueConstraint("form_key", name=op.f("uq_return_case_form_key")),
        sa.UniqueConstraint("number", name=op.f("uq_return_case_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_return_case_asked_at", "return_case", ["asked_at", "id"], unique=False)
    op.create_index(op.f("ix_return_case_order_id"), "return_case", ["order_id"], unique=False)
    op.create_index("ix_return_case_state", "return_case", ["state", "asked_at", "id"], unique=False)
    op.create_index(
        "uq_return_case_delivery",
        "return_case",
        ["order_id"],
        unique=True,
        sqlite_where=sa.text("delivery > 0"),
        postgresql_where=sa.text("delivery > 0"),
    )
    op.create_table(
        "return_line",
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("line_id", BIG, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("received", sa.Integer(), nullable=False),
        sa.Column("restocked", sa.Integer(), nullable=False),
        sa.Column("money", BIG, nullable=False),
        sa.Column("tax", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("points_value", BIG, nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_return_line_quantity_positive")),
        sa.CheckConstraint("received BETWEEN 0 AND quantity", name=op.f("ck_return_line_received_range")),
        sa.CheckConstraint("restocked BETWEEN 0 AND received", name=op.f("ck_return_line_restocked_range")),
        sa.CheckConstraint("tax BETWEEN 0 AND money", name=op.f("ck_return_line_tax_inside")),
        sa.CheckConstraint(
            "money >= 0 AND points >= 0 AND points_value >= 0", name=op.f("ck_return_line_values_positive")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["return_case.id"], name=op.f("fk_return_line_case_id_return_case")),
        sa.ForeignKeyConstraint(["line_id"], ["order_line.id"], name=op.f("fk_return_line_line_id_order_line")),
        sa.PrimaryKeyConstraint("case_id", "line_id", name=op.f("pk_return_line")),
    )
    op.create_index("ix_return_line_line_id", "return_line", ["line_id"], unique=False)
    op.create_table(
        "return_words",
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["return_case.id"], name=op.f("fk_return_words_case_id_return_case")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_return_words")),
    )


def downgrade() -> None:
    op.drop_table("return_words")
    op.drop_table("return_line")
    op.drop_table("return_case")
