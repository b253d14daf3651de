"""words to find people by, saved views and tags"""

import re
import unicodedata
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORD = sa.String(length=100).with_variant(sa.String(length=100, collation="C"), "postgresql")
BATCH = 5_000


def upgrade() -> None:
    op.create_table(
        "person_word",
        sa.Column("word", WORD, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_word_person_id_person")),
        sa.PrimaryKeyConstraint("word", "person_id", name=op.f("pk_person_word")),
        sqlite_with_rowid=False,
    )
    _find_everybody()
    op.create_index("ix_person_word_person_id", "person_word", ["person_id", "word"])
    op.create_index(
        "ix_person_birthday",
        "person",
        ["birth_month", "birth_day"],
        sqlite_where=sa.text("birth_month IS NOT NULL"),
        postgresql_where=sa.text("birth_month IS NOT NULL"),
    )
    op.create_index(
        "ix_purchase_line_sku",
        "purchase_line",
        ["sku", "id"],
        sqlite_where=sa.text("sku <> ''"),
        postgresql_where=sa.text("sku <> ''"),
    )
    op.create_table(
        "saved_view",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("query", sa.String(length=1000), nullable=False),
        sa.Column("owner_id", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_saved_view_owner_id_account")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_saved_view_made_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_saved_view_owner_id"), "saved_view", ["owner_id"])
    op.create_table(
        "tag",
        sa.Column("id", BIG, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("name_key", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name_key", name=op.f("uq_tag_name_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "person_tag",
        sa.Column("tag_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("put_by", BIG, nullable=False),
        sa.Column("taken_by", BIG, nullable=True),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_person_tag_tag_id_tag")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_tag_person_id_person")),
        sa.ForeignKeyConstraint(["put_by"], ["audit_entry.id"], name=op.f("fk_person_tag_put_by_audit_entry")),
        sa.ForeignKeyConstraint(["taken_by"], ["audit_entry.id"], name=op.f("fk_person_tag_taken_by_audit_entry")),
        sa.PrimaryKeyConstraint("tag_id", "person_id", name=op.f("pk_person_tag")),
    )
    op.create_index("ix_person_tag_person_id", "person_tag", ["person_id"])
    op.create_index("ix_person_tag_put_by", "person_tag", ["put_by"])
    op.create_index(
        "ix_person_tag_taken_by",
        "person_tag",
        ["taken_by"],
        sqlite_where=sa.text("taken_by IS NOT NULL"),
        postgresql_where=sa.text("taken_by IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("person_tag", "tag", "saved_view", "person_word"):
        op.drop_table(table)
    op.drop_index("ix_purchase_line_sku", "purchase_line")
    op.drop_index("ix_person_birthday", "person")


def _find_everybody() -> None:
    """Words for everybody whom the club knows already, in batches."""
    connection = op.get_bind()
    word = sa.table("person_word", sa.column("word", sa.String), sa.column("person_id", sa.BigInteger))
    people = sa.text(
        "SELECT id, full_name, call_name, email_key, phone FROM person WHERE id > :last ORDER BY id LIMIT :batch"
    )
    last = 0
    while rows := connection.execute(people, {"last": last, "batch": BATCH}).all():
        last = rows[-1].id
        found = sorted((one, row.id) for row in rows for one in set(_words(row)))
        if found:
            connection.execute(sa.insert(word), [{"word": one, "person_id": person_id} for one, person_id in found])


def _words(row: sa.Row) -> Iterator[str]:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", f"{row.full_name} {row.call_name}").casefold())
    for part in "".join(char for char in plain if not unicodedata.combining(char)).split():
        pieces = re.findall(r"[^\W_]+", part)
        yield from (piece[:100] for piece in pieces)
        if len(pieces) > 1:
            yield "".join(pieces)[:100]
    if row.email_key:
        yield f"@{row.email_key}"[:100]
    if row.phone:
        yield row.phone
