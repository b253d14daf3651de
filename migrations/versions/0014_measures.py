"""what the club does so that customers stay"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INDEXES = {
    "ix_measure_state": ["state", "id"],
    "ix_measure_cause": ["cause", "id"],
    "ix_measure_case_id": ["case_id"],
}
_RULES = {
    "state_known": "state IN ('open', 'done', 'closed', 'dropped')",
    "verdict_known": "verdict IN ('worked', 'partly', 'no_effect', 'worse')",
    "closed_has_effect_day": "(state = 'closed') = (looked_on IS NOT NULL)",
    "effect_has_verdict": "(looked_on IS NULL) = (verdict IS NULL)",
    "effect_has_figure": "(looked_on IS NULL) = (figure_after IS NULL)",
    "done_has_day": "state NOT IN ('done', 'closed') OR done_on IS NOT NULL",
    "done_has_look": "(done_on IS NULL) = (look_id IS NULL)",
    "figures_positive": "figure_before >= 0 AND figure_after >= 0",
}


def upgrade() -> None:
    op.create_table(
        "measure",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("was", sa.Text(), nullable=False),
        sa.Column("figure", sa.String(length=120), nullable=False),
        sa.Column("figure_before", _ID, nullable=False),
        sa.Column("figure_after", _ID, nullable=True),
        sa.Column("case_id", _ID, nullable=True),
        sa.Column("task_id", _ID, nullable=False),
        sa.Column("look_id", _ID, nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", _ID, nullable=True),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.Column("verdict", sa.String(length=12), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", _ID, nullable=True),
        sa.Column("once", sa.String(length=80), nullable=True),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_measure_{name}")) for name, rule in _RULES.items()),
        _foreign("case_id", "lost_case", ondelete="SET NULL"),
        _foreign("task_id", "task"),
        _foreign("look_id", "task"),
        _foreign("made_by", "account"),
        _foreign("ended_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_measure")),
        sa.UniqueConstraint("once", name=op.f("uq_measure_once")),
        sqlite_autoincrement=True,
    )
    for name, columns in _INDEXES.items():
        op.create_index(name, "measure", columns)
    op.create_index("ix_message_message_id", "message", ["message_id"])
    op.add_column("rhythm_rule", sa.Column("looked_back_days", sa.Integer(), server_default="90", nullable=False))


def downgrade() -> None:
    op.drop_column("rhythm_rule", "looked_back_days")
    op.drop_index("ix_message_message_id", table_name="message")
    op.drop_table("measure")


def _foreign(column: str, table: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_measure_{column}_{table}")
    return sa.ForeignKeyConstraint([column], [f"{table}.id"], name=name, ondelete=ondelete)
