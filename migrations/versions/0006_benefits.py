"""what each tier gets; a ladder may start silently"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("ladder_version", sa.Column("is_silent", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "benefit",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("cost_per_use", BIG_ID, nullable=False),
        sa.Column("review_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG_ID, nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('rational', 'emotional')", name=op.f("ck_benefit_kind_known")),
        sa.CheckConstraint("cost_per_use >= 0", name=op.f("ck_benefit_cost_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_benefit_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_benefit_position", "benefit", ["position"])
    op.create_table(
        "benefit_cell",
        sa.Column("benefit_id", BIG_ID, nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=False),
        sa.Column("gives", sa.String(length=8), nullable=False),
        sa.Column("value", BIG_ID, nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.CheckConstraint("gives IN ('yes', 'amount', 'times', 'words')", name=op.f("ck_benefit_cell_gives_known")),
        sa.CheckConstraint("value >= 0", name=op.f("ck_benefit_cell_value_positive")),
        sa.ForeignKeyConstraint(["benefit_id"], ["benefit.id"], name=op.f("fk_benefit_cell_benefit_id_benefit")),
        sa.PrimaryKeyConstraint("benefit_id", "rung_key", name=op.f("pk_benefit_cell")),
    )


def downgrade() -> None:
    op.drop_table("benefit_cell")
    op.drop_index("ix_benefit_position", "benefit")
    op.drop_table("benefit")
    op.drop_column("ladder_version", "is_silent")
