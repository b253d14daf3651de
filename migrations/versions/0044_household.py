"""households whose members may spend each other's points"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBERS = {"household_most": "4", "household_wait_days": "14"}
PARTS = sa.text("part_of IS NOT NULL")


def upgrade() -> None:
    op.add_column("programme", sa.Column("households_allowed", sa.Boolean(), server_default=sa.false(), nullable=False))
    for name, number in NUMBERS.items():
        op.add_column("programme", sa.Column(name, sa.Integer(), server_default=number, nullable=False))
    op.create_table(
        "household",
        sa.Column("id", BIG, nullable=False),
        sa.Column("founded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "household_member",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("household_id", BIG, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shares_from", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_household_member_person_id_person")),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_member_household_id_household")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
        sa.UniqueConstraint("person_id", name=op.f("uq_household_member_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_household_member_household_id", "household_member", ["household_id"])
    op.create_table(
        "household_invitation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("household_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("sought", sa.String(length=254), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_household_invitation_household_id_household")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_household_invitation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_invitation")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_household_invitation_household_id", "household_invitation", ["household_id"])
    op.create_index("ix_household_invitation_person_id", "household_invitation", ["person_id"])
    op.add_column("points_hold", sa.Column("shared", BIG, server_default=sa.text("0"), nullable=False))
    op.add_column("points_hold", sa.Column("part_of", BIG, nullable=True))
    op.create_index("ix_points_hold_part_of", "points_hold", ["part_of"], sqlite_where=PARTS, postgresql_where=PARTS)
    op.create_table(
        "points_part_back",
        sa.Column("id", BIG, nullable=False),
        sa.Column("hold_id", BIG, nullable=False),
        sa.Column("movement_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["points_hold.id"], name=op.f("fk_points_part_back_hold_id_points_hold")),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["points_movement.id"], name=op.f("fk_points_part_back_movement_id_points_movement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_part_back")),
        sa.UniqueConstraint("hold_id", "movement_id", name=op.f("uq_points_part_back_hold_id_movement_id")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table("points_part_back")
    op.drop_index("ix_points_hold_part_of", "points_hold")
    op.drop_column("points_hold", "part_of")
    op.drop_column("points_hold", "shared")
    for name in ("household_invitation", "household_member", "household"):
        op.drop_table(name)
    for name in (*NUMBERS, "households_allowed"):
        op.drop_column("programme", name)
