"""which card paid, as a digest"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

WITH_CARD = sa.text("card IS NOT NULL")


def upgrade() -> None:
    op.add_column("payment", sa.Column("card", sa.LargeBinary(length=32), nullable=True))
    op.create_index("ix_payment_card", "payment", ["paid_at"], sqlite_where=WITH_CARD, postgresql_where=WITH_CARD)


def downgrade() -> None:
    op.drop_index("ix_payment_card", "payment")
    op.drop_column("payment", "card")
