"""what an event was before its last change, calls after a wave, when a member's browser was seen"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("former_starts_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event", sa.Column("former_ends_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event", sa.Column("former_where", sa.String(length=402), nullable=True))
    op.add_column("event", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("event_wave", sa.Column("called_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("referral_code", sa.Column("browser_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("lead_source", sa.Column("content", sa.LargeBinary(length=32), nullable=True))
    op.create_index("uq_lead_source_content", "lead_source", ["content"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_lead_source_content", "lead_source")
    op.drop_column("lead_source", "content")
    op.drop_column("referral_code", "browser_at")
    op.drop_column("event_wave", "called_at")
    for column in ("told_at", "former_where", "former_ends_at", "former_starts_at"):
        op.drop_column("event", column)
