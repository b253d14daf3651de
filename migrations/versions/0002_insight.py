"""what is known of every customer's buying"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "member_figures",
        sa.Column("member_id", BIG, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("spend", BIG, nullable=False),
        sa.Column("spend_year", BIG, nullable=False),
        sa.Column("worth", BIG, nullable=False),
        sa.Column("buying_days", sa.Integer(), nullable=False),
        sa.Column("first_bought_on", sa.Date(), nullable=True),
        sa.Column("second_bought_on", sa.Date(), nullable=True),
        sa.Column("third_bought_on", sa.Date(), nullable=True),
        sa.Column("last_bought_on", sa.Date(), nullable=True),
        sa.Column("usual_gap_days", sa.Integer(), nullable=True),
        sa.Column("late_from", sa.Date(), nullable=True),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.CheckConstraint("place IN ('pareto', 'near', 'other', 'none')", name=op.f("ck_member_figures_place_known")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_member_figures_member_id_person")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_figures")),
    )
    op.create_index("ix_member_figures_place", "member_figures", ["place", "late_from"])
    op.create_index("ix_member_figures_late_from", "member_figures", ["late_from"])
    op.create_index("ix_member_figures_last_bought_on", "member_figures", ["last_bought_on"])
    op.create_index("ix_member_figures_spend_year", "member_figures", ["spend_year"])
    _rule_and_sums()
    _lost()


def _rule_and_sums() -> None:
    op.create_table(
        "rhythm_rule",
        sa.Column("id", BIG, nullable=False),
        sa.Column("times_percent", sa.Integer(), nullable=False),
        sa.Column("least_days", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG, nullable=True),
        sa.CheckConstraint("times_percent BETWEEN 100 AND 1000", name=op.f("ck_rhythm_rule_times_range")),
        sa.CheckConstraint("least_days BETWEEN 1 AND 3650", name=op.f("ck_rhythm_rule_least_days_range")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_rhythm_rule_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rhythm_rule")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "figure_day",
        sa.Column("day", sa.Date(), nullable=False),
        *(
            sa.Column(name, BIG, nullable=False)
            for name in ("sold", "given_back", "issued", "used", "expired", "taken_back", "adjusted")
        ),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_figure_day")),
    )
    op.create_table(
        "figure_sheet",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_figure_sheet")),
    )
    op.create_table(
        "figure_run",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("id = 1", name=op.f("ck_figure_run_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_run")),
    )


def _lost() -> None:
    op.create_table(
        "lost_case",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("last_bought_on", sa.Date(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("worth", BIG, nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=True),
        sa.Column("competitor", sa.String(length=100), nullable=False),
        sa.Column("own_words", sa.Text(), nullable=False),
        sa.Column("is_temporary", sa.Boolean(), nullable=False),
        sa.Column("back_on", sa.Date(), nullable=True),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "step IN ('suspected', 'verified', 'contacted', 'cause_known', 'won_back', 'closed')",
            name=op.f("ck_lost_case_step_known"),
        ),
        sa.CheckConstraint(
            "(step IN ('won_back', 'closed')) = (ended_on IS NOT NULL)", name=op.f("ck_lost_case_end_has_day")
        ),
        sa.CheckConstraint("step <> 'closed' OR cause IS NOT NULL", name=op.f("ck_lost_case_closed_has_cause")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lost_case_person_id_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_lost_case_owner_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_case")),
        sqlite_autoincrement=True,
    )
    is_open = {"sqlite_where": sa.text("ended_on IS NULL"), "postgresql_where": sa.text("ended_on IS NULL")}
    op.create_index("uq_lost_case_open", "lost_case", ["person_id"], unique=True, **is_open)
    op.create_index("ix_lost_case_worth", "lost_case", ["worth", "id"], **is_open)
    op.create_index("ix_lost_case_person", "lost_case", ["person_id", "last_bought_on"])
    op.create_index("ix_lost_case_ended_on", "lost_case", ["ended_on"])
    op.create_table(
        "lost_move",
        sa.Column("id", BIG, nullable=False),
        sa.Column("case_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", BIG, nullable=True),
        sa.Column("to_step", sa.String(length=12), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["lost_case.id"], name=op.f("fk_lost_move_case_id_lost_case")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_lost_move_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_move")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lost_move_case_id", "lost_move", ["case_id", "id"])


def downgrade() -> None:
    for table in (
        "lost_move",
        "lost_case",
        "figure_run",
        "figure_sheet",
        "figure_day",
        "rhythm_rule",
        "member_figures",
    ):
        op.drop_table(table)
