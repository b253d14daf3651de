"""taxes and countries"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("product", sa.Column("tax_abroad", sa.JSON(), server_default="{}", nullable=False))
    op.drop_index("ix_audit_entry_subject", "audit_entry")
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "subject_id", "at", "id"])
    op.create_index("ix_audit_entry_subject_at", "audit_entry", ["subject", "at", "id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entry_subject_at", "audit_entry")
    op.drop_index("ix_audit_entry_subject", "audit_entry")
    op.create_index("ix_audit_entry_subject", "audit_entry", ["subject", "subject_id", "id"])
    op.drop_column("product", "tax_abroad")
