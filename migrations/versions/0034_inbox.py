"""the inbox of members; how they want to be written to, and the key to it"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
TOPICS = ("service", "orders", "points", "statement", "events", "offers", "news", "greetings")


def upgrade() -> None:
    op.create_table(
        "contact_choice",
        sa.Column("person_id", BIG, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("often", sa.String(length=8), nullable=False),
        sa.Column("paused_until", sa.Date(), nullable=True),
        sa.CheckConstraint("often IN ('each', 'weekly', 'monthly')", name=op.f("ck_contact_choice_often_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_choice_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_contact_choice")),
        sa.UniqueConstraint("key", name=op.f("uq_contact_choice_key")),
    )
    _index_where("ix_contact_choice_often", "contact_choice", "often", "often <> 'each'")
    op.create_table(
        "inbox_message",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("occurrence", sa.String(length=80), nullable=False),
        sa.Column("topic", sa.String(length=12), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=True),
        sa.Column("subject", sa.String(length=300), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("mailed_at", MOMENT, nullable=True),
        sa.Column("read_at", MOMENT, nullable=True),
        sa.Column("is_collected", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("(subject IS NULL) = (words IS NULL)", name=op.f("ck_inbox_message_copy_whole")),
        sa.CheckConstraint(
            f"topic IN ({', '.join(repr(topic) for topic in TOPICS)})", name=op.f("ck_inbox_message_topic_known")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_inbox_message_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_message")),
        sa.UniqueConstraint(
            "person_id", "act", "step", "occurrence", name=op.f("uq_inbox_message_person_id_act_step_occurrence")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_message_person_id", "inbox_message", ["person_id", "id"])
    _index_where("ix_inbox_message_unread", "inbox_message", "person_id", "read_at IS NULL")
    _index_where("ix_inbox_message_collected", "inbox_message", "person_id", "is_collected")


def downgrade() -> None:
    op.drop_table("inbox_message")
    op.drop_table("contact_choice")


def _index_where(name: str, table: str, column: str, condition: str) -> None:
    op.create_index(name, table, [column], sqlite_where=sa.text(condition), postgresql_where=sa.text(condition))
