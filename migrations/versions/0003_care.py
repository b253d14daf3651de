"""notes, tasks, promises and who looks after whom"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPEN, STANDS = sa.text("state = 'open'"), sa.text("ended_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "interaction",
        _id(),
        _person("interaction"),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("summary", sa.Text(), nullable=False),
        _moment("at"),
        _account("interaction", "by"),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        _moment("edited_at", nullable=True),
        *_cause("interaction"),
        _check("interaction", "kind_known", "kind IN ('note', 'call', 'visit', 'letter', 'mail', 'chat')"),
        _check("interaction", "direction_known", "direction IN ('in', 'out')"),
        _check("interaction", "has_direction", "(kind = 'note') = (direction IS NULL)"),
        _check(
            "interaction",
            "outcome_known",
            "outcome IN ('reached', 'not_reached', 'message_left', 'call_back', 'refused')",
        ),
        _primary("interaction"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_interaction_person_id", "interaction", ["person_id", "at", "id"])
    op.create_index("ix_interaction_by", "interaction", ["by", "id"])
    op.create_table(
        "task",
        _id(),
        _person("task", nullable=True),
        *_to_do("task"),
        _check("task", "state_known", "state IN ('open', 'done', 'dropped')"),
        _check("task", "closed_has_moment", "(state = 'open') = (closed_at IS NULL)"),
        _primary("task"),
        sqlite_autoincrement=True,
    )
    _to_do_indexes("task")
    op.create_table(
        "commitment",
        _id(),
        _person("commitment"),
        *_to_do("commitment"),
        sa.Column("was_told", sa.Boolean(), nullable=False),
        _check("commitment", "state_known", "state IN ('open', 'kept', 'broken')"),
        _check("commitment", "closed_has_moment", "(state = 'open') = (closed_at IS NULL)"),
        _primary("commitment"),
        sqlite_autoincrement=True,
    )
    _to_do_indexes("commitment")
    op.create_index("ix_commitment_due_on", "commitment", ["due_on"])
    op.create_table(
        "carer",
        _id(),
        _person("carer"),
        _account("carer", "account_id", nullable=False),
        _moment("since"),
        _moment("ended_at", nullable=True),
        _account("carer", "by"),
        _primary("carer"),
        sqlite_autoincrement=True,
    )
    op.create_index("uq_carer_now", "carer", ["person_id"], unique=True, sqlite_where=STANDS, postgresql_where=STANDS)
    op.create_index("ix_carer_of", "carer", ["account_id", "person_id"], sqlite_where=STANDS, postgresql_where=STANDS)
    op.create_index("ix_carer_person_id", "carer", ["person_id", "id"])
    op.create_table(
        "absence",
        _id(),
        _account("absence", "account_id", nullable=False),
        _account("absence", "cover_id", nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        _moment("made_at"),
        _account("absence", "made_by"),
        _moment("ended_at", nullable=True),
        _check("absence", "days_in_order", "last_on >= first_on"),
        _check("absence", "cover_is_another", "cover_id <> account_id"),
        _primary("absence"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_absence_account_id", "absence", ["account_id", "last_on"])
    op.create_index("ix_absence_cover_id", "absence", ["cover_id", "last_on"])
    op.create_table(
        "preference",
        _id(),
        _person("preference"),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("effect", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("noted_on", sa.Date(), nullable=False),
        _moment("made_at"),
        _account("preference", "by"),
        _moment("ended_at", nullable=True),
        _account("preference", "ended_by"),
        *_cause("preference"),
        _check("preference", "kind_known", "kind IN ('like', 'dislike', 'need', 'want', 'give')"),
        _check("preference", "source_known", "source IN ('said', 'seen', 'others')"),
        _primary("preference"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_preference_person_id", "preference", ["person_id", "id"])
    op.create_table(
        "contact_wish",
        _person("contact_wish"),
        sa.Column("channel", sa.String(length=8), nullable=True),
        sa.Column("times", sa.String(length=100), nullable=False),
        _moment("set_at"),
        _account("contact_wish", "by"),
        _check("contact_wish", "channel_known", "channel IN ('email', 'phone', 'post')"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_contact_wish")),
    )


def downgrade() -> None:
    for table in ("contact_wish", "preference", "absence", "carer", "commitment", "task", "interaction"):
        op.drop_table(table)


def _id() -> sa.Column:
    return sa.Column("id", BIG, nullable=False)


def _primary(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _account(table: str, name: str, *, nullable: bool = True) -> sa.Column:
    key = sa.ForeignKey("account.id", name=op.f(f"fk_{table}_{name}_account"))
    return sa.Column(name, BIG, key, nullable=nullable)


def _person(table: str, *, nullable: bool = False) -> sa.Column:
    key = sa.ForeignKey("person.id", name=op.f(f"fk_{table}_person_id_person"))
    return sa.Column("person_id", BIG, key, nullable=nullable)


def _cause(table: str) -> list[sa.schema.SchemaItem]:
    return [
        sa.Column("cause", sa.String(length=80), nullable=True),
        sa.UniqueConstraint("cause", name=op.f(f"uq_{table}_cause")),
    ]


def _to_do(table: str) -> list[sa.schema.SchemaItem]:
    """What tasks and promises have in common."""
    return [
        _account(table, "owner_id", nullable=False),
        sa.Column("what", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        _moment("made_at"),
        _account(table, "made_by"),
        _moment("closed_at", nullable=True),
        _account(table, "closed_by"),
        *_cause(table),
    ]


def _to_do_indexes(table: str) -> None:
    due = ["owner_id", "due_on", "id"]
    op.create_index(f"ix_{table}_due", table, due, sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(f"ix_{table}_closed", table, ["owner_id", "closed_at"])
    op.create_index(f"ix_{table}_person_id", table, ["person_id", "id"])
