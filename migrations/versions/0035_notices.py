"""what the club says by itself: notices as the club wants them, days that it keeps, who was greeted in which month"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_setting",
        sa.Column("notice", sa.String(length=24), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("leads", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("notice", name=op.f("pk_notice_setting")),
    )
    op.create_table(
        "kept_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("keeps", sa.String(length=12), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=True),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("holiday", sa.String(length=120), nullable=False),
        sa.CheckConstraint("keeps IN ('profession', 'holiday')", name=op.f("ck_kept_day_keeps_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_day")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "greeting",
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("notice", sa.String(length=24), nullable=False),
        sa.Column("occasion", sa.String(length=40), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_greeting_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "month", name=op.f("pk_greeting")),
    )
    op.create_index("ix_greeting_due_on", "greeting", ["due_on", "notice"])


def downgrade() -> None:
    op.drop_table("greeting")
    op.drop_table("kept_day")
    op.drop_table("notice_setting")
