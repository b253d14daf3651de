"""profiles; leaving the club: the day from which somebody is forgotten, and who was a member before"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "profile",
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("patronymic", sa.String(length=100), nullable=False),
        sa.Column("profession", sa.String(length=100), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("birthday_changes", sa.Integer(), nullable=False),
        sa.Column("birthday_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rewarded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("birthday_changes >= 0", name=op.f("ck_profile_birthday_changes_positive")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_profile_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_profile")),
    )
    op.create_table(
        "former_member",
        sa.Column("mailbox", sa.LargeBinary(length=32), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name=op.f("pk_former_member")),
    )
    op.add_column("person", sa.Column("leaves_on", sa.Date(), nullable=True))
    op.add_column("person", sa.Column("left_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_person_leaves_on",
        "person",
        ["leaves_on"],
        sqlite_where=sa.text("leaves_on IS NOT NULL"),
        postgresql_where=sa.text("leaves_on IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_person_leaves_on", table_name="person")
    op.drop_column("person", "left_on")
    op.drop_column("person", "leaves_on")
    op.drop_table("former_member")
    op.drop_table("profile")
