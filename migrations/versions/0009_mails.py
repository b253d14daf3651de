"""texts of mails, and what came back"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PARTIAL = {"ix_message_given_up": "state = 'given_up'", "ix_message_came_back": "came_back_at IS NOT NULL"}
_WHOLE = {"ix_message_act": ["act", "id"], "ix_message_recipient": ["recipient", "id"]}
_ADDED = ("cause", "came_back_at", "text_version", "digest")


def upgrade() -> None:
    op.add_column("message", sa.Column("cause", sa.String(length=16), server_default="", nullable=False))
    op.add_column("message", sa.Column("came_back_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("text_version", sa.Integer(), nullable=True))
    op.add_column("message", sa.Column("digest", sa.String(length=64), server_default="", nullable=False))
    for name, columns in _WHOLE.items():
        op.create_index(name, "message", columns)
    for name, where in _PARTIAL.items():
        op.create_index(name, "message", ["id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))

    op.create_table(
        "message_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("by", _ID, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_message_event_message_id_message")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_message_event_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_event")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_message_event_message_id", "message_event", ["message_id", "id"])

    op.create_table(
        "message_text",
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", _ID, nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_message_text_version_positive")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_message_text_by_account")),
        sa.PrimaryKeyConstraint("act", "language", "version", name=op.f("pk_message_text")),
    )
    op.create_table(
        "mail_address_state",
        sa.Column("address_key", sa.String(length=254), nullable=False),
        sa.Column("is_hard", sa.Boolean(), nullable=False),
        sa.Column("cause", sa.String(length=16), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(length=500), nullable=False),
        sa.Column("by", _ID, nullable=True),
        sa.CheckConstraint("is_hard OR expires_at IS NOT NULL", name=op.f("ck_mail_address_state_soft_expires")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_mail_address_state_by_account")),
        sa.PrimaryKeyConstraint("address_key", name=op.f("pk_mail_address_state")),
    )
    op.create_index("ix_mail_address_state_since", "mail_address_state", ["since"])

    op.create_table(
        "setup_step",
        sa.Column("key", sa.String(length=16), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", _ID, nullable=True),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_setup_step_by_account")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_setup_step")),
    )


def downgrade() -> None:
    for table in ("setup_step", "mail_address_state", "message_text", "message_event"):
        op.drop_table(table)
    for index in (*_PARTIAL, *_WHOLE):
        op.drop_index(index, table_name="message")
    for column in reversed(_ADDED):
        op.drop_column("message", column)
