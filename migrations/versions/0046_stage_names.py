"""what a club itself calls the stages"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

KNOWN = "stage IN ('suspect', 'prospect', 'buyer', 'frequent', 'loyal', 'promoter')"


def upgrade() -> None:
    op.create_table(
        "stage_name",
        sa.Column("stage", sa.String(12), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.CheckConstraint(KNOWN, name="stage_known"),
        sa.PrimaryKeyConstraint("stage", name="pk_stage_name"),
    )


def downgrade() -> None:
    op.drop_table("stage_name")
