"""what somebody is about to buy"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cart",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=True),
        sa.Column("token_digest", sa.LargeBinary(length=32), nullable=True),
        sa.Column("points_wanted", BIG, nullable=False),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(claim IS NULL) = (claimed_at IS NULL)", name=op.f("ck_cart_claimed_at_some_time")),
        sa.CheckConstraint("closed_at IS NULL OR claim IS NOT NULL", name=op.f("ck_cart_closed_by_a_claim")),
        sa.CheckConstraint("person_id IS NULL OR token_digest IS NULL", name=op.f("ck_cart_one_owner")),
        sa.CheckConstraint("points_wanted >= 0", name=op.f("ck_cart_points_positive")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_cart_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cart")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cart_kept_until", "cart", ["kept_until"])
    op.create_index("ix_cart_person_id", "cart", ["person_id"])
    op.create_index(
        "uq_cart_person_id",
        "cart",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("claim IS NULL"),
        postgresql_where=sa.text("claim IS NULL"),
    )
    op.create_index("uq_cart_token_digest", "cart", ["token_digest"], unique=True)
    op.create_table(
        "cart_line",
        sa.Column("cart_id", BIG, nullable=False),
        sa.Column("variant_id", BIG, nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("shown_price", BIG, nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.LargeBinary(length=32), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("quantity BETWEEN 1 AND 999", name=op.f("ck_cart_line_quantity_in_bounds")),
        sa.CheckConstraint("shown_price IS NULL OR shown_price >= 0", name=op.f("ck_cart_line_shown_price_positive")),
        sa.ForeignKeyConstraint(["cart_id"], ["cart.id"], name=op.f("fk_cart_line_cart_id_cart"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_cart_line_variant_id_variant")),
        sa.PrimaryKeyConstraint("cart_id", "variant_id", name=op.f("pk_cart_line")),
    )
    op.create_index("ix_cart_line_variant_id", "cart_line", ["variant_id"])


def downgrade() -> None:
    op.drop_index("ix_cart_line_variant_id", "cart_line")
    op.drop_table("cart_line")
    for name in ("uq_cart_token_digest", "uq_cart_person_id", "ix_cart_person_id", "ix_cart_kept_until"):
        op.drop_index(name, "cart")
    op.drop_table("cart")
