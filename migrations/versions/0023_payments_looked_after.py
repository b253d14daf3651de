"""Money at Stripe that no payment names keeps its amount; refused cards are counted, also for whoever tried them."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("payment_event", sa.Column("amount", BIG, nullable=True))
    op.add_column("payment_event", sa.Column("currency", sa.String(length=3), nullable=True))
    op.add_column("payment", sa.Column("declines", sa.Integer(), server_default="0", nullable=False))
    op.add_column("attempt", sa.Column("about_id", BIG, nullable=True))
    tried = sa.text("declines > 0")
    op.create_index("ix_payment_declines", "payment", ["id"], sqlite_where=tried, postgresql_where=tried)


def downgrade() -> None:
    op.drop_index("ix_payment_declines", table_name="payment")
    op.drop_column("attempt", "about_id")
    op.drop_column("payment", "declines")
    op.drop_column("payment_event", "currency")
    op.drop_column("payment_event", "amount")
