"""taxes and countries"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product", sa.Column("tax_abroad", sa.JSON(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("product", "tax_abroad")
