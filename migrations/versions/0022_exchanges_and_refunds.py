"""exchanges and refunds"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("product", sa.Column("no_return", sa.String(length=13), nullable=True))
    op.add_column("order_line", sa.Column("no_return", sa.String(length=13), nullable=True))
    op.create_table(
        "goodwill",
        sa.Column("id", BIG, nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("amount", BIG, nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", BIG, nullable=False),
        sa.Column("form_key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_goodwill_amount_positive")),
        sa.ForeignKeyConstraint(["given_by"], ["account.id"], name=op.f("fk_goodwill_given_by_account")),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_goodwill_order_id_shop_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goodwill")),
        sa.UniqueConstraint("form_key", name=op.f("uq_goodwill_form_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_goodwill_order_id", "goodwill", ["order_id", "id"])
    op.create_table(
        "return_photo",
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("file", sa.String(length=80), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["return_case.id"], name=op.f("fk_return_photo_case_id_return_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_return_photo")),
        sa.UniqueConstraint("file", name=op.f("uq_return_photo_file")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_return_photo_case_id", "return_photo", ["case_id", "id"])


def downgrade() -> None:
    op.drop_table("return_photo")
    op.drop_table("goodwill")
    op.drop_column("order_line", "no_return")
    op.drop_column("product", "no_return")
