"""open cases in their order, and counted by step: the index of ended ones knows no open ones"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

ENDED = sa.text("ended_on IS NOT NULL")


def upgrade() -> None:
    op.drop_index("ix_lost_case_ended_on", "lost_case")
    op.create_index("ix_lost_case_ended_on", "lost_case", ["ended_on"], sqlite_where=ENDED, postgresql_where=ENDED)
    op.create_index("ix_lost_case_step", "lost_case", ["step", "back_on", "worth", "person_id"])


def downgrade() -> None:
    op.drop_index("ix_lost_case_step", "lost_case")
    op.drop_index("ix_lost_case_ended_on", "lost_case")
    op.create_index("ix_lost_case_ended_on", "lost_case", ["ended_on"])
