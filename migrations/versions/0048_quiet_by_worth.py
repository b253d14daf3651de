"""Who has gone quiet, the most valuable first, is read from one index."""

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

NAME = "ix_member_figures_spend_year"


def upgrade() -> None:
    op.drop_index(NAME, "member_figures")
    op.create_index(NAME, "member_figures", ["spend_year", "member_id", "late_from"])


def downgrade() -> None:
    op.drop_index(NAME, "member_figures")
    op.create_index(NAME, "member_figures", ["spend_year"])
