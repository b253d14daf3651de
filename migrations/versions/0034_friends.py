"""what an event was before its last change"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("former_starts_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event", sa.Column("former_ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event", sa.Column("former_where", sa.String(length=402), nullable=True))
    op.add_column("event", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("told_at", "former_where", "former_ends_at", "former_starts_at"):
        op.drop_column("event", column)
