"""articles, comments on them, reports of comments"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("programme", sa.Column("takes_comments", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "article",
        sa.Column("id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("theme", sa.String(length=8), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("lead", sa.JSON(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("minutes", sa.JSON(), nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("event_id", BIG, nullable=True),
        sa.Column("product_id", BIG, nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("shown_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint("theme IN ('health', 'family', 'culture', 'trade')", name=op.f("ck_article_theme_known")),
        sa.CheckConstraint("state IN ('draft', 'published', 'withdrawn')", name=op.f("ck_article_state_known")),
        sa.CheckConstraint("who IN ('public', 'members', 'rung')", name=op.f("ck_article_who_known")),
        sa.CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name=op.f("ck_article_rung_where_asked")),
        sa.CheckConstraint("state != 'published' OR shown_on IS NOT NULL", name=op.f("ck_article_day_where_published")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_article_created_by_account")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_article_event_id_event")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_article_product_id_product")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article")),
        sa.UniqueConstraint("content", name=op.f("uq_article_content")),
        sa.UniqueConstraint("slug", name=op.f("uq_article_slug")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_article_state", "article", ["state", "shown_on", "id"])
    op.create_table(
        "article_comment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("article_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("words", sa.String(length=1000), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", BIG, nullable=True),
        sa.Column("key", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'shown', 'hidden')", name=op.f("ck_article_comment_state_known")),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_article_comment_article_id_article")),
        sa.ForeignKeyConstraint(["decided_by"], ["account.id"], name=op.f("fk_article_comment_decided_by_account")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_article_comment_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_article_comment")),
        sa.UniqueConstraint("key", name=op.f("uq_article_comment_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_article_comment_article_id", "article_comment", ["article_id", "state", "id"])
    op.create_index("ix_article_comment_state", "article_comment", ["state", "id"])
    op.create_index("ix_article_comment_person_id", "article_comment", ["person_id", "id"])
    op.create_table(
        "article_comment_report",
        sa.Column("comment_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"],
            ["article_comment.id"],
            name=op.f("fk_article_comment_report_comment_id_article_comment"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_article_comment_report_person_id_person")),
        sa.PrimaryKeyConstraint("comment_id", "person_id", name=op.f("pk_article_comment_report")),
    )
    op.create_index("ix_article_comment_report_person_id", "article_comment_report", ["person_id"])


def downgrade() -> None:
    op.drop_table("article_comment_report")
    op.drop_table("article_comment")
    op.drop_table("article")
    op.drop_column("programme", "takes_comments")
