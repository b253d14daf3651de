"""suggestions that members see in words of the club, and their votes"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
SEEN = sa.text("published_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("suggestion", sa.Column("public_words", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("suggestion", sa.Column("published_at", MOMENT, nullable=True))
    op.create_index(
        "ix_suggestion_published_at", "suggestion", ["published_at"], sqlite_where=SEEN, postgresql_where=SEEN
    )
    op.create_table(
        "suggestion_vote",
        sa.Column(
            "suggestion_id", BIG, sa.ForeignKey("suggestion.id", name="fk_suggestion_vote_suggestion_id_suggestion"),
            nullable=False,
        ),
        sa.Column(
            "person_id", BIG, sa.ForeignKey("person.id", name="fk_suggestion_vote_person_id_person"), nullable=False
        ),
        sa.Column("voted_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("suggestion_id", "person_id", name="pk_suggestion_vote"),
    )  # fmt: skip
    op.create_index("ix_suggestion_vote_person_id", "suggestion_vote", ["person_id"])


def downgrade() -> None:
    op.drop_table("suggestion_vote")
    op.drop_index("ix_suggestion_published_at", "suggestion")
    op.drop_column("suggestion", "published_at")
    op.drop_column("suggestion", "public_words")
