"""legal texts, backups, the last visit of staff, looking as another role, what the audit log is asked for"""

import sqlalchemy as sa
from alembic import op

from migrations import append_only

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("staff", sa.Column("seen_at", _MOMENT, nullable=True))
    op.add_column("session", sa.Column("seen_as", sa.String(length=16), nullable=True))
    op.add_column("programme", sa.Column("approval_points", sa.Integer(), server_default="10000", nullable=False))
    op.create_index("ix_audit_entry_by_at", "audit_entry", ["by", "at", "id"])
    op.create_index("ix_audit_entry_act_at", "audit_entry", ["act", "at", "id"])
    op.create_table(
        "legal_draft",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("by", _ID, nullable=True),
        sa.CheckConstraint("kind IN ('terms', 'privacy', 'returns')", name=op.f("ck_legal_draft_kind_known")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_legal_draft_by_account")),
        sa.PrimaryKeyConstraint("kind", "language", name=op.f("pk_legal_draft")),
    )
    op.create_table(
        "legal_text",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=False),
        sa.Column("by", _ID, nullable=True),
        sa.CheckConstraint("kind IN ('terms', 'privacy', 'returns')", name=op.f("ck_legal_text_kind_known")),
        sa.CheckConstraint("version > 0", name=op.f("ck_legal_text_version_positive")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_legal_text_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_text")),
        sa.UniqueConstraint("kind", "version", "language", name="uq_legal_text_version"),
        sqlite_autoincrement=True,
    )
    append_only.protect("legal_text")
    op.create_table(
        "backup_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", _ID, nullable=True),
        sa.Column("started_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("is_good", sa.Boolean(), nullable=True),
        sa.Column("file", sa.String(length=80), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("trouble", sa.String(length=16), nullable=True),
        sa.Column("detail", sa.String(length=300), nullable=True),
        sa.Column("removed_at", _MOMENT, nullable=True),
        sa.CheckConstraint("(finished_at IS NULL) = (is_good IS NULL)", name=op.f("ck_backup_run_end_has_result")),
        sa.ForeignKeyConstraint(["asked_by"], ["account.id"], name=op.f("fk_backup_run_asked_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backup_run")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_backup_run_finished_at", "backup_run", ["finished_at"])


def downgrade() -> None:
    op.drop_table("backup_run")
    append_only.unprotect("legal_text")
    op.drop_table("legal_text")
    op.drop_table("legal_draft")
    op.drop_index("ix_audit_entry_act_at", table_name="audit_entry")
    op.drop_index("ix_audit_entry_by_at", table_name="audit_entry")
    op.drop_column("programme", "approval_points")
    op.drop_column("session", "seen_as")
    op.drop_column("staff", "seen_at")
