"""from first contact on: sources, forms, stages"""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect, unprotect

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "'directory', 'event', 'form', 'import', 'note', 'referral', 'counter', 'shop'"
STAGES = "'suspect', 'prospect', 'buyer', 'frequent', 'loyal', 'promoter'"
AT_WORK = sa.text("lost_on IS NULL")


def upgrade() -> None:
    _create_sources()
    _create_forms()
    _create_leads()
    _create_stages()
    protect("lead_consent")
    protect("stage_move")


def downgrade() -> None:
    unprotect("stage_move")
    unprotect("lead_consent")
    for table in ("stage_move", "stage", "lead", "lead_consent", "lead_form", "lead_source"):
        op.drop_table(table)


def _create_sources() -> None:
    op.create_table(
        "lead_source",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("own_kind", sa.String(length=12), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("begun_on", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=True),
        sa.Column("cost", BIG, nullable=False),
        sa.Column("basis", sa.String(length=8), nullable=False),
        sa.Column("licence", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_lead_source_kind_known")),
        sa.CheckConstraint(
            "basis IN ('asked', 'consent', 'public', 'unclear')", name=op.f("ck_lead_source_basis_known")
        ),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_lead_source_cost_positive")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_lead_source_made_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_source")),
        sa.UniqueConstraint("own_kind", name=op.f("uq_lead_source_own_kind")),
        sqlite_autoincrement=True,
    )


def _create_forms() -> None:
    op.create_table(
        "lead_form",
        sa.Column("id", BIG, nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("thanks", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("campaign", sa.String(length=60), nullable=False),
        sa.Column("owner_id", BIG, nullable=False),
        sa.Column("is_kiosk", sa.Boolean(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["lead_source.id"], name=op.f("fk_lead_form_source_id_lead_source")),
        sa.ForeignKeyConstraint(["owner_id"], ["account.id"], name=op.f("fk_lead_form_owner_id_account")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_lead_form_made_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_form")),
        sa.UniqueConstraint("slug", name=op.f("uq_lead_form_slug")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lead_form_source_id", "lead_form", ["source_id"])
    op.create_table(
        "lead_consent",
        sa.Column("id", BIG, nullable=False),
        sa.Column("form_id", BIG, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", BIG, nullable=True),
        sa.ForeignKeyConstraint(["form_id"], ["lead_form.id"], name=op.f("fk_lead_consent_form_id_lead_form")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_lead_consent_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead_consent")),
        sa.UniqueConstraint("form_id", "version", name=op.f("uq_lead_consent_form_id_version")),
        sqlite_autoincrement=True,
    )


def _create_leads() -> None:
    op.create_table(
        "lead",
        sa.Column("id", BIG, nullable=False),
        sa.Column("reference", sa.String(length=7), nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("form_id", BIG, nullable=True),
        sa.Column("campaign", sa.String(length=60), nullable=False),
        sa.Column("referrer", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=True),
        sa.Column("times", sa.String(length=200), nullable=False),
        sa.Column("interest", sa.String(length=200), nullable=False),
        sa.Column("supplier", sa.String(length=200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("brought_by", BIG, nullable=True),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("once", sa.String(length=80), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'phone', 'post')", name=op.f("ck_lead_channel_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lead_person_id_person")),
        sa.ForeignKeyConstraint(["source_id"], ["lead_source.id"], name=op.f("fk_lead_source_id_lead_source")),
        sa.ForeignKeyConstraint(["form_id"], ["lead_form.id"], name=op.f("fk_lead_form_id_lead_form")),
        sa.ForeignKeyConstraint(["brought_by"], ["person.id"], name=op.f("fk_lead_brought_by_person")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_lead_made_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lead")),
        sa.UniqueConstraint("reference", name=op.f("uq_lead_reference")),
        sa.UniqueConstraint("once", name=op.f("uq_lead_once")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_lead_person_id", "lead", ["person_id", "at", "id"])
    op.create_index("ix_lead_source_id", "lead", ["source_id", "at", "id"])
    op.create_index("ix_lead_at", "lead", ["at", "id"])
    op.create_index("ix_lead_brought_by", "lead", ["brought_by"])


def _create_stages() -> None:
    op.create_table(
        "stage",
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("by_rule", sa.String(length=12), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("worth", BIG, nullable=False),
        sa.Column("set_until", sa.Date(), nullable=True),
        sa.Column("set_by", BIG, nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("lost_on", sa.Date(), nullable=True),
        sa.Column("cause", sa.String(length=12), nullable=True),
        sa.CheckConstraint(f"stage IN ({STAGES})", name=op.f("ck_stage_stage_known")),
        sa.CheckConstraint(f"by_rule IN ({STAGES})", name=op.f("ck_stage_by_rule_known")),
        sa.CheckConstraint("(lost_on IS NULL) = (cause IS NULL)", name=op.f("ck_stage_lost_has_cause")),
        sa.CheckConstraint("(set_until IS NULL) = (set_by IS NULL)", name=op.f("ck_stage_hand_has_end")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stage_person_id_person")),
        sa.ForeignKeyConstraint(["set_by"], ["account.id"], name=op.f("fk_stage_set_by_account")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_stage")),
    )
    op.create_index(
        "ix_stage_stage",
        "stage",
        ["stage", "since", "person_id", "worth"],
        sqlite_where=AT_WORK,
        postgresql_where=AT_WORK,
    )
    op.create_index("ix_stage_lost_on", "stage", ["lost_on", "person_id"])
    op.create_table(
        "stage_move",
        sa.Column("id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("cause", sa.String(length=12), nullable=True),
        sa.Column("by", BIG, nullable=True),
        sa.CheckConstraint("days >= 0", name=op.f("ck_stage_move_days_positive")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stage_move_person_id_person")),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_stage_move_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stage_move")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_stage_move_person_id", "stage_move", ["person_id", "id"])
    op.create_index("ix_stage_move_on", "stage_move", ["on", "before"])
