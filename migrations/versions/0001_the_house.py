"""the house"""

import sqlalchemy as sa
from alembic import op

from migrations.append_only import protect, unprotect

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("points_movement", "points_lot_entry", "consent", "audit_entry")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_key", sa.String(length=254), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email_key", name=op.f("uq_account_email_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scope", sa.String(length=24), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index("ix_attempt_scope_key_at", ["scope", "key", "at"], unique=False)

    op.create_table(
        "night_step",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("step", sa.String(length=24), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "step", name=op.f("pk_night_step")),
    )
    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("promise", sa.JSON(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("main_language", sa.String(length=2), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("point_value_points", sa.Integer(), nullable=False),
        sa.Column("point_value_minor", sa.Integer(), nullable=False),
        sa.Column("spend_step", sa.Integer(), nullable=False),
        sa.Column("points_word", sa.JSON(), nullable=False),
        sa.Column("expiry_months", sa.Integer(), nullable=False),
        sa.Column("shop_return_days", sa.Integer(), nullable=False),
        sa.Column("brand_color", sa.String(length=7), nullable=False),
        sa.Column("accent_color", sa.String(length=7), nullable=False),
        sa.Column("font_pair", sa.String(length=16), nullable=False),
        sa.Column("logo_file", sa.String(length=80), nullable=True),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=32), nullable=False),
        sa.Column("contact_address", sa.String(length=500), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.CheckConstraint("expiry_months >= 0 AND shop_return_days >= 0", name=op.f("ck_programme_periods_positive")),
        sa.CheckConstraint("id = 1", name=op.f("ck_programme_one_row")),
        sa.CheckConstraint(
            "point_value_points > 0 AND point_value_minor > 0", name=op.f("ck_programme_point_value_positive")
        ),
        sa.CheckConstraint("spend_step > 0", name=op.f("ck_programme_spend_step_positive")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_programme_validity_in_order")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_audit_entry_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index("ix_audit_entry_at", ["at"], unique=False)
        batch_op.create_index("ix_audit_entry_subject", ["subject", "subject_id", "id"], unique=False)

    op.create_table(
        "earning_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("per_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=True),
        sa.Column("category", sa.String(length=80), nullable=True),
        sa.Column("act", sa.String(length=40), nullable=True),
        sa.Column("period", sa.String(length=8), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('base', 'campaign', 'bonus', 'cap')", name=op.f("ck_earning_rule_kind_known")),
        sa.CheckConstraint(
            "period IS NULL OR period IN ('day', 'month', 'year', 'ever')", name=op.f("ck_earning_rule_period_known")
        ),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name=op.f("ck_earning_rule_dates_in_order")),
        sa.CheckConstraint(
            "points >= 0 AND per_amount > 0 AND percent >= 0", name=op.f("ck_earning_rule_values_positive")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_earning_rule_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_earning_rule")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_import_run_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_run")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ladder_version",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("window", sa.String(length=16), nullable=False),
        sa.Column("routes", sa.String(length=3), nullable=False),
        sa.Column("validity_months", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("fall", sa.String(length=8), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("fall IN ('one_rung', 'standing', 'never')", name=op.f("ck_ladder_version_fall_known")),
        sa.CheckConstraint("routes IN ('any', 'all')", name=op.f("ck_ladder_version_routes_known")),
        sa.CheckConstraint(
            "\"window\" IN ('last_12_months', 'calendar_year', 'membership_year')",
            name=op.f("ck_ladder_version_window_known"),
        ),
        sa.CheckConstraint("validity_months > 0 AND grace_days >= 0", name=op.f("ck_ladder_version_periods_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_ladder_version_created_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_version")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("ladder_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ladder_version_starts_on"), ["starts_on"], unique=False)

    op.create_table(
        "one_time_link",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_one_time_link_account_id_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_one_time_link")),
    )
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.create_index("ix_one_time_link_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_one_time_link_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("member_number", sa.String(length=12), nullable=True),
        sa.Column("full_name", sa.String(length=200), nullable=False),
        sa.Column("call_name", sa.String(length=100), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=20), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("birth_month", sa.Integer(), nullable=True),
        sa.Column("birth_day", sa.Integer(), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("search_text", sa.String(length=700), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(birth_month IS NULL) = (birth_day IS NULL)", name=op.f("ck_person_birthday_whole")),
        sa.CheckConstraint("(member_number IS NULL) = (joined_on IS NULL)", name=op.f("ck_person_member_has_number")),
        sa.CheckConstraint("birth_day BETWEEN 1 AND 31", name=op.f("ck_person_birth_day_range")),
        sa.CheckConstraint("birth_month BETWEEN 1 AND 12", name=op.f("ck_person_birth_month_range")),
        sa.CheckConstraint("length(full_name) > 0", name=op.f("ck_person_has_name")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_person_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("account_id", name=op.f("uq_person_account_id")),
        sa.UniqueConstraint("member_number", name=op.f("uq_person_member_number")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_joined_on", ["joined_on", "id"], unique=False)
        batch_op.create_index("ix_person_phone", ["phone"], unique=False)
        batch_op.create_index("ix_person_search_text", ["search_text"], unique=False)
        batch_op.create_index(
            "uq_person_email_key",
            ["email_key"],
            unique=True,
            sqlite_where=sa.text("email_key IS NOT NULL"),
            postgresql_where=sa.text("email_key IS NOT NULL"),
        )

    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index("ix_recovery_code_account_id", ["account_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_session_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("digest", name=op.f("uq_session_digest")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index("ix_session_account_id", ["account_id"], unique=False)
        batch_op.create_index("ix_session_expires_at", ["expires_at"], unique=False)

    op.create_table(
        "staff",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'marketing', 'shop', 'events', 'support', 'read_only')",
            name=op.f("ck_staff_role_known"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_staff_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_staff")),
    )
    op.create_table(
        "audit_words",
        sa.Column("entry_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit_entry.id"], name=op.f("fk_audit_words_entry_id_audit_entry")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_words_person_id_person")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_words")),
    )
    with op.batch_alter_table("audit_words", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_words_person_id"), ["person_id"], unique=False)

    op.create_table(
        "consent",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purpose", sa.String(length=24), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("text_version", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.create_index("ix_consent_person_id", ["person_id", "purpose", "channel", "id"], unique=False)

    op.create_table(
        "import_row",
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("member_key", sa.String(length=254), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("nth", sa.Integer(), nullable=False),
        sa.Column("returns", sa.String(length=100), nullable=True),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_row_import_id_import_run")),
        sa.PrimaryKeyConstraint("import_id", "row_number", name=op.f("pk_import_row")),
    )
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.create_index(
            "ix_import_row_content",
            ["import_id", "content", "row_number"],
            unique=False,
            sqlite_where=sa.text("reference IS NULL"),
            postgresql_where=sa.text("reference IS NULL"),
        )
        batch_op.create_index(
            "ix_import_row_member",
            ["import_id", "member_key", "dated_on", "row_number"],
            unique=False,
            sqlite_where=sa.text("returns IS NULL"),
            postgresql_where=sa.text("returns IS NULL"),
        )
        batch_op.create_index(
            "ix_import_row_returns",
            ["import_id", "channel", "returns", "row_number"],
            unique=False,
            sqlite_where=sa.text("returns IS NOT NULL"),
            postgresql_where=sa.text("returns IS NOT NULL"),
        )

    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("addressee", sa.String(length=80), nullable=False),
        sa.Column("occurrence", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.String(length=120), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'given_up')", name=op.f("ck_message_state_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_message_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "act", "step", "addressee", "occurrence", name=op.f("uq_message_act_step_addressee_occurrence")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "ix_message_due",
            ["next_try_at", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('queued', 'sending')"),
            postgresql_where=sa.text("state IN ('queued', 'sending')"),
        )
        batch_op.create_index("ix_message_person_id", ["person_id", "id"], unique=False)

    op.create_table(
        "person_identifier",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("value", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_identifier_person_id_person")),
        sa.PrimaryKeyConstraint("kind", "value", name=op.f("pk_person_identifier")),
    )
    with op.batch_alter_table("person_identifier", schema=None) as batch_op:
        batch_op.create_index("ix_person_identifier_person_id", ["person_id"], unique=False)

    op.create_table(
        "points_balance",
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("active", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pending", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("debt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.CheckConstraint(
            "active >= 0 AND pending >= 0 AND held >= 0 AND debt <= 0", name=op.f("ck_points_balance_signs")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_points_balance_member_id_person")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_points_balance")),
    )
    op.create_table(
        "points_hold",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("cause_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("given_back", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('open', 'spent', 'released')", name=op.f("ck_points_hold_state_known")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_hold_points_positive")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_points_hold_member_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_hold")),
        sa.UniqueConstraint("kind", "cause_id", name=op.f("uq_points_hold_kind_cause_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("points_hold", schema=None) as batch_op:
        batch_op.create_index("ix_points_hold_member_id", ["member_id"], unique=False)

    op.create_table(
        "points_opening",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("points >= 0", name=op.f("ck_points_opening_points_positive")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_points_opening_import_id_import_run")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_points_opening_member_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_opening")),
        sa.UniqueConstraint("reference", name=op.f("uq_points_opening_reference")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("points_opening", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_points_opening_import_id"), ["import_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_points_opening_member_id"), ["member_id"], unique=False)

    op.create_table(
        "points_movement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("cause_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("dated_on", sa.Date(), nullable=False),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pending", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("debt", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("issued", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("redeemed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("expired", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reversed", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("adjusted", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("undoes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("why", sa.JSON(), nullable=True),
        sa.CheckConstraint(
            "active + pending + held + debt + issued + redeemed + expired + reversed + adjusted = 0",
            name=op.f("ck_points_movement_balanced"),
        ),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_points_movement_member_id_person")),
        sa.ForeignKeyConstraint(
            ["undoes_id"], ["points_movement.id"], name=op.f("fk_points_movement_undoes_id_points_movement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_movement")),
        sa.UniqueConstraint("kind", "cause_id", name=op.f("uq_points_movement_kind_cause_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("points_movement", schema=None) as batch_op:
        batch_op.create_index("ix_points_movement_member", ["member_id", "dated_on", "id"], unique=False)
        batch_op.create_index(
            "ix_points_movement_undoes_id",
            ["undoes_id"],
            unique=False,
            sqlite_where=sa.text("undoes_id IS NOT NULL"),
            postgresql_where=sa.text("undoes_id IS NOT NULL"),
        )

    op.create_table(
        "purchase",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("bought_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("qualifying_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("net_amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("net_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("net_qualifying_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("amount >= 0 AND tax >= 0 AND tax <= amount", name=op.f("ck_purchase_amounts_positive")),
        sa.CheckConstraint("net_amount >= 0 AND net_amount <= amount", name=op.f("ck_purchase_net_amount_range")),
        sa.CheckConstraint(
            "points >= 0 AND net_points >= 0 AND net_points <= points", name=op.f("ck_purchase_net_points_range")
        ),
        sa.CheckConstraint(
            "qualifying_points >= 0 AND net_qualifying_points >= 0 AND net_qualifying_points <= qualifying_points",
            name=op.f("ck_purchase_net_qualifying_points_range"),
        ),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_purchase_import_id_import_run")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_purchase_member_id_person")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_purchase_recorded_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("channel", "reference", name=op.f("uq_purchase_channel_reference")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.create_index("ix_purchase_bought_on", ["bought_on", "member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_purchase_import_id"), ["import_id"], unique=False)
        batch_op.create_index(
            "ix_purchase_window", ["member_id", "bought_on", "net_amount", "net_qualifying_points"], unique=False
        )
        batch_op.create_index(
            "ix_purchase_recorded_by",
            ["recorded_by", "id"],
            unique=False,
            sqlite_where=sa.text("recorded_by IS NOT NULL"),
            postgresql_where=sa.text("recorded_by IS NOT NULL"),
        )

    op.create_table(
        "rung",
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name", sa.JSON(), nullable=False),
        sa.Column("spend", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("qualifying_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by_invitation", sa.Boolean(), nullable=False),
        sa.Column("multiplier_percent", sa.Integer(), nullable=False),
        sa.Column("discount_percent", sa.Integer(), nullable=False),
        sa.CheckConstraint("discount_percent BETWEEN 0 AND 100", name=op.f("ck_rung_discount_range")),
        sa.CheckConstraint("multiplier_percent >= 0", name=op.f("ck_rung_multiplier_positive")),
        sa.CheckConstraint(
            "spend >= 0 AND purchases >= 0 AND qualifying_points >= 0", name=op.f("ck_rung_asks_positive")
        ),
        sa.ForeignKeyConstraint(["version_id"], ["ladder_version.id"], name=op.f("fk_rung_version_id_ladder_version")),
        sa.PrimaryKeyConstraint("version_id", "position", name=op.f("pk_rung")),
        sa.UniqueConstraint("version_id", "key", name=op.f("uq_rung_version_id_key")),
    )
    op.create_table(
        "tier_status",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("rung_key", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("how", sa.String(length=10), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "how IN ('reached', 'renewed', 'fell', 'hand', 'returned', 'import')", name=op.f("ck_tier_status_how_known")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_tier_status_member_id_person")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["ladder_version.id"], name=op.f("fk_tier_status_version_id_ladder_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tier_status")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("tier_status", schema=None) as batch_op:
        batch_op.create_index(
            "ix_tier_status_due",
            ["until"],
            unique=False,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.create_index("ix_tier_status_member", ["member_id", "since", "id"], unique=False)
        batch_op.create_index(
            "uq_tier_status_current",
            ["member_id"],
            unique=True,
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )

    op.create_table(
        "correction",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purchase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("channel", sa.String(length=24), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("corrected_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("qualifying_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("import_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("kind IN ('return', 'cancellation')", name=op.f("ck_correction_kind_known")),
        sa.CheckConstraint(
            "amount >= 0 AND points >= 0 AND qualifying_points >= 0", name=op.f("ck_correction_values_positive")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_correction_import_id_import_run")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_correction_purchase_id_purchase")),
        sa.ForeignKeyConstraint(["recorded_by"], ["account.id"], name=op.f("fk_correction_recorded_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        sa.UniqueConstraint("channel", "reference", name=op.f("uq_correction_channel_reference")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.create_index("ix_correction_corrected_on", ["corrected_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_correction_import_id"), ["import_id"], unique=False)
        batch_op.create_index("ix_correction_purchase_id", ["purchase_id"], unique=False)

    op.create_table(
        "points_lot",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pending", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("active", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "taken_back",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default=sa.text("0"),
            nullable=False,
        ),
        sa.Column("earned_on", sa.Date(), nullable=False),
        sa.Column("activates_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint("pending + active + held <= points", name=op.f("ck_points_lot_parts_within")),
        sa.CheckConstraint("pending >= 0 AND active >= 0 AND held >= 0", name=op.f("ck_points_lot_parts_positive")),
        sa.CheckConstraint("points > 0", name=op.f("ck_points_lot_points_positive")),
        sa.CheckConstraint("taken_back >= 0 AND taken_back <= points", name=op.f("ck_points_lot_taken_back_range")),
        sa.ForeignKeyConstraint(["member_id"], ["person.id"], name=op.f("fk_points_lot_member_id_person")),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["points_movement.id"], name=op.f("fk_points_lot_movement_id_points_movement")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["points_lot.id"], name=op.f("fk_points_lot_parent_id_points_lot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("points_lot", schema=None) as batch_op:
        batch_op.create_index(
            "ix_points_lot_activating",
            ["activates_on"],
            unique=False,
            sqlite_where=sa.text("pending > 0"),
            postgresql_where=sa.text("pending > 0"),
        )
        batch_op.create_index(
            "ix_points_lot_expiring",
            ["expires_on"],
            unique=False,
            sqlite_where=sa.text("active > 0"),
            postgresql_where=sa.text("active > 0"),
        )
        batch_op.create_index("ix_points_lot_movement_id", ["movement_id"], unique=False)
        batch_op.create_index(
            "ix_points_lot_parent_id",
            ["parent_id"],
            unique=False,
            sqlite_where=sa.text("parent_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_points_lot_spendable",
            ["member_id", "expires_on", "earned_on", "id"],
            unique=False,
            sqlite_where=sa.text("active > 0"),
            postgresql_where=sa.text("active > 0"),
        )

    op.create_table(
        "points_note",
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_points_note_by_account")),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["points_movement.id"], name=op.f("fk_points_note_movement_id_points_movement")
        ),
        sa.PrimaryKeyConstraint("movement_id", name=op.f("pk_points_note")),
    )
    op.create_table(
        "purchase_line",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("purchase_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("category", sa.String(length=80), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("tax", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("qualifying_points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("returned_quantity", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "amount >= 0 AND tax >= 0 AND points >= 0 AND qualifying_points >= 0",
            name=op.f("ck_purchase_line_values_positive"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_purchase_line_quantity_positive")),
        sa.CheckConstraint(
            "returned_quantity >= 0 AND returned_quantity <= quantity", name=op.f("ck_purchase_line_returned_range")
        ),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_purchase_line_purchase_id_purchase")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase_line")),
        sa.UniqueConstraint("purchase_id", "position", name=op.f("uq_purchase_line_purchase_id_position")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "tier_status_note",
        sa.Column("status_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["by"], ["account.id"], name=op.f("fk_tier_status_note_by_account")),
        sa.ForeignKeyConstraint(
            ["status_id"], ["tier_status.id"], name=op.f("fk_tier_status_note_status_id_tier_status")
        ),
        sa.PrimaryKeyConstraint("status_id", name=op.f("pk_tier_status_note")),
    )
    op.create_table(
        "correction_line",
        sa.Column("correction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("amount", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("points", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["correction.id"], name=op.f("fk_correction_line_correction_id_correction")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["purchase_line.id"], name=op.f("fk_correction_line_line_id_purchase_line")
        ),
        sa.PrimaryKeyConstraint("correction_id", "line_id", name=op.f("pk_correction_line")),
    )
    op.create_table(
        "points_lot_entry",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("movement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("pending", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("active", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("held", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["lot_id"], ["points_lot.id"], name=op.f("fk_points_lot_entry_lot_id_points_lot")),
        sa.ForeignKeyConstraint(
            ["movement_id"], ["points_movement.id"], name=op.f("fk_points_lot_entry_movement_id_points_movement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_lot_entry")),
        sa.UniqueConstraint("movement_id", "lot_id", name=op.f("uq_points_lot_entry_movement_id_lot_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("points_lot_entry", schema=None) as batch_op:
        batch_op.create_index("ix_points_lot_entry_lot_id", ["lot_id"], unique=False)

    for table in APPEND_ONLY:
        protect(table)


def downgrade() -> None:
    for table in APPEND_ONLY:
        unprotect(table)
    with op.batch_alter_table("points_lot_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_points_lot_entry_lot_id")

    op.drop_table("points_lot_entry")
    op.drop_table("correction_line")
    op.drop_table("tier_status_note")
    op.drop_table("purchase_line")
    op.drop_table("points_note")
    with op.batch_alter_table("points_lot", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_points_lot_spendable", sqlite_where=sa.text("active > 0"), postgresql_where=sa.text("active > 0")
        )
        batch_op.drop_index(
            "ix_points_lot_parent_id",
            sqlite_where=sa.text("parent_id IS NOT NULL"),
            postgresql_where=sa.text("parent_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_points_lot_movement_id")
        batch_op.drop_index(
            "ix_points_lot_expiring", sqlite_where=sa.text("active > 0"), postgresql_where=sa.text("active > 0")
        )
        batch_op.drop_index(
            "ix_points_lot_activating", sqlite_where=sa.text("pending > 0"), postgresql_where=sa.text("pending > 0")
        )

    op.drop_table("points_lot")
    with op.batch_alter_table("correction", schema=None) as batch_op:
        batch_op.drop_index("ix_correction_purchase_id")
        batch_op.drop_index(batch_op.f("ix_correction_import_id"))
        batch_op.drop_index("ix_correction_corrected_on")

    op.drop_table("correction")
    with op.batch_alter_table("tier_status", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_tier_status_current",
            sqlite_where=sa.text("ended_on IS NULL"),
            postgresql_where=sa.text("ended_on IS NULL"),
        )
        batch_op.drop_index("ix_tier_status_member")
        batch_op.drop_index(
            "ix_tier_status_due", sqlite_where=sa.text("ended_on IS NULL"), postgresql_where=sa.text("ended_on IS NULL")
        )

    op.drop_table("tier_status")
    op.drop_table("rung")
    with op.batch_alter_table("purchase", schema=None) as batch_op:
        batch_op.drop_index("ix_purchase_window")
        batch_op.drop_index(
            "ix_purchase_recorded_by",
            sqlite_where=sa.text("recorded_by IS NOT NULL"),
            postgresql_where=sa.text("recorded_by IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_purchase_import_id"))
        batch_op.drop_index("ix_purchase_bought_on")

    op.drop_table("purchase")
    with op.batch_alter_table("points_movement", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_points_movement_undoes_id",
            sqlite_where=sa.text("undoes_id IS NOT NULL"),
            postgresql_where=sa.text("undoes_id IS NOT NULL"),
        )
        batch_op.drop_index("ix_points_movement_member")

    op.drop_table("points_movement")
    with op.batch_alter_table("points_opening", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_points_opening_member_id"))
        batch_op.drop_index(batch_op.f("ix_points_opening_import_id"))

    op.drop_table("points_opening")
    with op.batch_alter_table("points_hold", schema=None) as batch_op:
        batch_op.drop_index("ix_points_hold_member_id")

    op.drop_table("points_hold")
    op.drop_table("points_balance")
    with op.batch_alter_table("person_identifier", schema=None) as batch_op:
        batch_op.drop_index("ix_person_identifier_person_id")

    op.drop_table("person_identifier")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_person_id")
        batch_op.drop_index(
            "ix_message_due",
            sqlite_where=sa.text("state IN ('queued', 'sending')"),
            postgresql_where=sa.text("state IN ('queued', 'sending')"),
        )

    op.drop_table("message")
    with op.batch_alter_table("import_row", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_import_row_returns",
            sqlite_where=sa.text("returns IS NOT NULL"),
            postgresql_where=sa.text("returns IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_import_row_member",
            sqlite_where=sa.text("returns IS NULL"),
            postgresql_where=sa.text("returns IS NULL"),
        )
        batch_op.drop_index(
            "ix_import_row_content",
            sqlite_where=sa.text("reference IS NULL"),
            postgresql_where=sa.text("reference IS NULL"),
        )

    op.drop_table("import_row")
    with op.batch_alter_table("consent", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_person_id")

    op.drop_table("consent")
    with op.batch_alter_table("audit_words", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_words_person_id"))

    op.drop_table("audit_words")
    op.drop_table("staff")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index("ix_session_expires_at")
        batch_op.drop_index("ix_session_account_id")

    op.drop_table("session")
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.drop_index("ix_recovery_code_account_id")

    op.drop_table("recovery_code")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_person_email_key",
            sqlite_where=sa.text("email_key IS NOT NULL"),
            postgresql_where=sa.text("email_key IS NOT NULL"),
        )
        batch_op.drop_index("ix_person_search_text")
        batch_op.drop_index("ix_person_phone")
        batch_op.drop_index("ix_person_joined_on")

    op.drop_table("person")
    with op.batch_alter_table("one_time_link", schema=None) as batch_op:
        batch_op.drop_index("ix_one_time_link_expires_at")
        batch_op.drop_index("ix_one_time_link_account_id")

    op.drop_table("one_time_link")
    with op.batch_alter_table("ladder_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ladder_version_starts_on"))

    op.drop_table("ladder_version")
    op.drop_table("import_run")
    op.drop_table("earning_rule")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_entry_subject")
        batch_op.drop_index("ix_audit_entry_at")

    op.drop_table("audit_entry")
    op.drop_table("programme")
    op.drop_table("night_step")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_attempt_scope_key_at")

    op.drop_table("attempt")
    op.drop_table("account")
