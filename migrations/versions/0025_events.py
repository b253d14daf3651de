"""events, invitations, answers, tickets"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_events()
    _create_invitations()
    _create_answers()
    _create_payments()
    _create_images()


def downgrade() -> None:
    for table in (
        "event_image",
        "event_payback",
        "event_payment",
        "event_answer_words",
        "event_answer",
        "event_invitation",
        "event_wave_person",
        "event_wave",
        "event",
    ):
        op.drop_table(table)


def _create_events() -> None:
    op.create_table(
        "event",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("programme", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("map_link", sa.String(length=500), nullable=False),
        sa.Column("online_link", sa.String(length=500), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("most_guests", sa.Integer(), nullable=False),
        sa.Column("asks_diet", sa.Boolean(), nullable=False),
        sa.Column("asks_access", sa.Boolean(), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points", BIG, nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens", sa.JSON(), nullable=False),
        sa.Column("quotas", sa.JSON(), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("accept_hours", sa.Integer(), nullable=False),
        sa.Column("attend_points", BIG, nullable=False),
        sa.Column("survey_link", sa.String(length=500), nullable=False),
        sa.Column("cost", BIG, nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seats_taken", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", BIG, nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content", sa.LargeBinary(length=32), nullable=True),
        sa.CheckConstraint(
            "kind IN ('corporate', 'cultural', 'family', 'social', 'training')", name=op.f("ck_event_kind_known")
        ),
        sa.CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name=op.f("ck_event_rung_where_asked")),
        sa.CheckConstraint("seats_taken >= 0 AND seats_taken <= seats", name=op.f("ck_event_seats_within")),
        sa.CheckConstraint("state IN ('draft', 'published', 'cancelled', 'over')", name=op.f("ck_event_state_known")),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_event_times_in_order")),
        sa.CheckConstraint(
            "points >= 0 AND attend_points >= 0 AND most_guests >= 0", name=op.f("ck_event_values_positive")
        ),
        sa.CheckConstraint("who IN ('all', 'rung', 'invited')", name=op.f("ck_event_who_known")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_event_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
        sa.UniqueConstraint("content", name=op.f("uq_event_content")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_starts_at", "event", ["starts_at", "id"])
    op.create_index("ix_event_state", "event", ["state", "starts_at", "id"])


def _create_invitations() -> None:
    op.create_table(
        "event_wave",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("who", sa.String(length=8), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("last_person_id", BIG, nullable=False),
        sa.Column("invited", sa.Integer(), nullable=False),
        sa.Column("mailed", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", BIG, nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(who = 'rung') = (rung_key IS NOT NULL)", name=op.f("ck_event_wave_rung_where_asked")),
        sa.CheckConstraint("state IN ('planned', 'written', 'cancelled')", name=op.f("ck_event_wave_state_known")),
        sa.CheckConstraint("who IN ('all', 'rung', 'picked', 'silent')", name=op.f("ck_event_wave_who_known")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_wave_event_id_event")),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_event_wave_made_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_wave")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_wave_due", "event_wave", ["state", "send_at"])
    op.create_index("ix_event_wave_event_id", "event_wave", ["event_id", "id"])
    op.create_table(
        "event_wave_person",
        sa.Column("wave_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["wave_id"], ["event_wave.id"], name=op.f("fk_event_wave_person_wave_id_event_wave")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_event_wave_person_person_id_person")),
        sa.PrimaryKeyConstraint("wave_id", "person_id", name=op.f("pk_event_wave_person")),
    )
    op.create_index("ix_event_wave_person_person_id", "event_wave_person", ["person_id"])
    op.create_table(
        "event_invitation",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("wave_id", BIG, nullable=True),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_invitation_event_id_event")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_event_invitation_person_id_person")),
        sa.ForeignKeyConstraint(["wave_id"], ["event_wave.id"], name=op.f("fk_event_invitation_wave_id_event_wave")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_invitation")),
        sa.UniqueConstraint("key", name=op.f("uq_event_invitation_key")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_event_invitation_event_id_person_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_invitation_person_id", "event_invitation", ["person_id"])
    op.create_index("ix_event_invitation_wave_id", "event_invitation", ["wave_id", "person_id"])


def _create_answers() -> None:
    op.create_table(
        "event_answer",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("person_id", BIG, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=True),
        sa.Column("waits_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", BIG, nullable=True),
        sa.Column("is_walk_in", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("in_by", BIG, nullable=True),
        sa.Column("guests_in", sa.Integer(), nullable=False),
        sa.Column("door_key", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(state = 'offered') = (offered_until IS NOT NULL)", name=op.f("ck_event_answer_held_while_offered")
        ),
        sa.CheckConstraint(
            "(state = 'attended') = (in_at IS NOT NULL)", name=op.f("ck_event_answer_in_where_attended")
        ),
        sa.CheckConstraint(
            "seats >= 1 AND guests_in >= 0 AND guests_in < seats", name=op.f("ck_event_answer_seats_positive")
        ),
        sa.CheckConstraint(
            "state IN ('going', 'not_going', 'waitlist', 'offered', 'attended', 'absent')",
            name=op.f("ck_event_answer_state_known"),
        ),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_answer_event_id_event")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_event_answer_person_id_person")),
        sa.ForeignKeyConstraint(["answered_by"], ["account.id"], name=op.f("fk_event_answer_answered_by_account")),
        sa.ForeignKeyConstraint(["in_by"], ["account.id"], name=op.f("fk_event_answer_in_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_answer")),
        sa.UniqueConstraint("event_id", "person_id", name=op.f("uq_event_answer_event_id_person_id")),
        sa.UniqueConstraint("key", name=op.f("uq_event_answer_key")),
        sa.UniqueConstraint("code", name=op.f("uq_event_answer_code")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_answer_offered_until", "event_answer", ["offered_until"])
    op.create_index("ix_event_answer_person_id", "event_answer", ["person_id", "event_id"])
    op.create_index("ix_event_answer_state", "event_answer", ["event_id", "state", "waits_since", "id"])
    op.create_table(
        "event_answer_words",
        sa.Column("answer_id", BIG, nullable=False),
        sa.Column("guests", sa.JSON(), nullable=False),
        sa.Column("diet", sa.String(length=300), nullable=False),
        sa.Column("access", sa.String(length=300), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["event_answer.id"], name=op.f("fk_event_answer_words_answer_id_event_answer")
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("pk_event_answer_words")),
    )


def _create_payments() -> None:
    op.create_table(
        "event_payment",
        sa.Column("id", BIG, nullable=False),
        sa.Column("answer_id", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("given_back", BIG, nullable=False),
        sa.Column("hold_id", BIG, nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "points > 0 AND given_back >= 0 AND given_back <= points", name=op.f("ck_event_payment_values_positive")
        ),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["event_answer.id"], name=op.f("fk_event_payment_answer_id_event_answer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_payment")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_payment_answer_id", "event_payment", ["answer_id", "id"])
    op.create_table(
        "event_payback",
        sa.Column("id", BIG, nullable=False),
        sa.Column("payment_id", BIG, nullable=False),
        sa.Column("points", BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_event_payback_points_positive")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["event_payment.id"], name=op.f("fk_event_payback_payment_id_event_payment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_payback")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_payback_payment_id", "event_payback", ["payment_id"])


def _create_images() -> None:
    op.create_table(
        "event_image",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_photo", sa.Boolean(), nullable=False),
        sa.Column("file", sa.String(length=100), nullable=False),
        sa.Column("alt", sa.JSON(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("sizes", sa.JSON(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'failed')", name=op.f("ck_event_image_state_known")),
        sa.ForeignKeyConstraint(["event_id"], ["event.id"], name=op.f("fk_event_image_event_id_event")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_image")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_event_image_event_id", "event_image", ["event_id", "position", "id"])
