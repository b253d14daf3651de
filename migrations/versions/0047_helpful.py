"""whether members found an article helpful"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "article_opinion",
        sa.Column(
            "article_id", BIG, sa.ForeignKey("article.id", name="fk_article_opinion_article_id_article"), nullable=False
        ),
        sa.Column(
            "person_id", BIG, sa.ForeignKey("person.id", name="fk_article_opinion_person_id_person"), nullable=False
        ),
        sa.Column("is_helpful", sa.Boolean(), nullable=False),
        sa.Column("said_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("article_id", "person_id", name="pk_article_opinion"),
    )
    op.create_index("ix_article_opinion_person_id", "article_opinion", ["person_id"])


def downgrade() -> None:
    op.drop_table("article_opinion")
