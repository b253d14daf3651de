"""invoices and what else is printed"""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect, unprotect

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("paper", "paper_file", "paper_download")


def upgrade() -> None:
    op.create_table(
        "paper_setting",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("legal_name", sa.String(length=200), nullable=False),
        sa.Column("tax_number", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("postcode", sa.String(length=20), nullable=False),
        sa.Column("city", sa.String(length=100), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("register", sa.String(length=200), nullable=False),
        sa.Column("invoice_prefix", sa.String(length=8), nullable=False),
        sa.Column("credit_prefix", sa.String(length=8), nullable=False),
        sa.Column("receipt_prefix", sa.String(length=8), nullable=False),
        sa.Column("refund_prefix", sa.String(length=8), nullable=False),
        sa.Column("how_to_pay", sa.JSON(), nullable=False),
        sa.Column("untaxed", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_paper_setting_one_row")),
        sa.CheckConstraint("mode IN ('receipts', 'invoices')", name=op.f("ck_paper_setting_mode_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_setting")),
    )
    op.create_table(
        "paper_series",
        sa.Column("id", BIG, nullable=False),
        sa.Column("prefix", sa.String(length=16), nullable=False),
        sa.Column("next_number", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("next_number > 0", name=op.f("ck_paper_series_next_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_series")),
        sa.UniqueConstraint("prefix", name=op.f("uq_paper_series_prefix")),
        sqlite_autoincrement=True,
    )
    _create_papers()
    _create_files()
    for table in APPEND_ONLY:
        protect(table)


def _create_papers() -> None:
    op.create_table(
        "paper",
        sa.Column("id", BIG, nullable=False),
        sa.Column("series_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("cause", sa.String(length=40), nullable=False),
        sa.Column("order_id", BIG, nullable=False),
        sa.Column("refers_to", BIG, nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("net", BIG, nullable=False),
        sa.Column("tax", BIG, nullable=False),
        sa.Column("total", BIG, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "kind IN ('invoice', 'credit_note', 'order_receipt', 'refund_receipt')", name=op.f("ck_paper_kind_known")
        ),
        sa.CheckConstraint("total = net + tax", name=op.f("ck_paper_total_adds_up")),
        sa.CheckConstraint(
            "(refers_to IS NULL) = (kind IN ('invoice', 'order_receipt'))", name=op.f("ck_paper_refers_to_another")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["shop_order.id"], name=op.f("fk_paper_order_id_shop_order")),
        sa.ForeignKeyConstraint(["refers_to"], ["paper.id"], name=op.f("fk_paper_refers_to_paper")),
        sa.ForeignKeyConstraint(["series_id"], ["paper_series.id"], name=op.f("fk_paper_series_id_paper_series")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
        sa.UniqueConstraint("cause", name=op.f("uq_paper_cause")),
        sa.UniqueConstraint("number", name=op.f("uq_paper_number")),
        sa.UniqueConstraint("series_id", "position", name=op.f("uq_paper_series_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_paper_issued_at", "paper", ["issued_at", "id"], unique=False)
    op.create_index("ix_paper_order_id", "paper", ["order_id", "id"], unique=False)
    op.create_index(op.f("ix_paper_refers_to"), "paper", ["refers_to"], unique=False)
    op.create_table(
        "paper_content",
        sa.Column("paper_id", BIG, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_paper_content_paper_id_paper")),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_paper_content")),
    )


def _create_files() -> None:
    op.create_table(
        "paper_file",
        sa.Column("id", BIG, nullable=False),
        sa.Column("paper_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("press", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_paper_file_paper_id_paper")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_file")),
        sa.UniqueConstraint("paper_id", "file_hash", name=op.f("uq_paper_file_paper_id_file_hash")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "paper_download",
        sa.Column("id", BIG, nullable=False),
        sa.Column("paper_id", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=8), nullable=False),
        sa.Column("by", BIG, nullable=True),
        sa.CheckConstraint("actor IN ('buyer', 'member', 'staff')", name=op.f("ck_paper_download_actor_known")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_paper_download_by_account")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_paper_download_paper_id_paper")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_download")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_paper_download_paper_id", "paper_download", ["paper_id", "id"], unique=False)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    op.drop_table("paper_download")
    op.drop_table("paper_file")
    op.drop_table("paper_content")
    op.drop_table("paper")
    op.drop_table("paper_series")
    op.drop_table("paper_setting")
