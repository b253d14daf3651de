"""points passed on from member to member"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERS = {
    "transfer_most": "1000",
    "transfer_most_month": "2000",
    "transfer_most_year": "10000",
    "transfer_wait_days": "90",
}


def upgrade() -> None:
    op.add_column("programme", sa.Column("transfers_allowed", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, number in NUMBERS.items():
        op.add_column("programme", sa.Column(name, sa.Integer(), server_default=number, nullable=False))
    op.create_table(
        "points_transfer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("from_id", BIG, nullable=False),
        sa.Column("to_id", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.LargeBinary(length=32), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("returned", BIG, nullable=True),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_transfer_points_positive")),
        sa.CheckConstraint("(undone_at IS NULL) = (returned IS NULL)", name=op.f("ck_points_transfer_undone_whole")),
        sa.CheckConstraint("returned >= 0 AND returned <= points", name=op.f("ck_points_transfer_returned_range")),
        sa.ForeignKeyConstraint(["from_id"], ["person.id"], name=op.f("fk_points_transfer_from_id_person")),
        sa.ForeignKeyConstraint(["to_id"], ["person.id"], name=op.f("fk_points_transfer_to_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_transfer")),
        sa.UniqueConstraint("once", name=op.f("uq_points_transfer_once")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_points_transfer_from_id", "points_transfer", ["from_id", "sent_at"])
    op.create_index("ix_points_transfer_to_id", "points_transfer", ["to_id", "sent_at"])


def downgrade() -> None:
    op.drop_table("points_transfer")
    for name in (*NUMBERS, "transfers_allowed"):
        op.drop_column("programme", name)
