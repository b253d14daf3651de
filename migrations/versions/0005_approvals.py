"""four eyes, and two rows of one person made one"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _approvals()
    _merges()
    op.add_column("person", sa.Column("merged_into", _ID, nullable=True))
    op.add_column("person", sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True))
    is_merged = sa.text("merged_into IS NOT NULL")
    op.create_index(
        "ix_person_merged_into", "person", ["merged_into"], sqlite_where=is_merged, postgresql_where=is_merged
    )


def downgrade() -> None:
    op.drop_index("ix_person_merged_into", "person")
    op.drop_column("person", "merged_at")
    op.drop_column("person", "merged_into")
    op.drop_table("person_merge_row")
    op.drop_table("person_merge")
    op.drop_table("approval")


def _approvals() -> None:
    op.create_table(
        "approval",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("points", _ID, nullable=True),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("asked_by", _ID, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("once", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('points.adjust', 'tier.by_hand')", name=op.f("ck_approval_kind_known")),
        sa.CheckConstraint(
            "state IN ('at_once', 'waiting', 'approved', 'refused', 'withdrawn', 'expired')",
            name=op.f("ck_approval_state_known"),
        ),
        sa.CheckConstraint(
            "(kind = 'points.adjust') = (points IS NOT NULL)", name=op.f("ck_approval_points_for_points")
        ),
        sa.CheckConstraint("(kind = 'tier.by_hand') = (rung_key IS NOT NULL)", name=op.f("ck_approval_rung_for_tier")),
        sa.CheckConstraint(
            "(state IN ('at_once', 'waiting')) = (decided_at IS NULL)", name=op.f("ck_approval_decided_has_day")
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR state = 'withdrawn' OR decided_by <> asked_by", name=op.f("ck_approval_two_people")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_approval_asked_by_account")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_approval_decided_by_account")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
        sa.UniqueConstraint("once", name=op.f("uq_approval_once")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approval_person_id", "approval", ["person_id", "id"])
    op.create_index("ix_approval_asked_by", "approval", ["asked_by", "person_id", "asked_at"])
    waits, decided = sa.text("state = 'waiting'"), sa.text("decided_at IS NOT NULL")
    op.create_index("ix_approval_waiting", "approval", ["expires_at", "id"], sqlite_where=waits, postgresql_where=waits)
    op.create_index(
        "ix_approval_decided_at", "approval", ["decided_at"], sqlite_where=decided, postgresql_where=decided
    )


def _merges() -> None:
    op.create_table(
        "person_merge",
        sa.Column("id", _ID, nullable=False),
        sa.Column("survivor_id", _ID, nullable=False),
        sa.Column("loser_id", _ID, nullable=False),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", _ID, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("survivor_before", sa.JSON(), nullable=False),
        sa.Column("loser_before", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", _ID, nullable=True),
        sa.CheckConstraint("survivor_id <> loser_id", name=op.f("ck_person_merge_two_records")),
        sa.CheckConstraint(
            "(undone_at IS NULL) OR (undone_at >= merged_at)", name=op.f("ck_person_merge_undone_later")
        ),
        sa.ForeignKeyConstraint(["loser_id"], ["person.id"], name=op.f("fk_person_merge_loser_id_person")),
        sa.ForeignKeyConstraint(["merged_by"], ["account.id"], name=op.f("fk_person_merge_merged_by_account")),
        sa.ForeignKeyConstraint(["survivor_id"], ["person.id"], name=op.f("fk_person_merge_survivor_id_person")),
        sa.ForeignKeyConstraint(["undone_by"], ["account.id"], name=op.f("fk_person_merge_undone_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge")),
        sqlite_autoincrement=True,
    )
    stands = sa.text("undone_at IS NULL")
    op.create_index(
        "uq_person_merge_loser_id", "person_merge", ["loser_id"], unique=True, sqlite_where=stands,
        postgresql_where=stands,
    )  # fmt: skip
    op.create_index("ix_person_merge_survivor_id", "person_merge", ["survivor_id", "id"])
    op.create_table(
        "person_merge_row",
        sa.Column("id", _ID, nullable=False),
        sa.Column("merge_id", _ID, nullable=False),
        sa.Column("act", sa.String(length=12), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("column_name", sa.String(length=60), nullable=False),
        sa.Column("row_key", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "act IN ('moved', 'begun', 'ended', 'switched_off')", name=op.f("ck_person_merge_row_act_known")
        ),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["person_merge.id"], name=op.f("fk_person_merge_row_merge_id_person_merge")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_merge_row")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_person_merge_row_merge_id", "person_merge_row", ["merge_id", "id"])
