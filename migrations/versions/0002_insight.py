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


def downgrade() -> None:
    op.drop_table("member_figures")
