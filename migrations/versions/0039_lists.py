"""which list brought a request; from which kept view people were invited"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("lead", sa.Column("import_id", BIG, nullable=True))
    op.create_index("ix_lead_import_id", "lead", ["import_id"])
    op.add_column("event_wave", sa.Column("name", sa.String(length=60), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("event_wave", "name")
    op.drop_index("ix_lead_import_id", table_name="lead")
    op.drop_column("lead", "import_id")
