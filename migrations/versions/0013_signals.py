"""figures on request, customers who decline, and the use of benefits"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


_SUMS = {
    "recent_spend": _ID,
    "recent_days": sa.Integer(),
    "before_spend": _ID,
    "before_days": sa.Integer(),
    "before_span": sa.Integer(),
    "signs": sa.Integer(),
}


def upgrade() -> None:
    op.add_column("figure_run", sa.Column("asked_at", _MOMENT, nullable=True))
    op.add_column("figure_run", sa.Column("begun_at", _MOMENT, nullable=True))
    for name, type_ in _SUMS.items():
        op.add_column("member_figures", sa.Column(name, type_, server_default="0", nullable=False))
    op.add_column("member_figures", sa.Column("overdue_from", sa.Date(), nullable=True))
    op.add_column("member_figures", sa.Column("trend", sa.String(length=10), server_default="none", nullable=False))
    op.create_index("ix_member_figures_trend", "member_figures", ["trend", "place"])
    op.create_table(
        "watch_rule",
        sa.Column("id", _ID, nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("window_days", "decline_percent", "basket_percent", "overdue_percent")
        ),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("created_by", _ID, nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_watch_rule_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watch_rule")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "benefit_use",
        sa.Column("id", _ID, nullable=False),
        sa.Column("benefit_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=False),
        sa.Column("used_on", sa.Date(), nullable=False),
        sa.Column("cost", _ID, nullable=False),
        sa.Column("recorded_at", _MOMENT, nullable=False),
        sa.Column("by", _ID, nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("undone_at", _MOMENT, nullable=True),
        sa.Column("undone_by", _ID, nullable=True),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_benefit_use_use_cost_positive")),
        sa.CheckConstraint("(undone_at IS NULL) = (undone_by IS NULL)", name=op.f("ck_benefit_use_undone_by_somebody")),
        sa.ForeignKeyConstraint(["benefit_id"], ["benefit.id"], name=op.f("fk_benefit_use_benefit_id_benefit")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_benefit_use_person_id_person")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_benefit_use_by_account")),
        sa.ForeignKeyConstraint(["undone_by"], ["account.id"], name=op.f("fk_benefit_use_undone_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_benefit_use")),
        sa.UniqueConstraint("content", name=op.f("uq_benefit_use_content")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_benefit_use_person", "benefit_use", ["person_id", "used_on"])
    op.create_index("ix_benefit_use_used_on", "benefit_use", ["used_on"])


def downgrade() -> None:
    op.drop_table("benefit_use")
    op.drop_table("watch_rule")
    op.drop_index("ix_member_figures_trend", table_name="member_figures")
    for name in ("trend", "overdue_from", *reversed(_SUMS)):
        op.drop_column("member_figures", name)
    op.drop_column("figure_run", "begun_at")
    op.drop_column("figure_run", "asked_at")
