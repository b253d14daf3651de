"""vouchers given as a sign of goodwill"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("approval", sa.Column("offer_id", BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("approval", "offer_id")
