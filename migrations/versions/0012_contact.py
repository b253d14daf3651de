"""how often and when the club may write; preferences that members keep; what askers have seen"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SETTINGS = {"contact_most": "4", "contact_days": "30", "quiet_from": "1260", "quiet_until": "540"}
_NOTED = """
    INSERT INTO contact (person_id, way, at, cause)
    SELECT person_id, kind, at, 'interaction:' || id FROM interaction WHERE direction = 'out'
    ORDER BY id
"""
_MAILED = """
    INSERT INTO contact (person_id, way, at, cause)
    SELECT person_id, 'mail', sent_at, 'message:' || id FROM message
    WHERE act = 'personal.letter' AND state = 'sent' AND person_id IS NOT NULL
    ORDER BY id
"""


def upgrade() -> None:
    for name, default in _SETTINGS.items():
        op.add_column("programme", sa.Column(name, sa.Integer(), server_default=default, nullable=False))
    op.add_column("message", sa.Column("waits_for", sa.String(length=8), server_default="", nullable=False))
    op.add_column("preference", sa.Column("is_own", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("approval", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE approval SET seen_at = decided_at WHERE decided_at IS NOT NULL")
    is_unread = sa.text("decided_at IS NOT NULL AND seen_at IS NULL")
    op.create_index(
        "ix_approval_unread", "approval", ["asked_by", "id"], sqlite_where=is_unread, postgresql_where=is_unread
    )
    op.create_table(
        "contact",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.CheckConstraint("way IN ('mail', 'call', 'visit', 'letter', 'chat')", name=op.f("ck_contact_way_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("cause", name=op.f("uq_contact_cause")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_contact_person_id", "contact", ["person_id", "at"])
    op.execute(_NOTED)
    op.execute(_MAILED)


def downgrade() -> None:
    op.drop_table("contact")
    op.drop_index("ix_approval_unread", table_name="approval")
    op.drop_column("approval", "seen_at")
    op.drop_column("preference", "is_own")
    op.drop_column("message", "waits_for")
    for name in reversed(_SETTINGS):
        op.drop_column("programme", name)
