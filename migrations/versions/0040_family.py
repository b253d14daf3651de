"""whom members name as their family"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("programme", sa.Column("minors_kept", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "family_member",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("relation", sa.String(length=8), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("birth_day", sa.Integer(), nullable=True),
        sa.Column("answered_for_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name=op.f("ck_family_member_birthday_whole")),
        sa.CheckConstraint(
            "birth_year IS NULL OR birth_month IS NOT NULL", name=op.f("ck_family_member_year_with_day")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_family_member_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_family_member")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_family_member_person_id", "family_member", ["person_id"])


def downgrade() -> None:
    op.drop_table("family_member")
    op.drop_column("programme", "minors_kept")
