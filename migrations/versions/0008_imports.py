"""files taken in by the worker, and how to take them back"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NUMBER = {"nullable": False, "server_default": sa.text("0")}
_OBJECT = {"nullable": False, "server_default": sa.text("'{}'")}


def _new() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("state", sa.String(length=16), nullable=False, server_default=sa.text("'done'")),
        sa.Column("size", _ID, **_NUMBER),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("options", sa.JSON(), **_OBJECT),
        sa.Column("found", sa.JSON(), **_OBJECT),
        sa.Column("step", sa.String(length=16), nullable=False, server_default=sa.text("''")),
        sa.Column("step_began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("step_done", _ID, **_NUMBER),
        sa.Column("step_of", _ID, **_NUMBER),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claims", sa.Integer(), **_NUMBER),
        sa.Column("is_stop_asked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("writing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True),
    )


def upgrade() -> None:
    for column in _new():
        op.add_column("import_run", column)
    op.create_index("ix_import_run_state", "import_run", ["state", "id"])
    op.create_table(
        "import_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("import_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.CheckConstraint("kind IN ('made', 'changed', 'touched')", name=op.f("ck_import_change_kind_known")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_change_import_id_import_run")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_import_change_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_change")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_import_change_import_id", "import_change", ["import_id", "kind", "id"])
    op.create_index("ix_import_change_person_id", "import_change", ["person_id"])


def downgrade() -> None:
    op.drop_table("import_change")
    op.drop_index("ix_import_run_state", table_name="import_run")
    for column in reversed(_new()):
        op.drop_column("import_run", column.name)
