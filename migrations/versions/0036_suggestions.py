"""suggestions, who is writing an answer, files of mails that were not kept, what an event was before each change"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
FORMER = ("told_at", "former_where", "former_ends_at", "former_starts_at")


def upgrade() -> None:
    op.add_column("support_entry", sa.Column("left_out", sa.String(length=400), server_default="", nullable=False))
    _formers()
    _writing()
    _suggestions()


def _formers() -> None:
    op.create_table(
        "event_former",
        sa.Column("event_id", BIG, sa.ForeignKey("event.id", name="fk_event_former_event_id_event"), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column("where", sa.String(length=402), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "until", name="pk_event_former"),
    )
    op.execute(
        'INSERT INTO event_former (event_id, until, starts_at, ends_at, "where") '
        "SELECT id, told_at, former_starts_at, former_ends_at, former_where FROM event WHERE told_at IS NOT NULL"
    )
    for column in FORMER:
        op.drop_column("event", column)


def _writing() -> None:
    op.create_table(
        "support_writing",
        sa.Column(
            "case_id", BIG, sa.ForeignKey("support_case.id", name="fk_support_writing_case_id_support_case"),
            nullable=False,
        ),
        sa.Column(
            "account_id", BIG, sa.ForeignKey("account.id", name="fk_support_writing_account_id_account"), nullable=False
        ),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("case_id", "account_id", name="pk_support_writing"),
    )  # fmt: skip


def _suggestions() -> None:
    op.create_table(
        "suggestion",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, sa.ForeignKey("person.id", name="fk_suggestion_person_id_person"), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column(
            "same_as_id", BIG, sa.ForeignKey("suggestion.id", name="fk_suggestion_same_as_id_suggestion"), nullable=True
        ),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=True),
        sa.Column(
            "changed_by", BIG, sa.ForeignKey("account.id", name="fk_suggestion_changed_by_account"), nullable=True
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint(
            "state IN ('received', 'looking', 'done', 'declined')", name=op.f("ck_suggestion_state_known")
        ),
        sa.CheckConstraint("same_as_id IS NULL OR same_as_id <> id", name=op.f("ck_suggestion_not_itself")),
        sa.PrimaryKeyConstraint("id", name="pk_suggestion"),
        sa.UniqueConstraint("form_key", name="uq_suggestion_form_key"),
        sqlite_autoincrement=True,
    )  # fmt: skip
    op.create_index("ix_suggestion_state", "suggestion", ["state", "id"])
    op.create_index("ix_suggestion_person_id", "suggestion", ["person_id", "id"])
    op.create_index("ix_suggestion_same_as_id", "suggestion", ["same_as_id"])


def downgrade() -> None:
    op.drop_table("suggestion")
    op.drop_table("support_writing")
    for column, kind in (
        ("former_starts_at", MOMENT), ("former_ends_at", MOMENT), ("former_where", sa.String(length=402)),
        ("told_at", MOMENT),
    ):  # fmt: skip
        op.add_column("event", sa.Column(column, kind, nullable=True))
    op.execute(
        "UPDATE event SET (former_starts_at, former_ends_at, former_where, told_at) = "
        '(SELECT starts_at, ends_at, "where", until FROM event_former WHERE event_id = event.id '
        "ORDER BY until DESC LIMIT 1)"
    )
    op.drop_table("event_former")
    op.drop_column("support_entry", "left_out")
