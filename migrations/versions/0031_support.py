"""questions of members and the inbox"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SETTINGS = {
    "answer_from": (sa.Integer(), "600"),
    "answer_until": (sa.Integer(), "1080"),
    "answer_days": (sa.String(length=7), "12345"),
    "answer_hours": (sa.Integer(), "8"),
    "goodwill_points": (sa.Integer(), "500"),
}


def upgrade() -> None:
    for name, (kind, default) in SETTINGS.items():
        op.add_column("programme", sa.Column(name, kind, server_default=default, nullable=False))
    _cases()
    _entries()
    op.create_table(
        "saved_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", BIG, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["account.id"], name=op.f("fk_saved_answer_changed_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_answer")),
        sa.UniqueConstraint("title", name=op.f("uq_saved_answer_title")),
        sqlite_autoincrement=True,
    )


def _cases() -> None:
    op.create_table(
        "support_case",
        sa.Column("id", BIG, nullable=False),
        sa.Column("number", sa.String(length=12), nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("is_forgotten", sa.Boolean(), nullable=False),
        sa.Column("topic", sa.String(length=8), nullable=False),
        sa.Column("thing_id", BIG, nullable=True),
        sa.Column("subject", sa.String(length=160), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("call_back", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("promised_by", MOMENT, nullable=False),
        sa.Column("answer_by", MOMENT, nullable=True),
        sa.Column("waits_since", MOMENT, nullable=True),
        sa.Column("first_answer_at", MOMENT, nullable=True),
        sa.Column("first_answer_minutes", sa.Integer(), nullable=True),
        sa.Column("solved_at", MOMENT, nullable=True),
        sa.Column("was_asked", sa.Boolean(), nullable=False),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.Column("rating", sa.String(length=8), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'open') = (answer_by IS NOT NULL)", name=op.f("ck_support_case_promise_while_open")
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR sender <> '' OR is_forgotten", name=op.f("ck_support_case_somebody_asks")
        ),
        sa.CheckConstraint("rating IN ('', 'yes', 'partly', 'no')", name=op.f("ck_support_case_rating_known")),
        sa.CheckConstraint("state IN ('open', 'waiting', 'solved')", name=op.f("ck_support_case_state_known")),
        sa.CheckConstraint("topic IN ('order', 'points', 'event', 'other')", name=op.f("ck_support_case_topic_known")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_support_case_owner_id_account")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_support_case_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_case")),
        sa.UniqueConstraint("number", name=op.f("uq_support_case_number")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_support_case_state", "support_case", ["state", "answer_by", "id"])
    op.create_index("ix_support_case_owner_id", "support_case", ["owner_id", "state", "answer_by"])
    op.create_index("ix_support_case_person_id", "support_case", ["person_id", "id"])
    op.create_index("ix_support_case_opened_at", "support_case", ["opened_at"])


def _entries() -> None:
    op.create_table(
        "support_entry",
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", BIG, nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.String(length=120), nullable=True),
        sa.Column("form_key", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('customer', 'staff', 'note')", name=op.f("ck_support_entry_kind_known")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_support_entry_by_account")),
        sa.ForeignKeyConstraint(["case_id"], ["support_case.id"], name=op.f("fk_support_entry_case_id_support_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_entry")),
        sa.UniqueConstraint("form_key", name=op.f("uq_support_entry_form_key")),
        sa.UniqueConstraint("mail_id", name=op.f("uq_support_entry_mail_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_support_entry_case_id", "support_entry", ["case_id", "id"])
    op.create_table(
        "support_file",
        sa.Column("id", BIG, nullable=False),
        sa.Column("entry_id", BIG, nullable=False),
        sa.Column("file", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=4), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.CheckConstraint("kind IN ('jpg', 'pdf')", name=op.f("ck_support_file_kind_known")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["support_entry.id"], name=op.f("fk_support_file_entry_id_support_entry")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support_file")),
        sa.UniqueConstraint("file", name=op.f("uq_support_file_file")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_support_file_entry_id", "support_file", ["entry_id"])


def downgrade() -> None:
    for table in ("saved_answer", "support_file", "support_entry", "support_case"):
        op.drop_table(table)
    for name in reversed(SETTINGS):
        op.drop_column("programme", name)
