"""exchanges, cartons, the logo on papers"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("shop_order", sa.Column("carried", BIG, server_default="0", nullable=False))
    op.add_column("shop_order", sa.Column("exchange_of", BIG, nullable=True))
    carries = sa.text("carried > 0")
    op.create_index("ix_shop_order_carried", "shop_order", ["id"], sqlite_where=carries, postgresql_where=carries)
    op.add_column("return_case", sa.Column("exchange_order_id", BIG, nullable=True))
    op.add_column("return_line", sa.Column("instead_id", BIG, nullable=True))
    op.create_table(
        "carton",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("pieces", sa.Integer(), nullable=False),
        sa.Column("most_grams", sa.Integer(), nullable=False),
        sa.Column("own_grams", sa.Integer(), nullable=False),
        sa.CheckConstraint("pieces > 0 AND most_grams > 0 AND own_grams >= 0", name=op.f("ck_carton_sizes_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_carton")),
        sa.UniqueConstraint("name", name=op.f("uq_carton_name")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("carton")
    op.drop_column("return_line", "instead_id")
    op.drop_column("return_case", "exchange_order_id")
    op.drop_index("ix_shop_order_carried", table_name="shop_order")
    op.drop_column("shop_order", "exchange_of")
    op.drop_column("shop_order", "carried")
