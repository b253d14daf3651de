"""Accounts, staff, sessions, one-time links and counted tries. Secrets are stored as digests."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.permissions import Role


class Account(Base):
    """Somebody who may sign in."""

    __tablename__ = "account"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254))
    email_key: Mapped[str] = mapped_column(String(254), unique=True)
    """The address as it is compared: NFKC, case folded."""
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The authenticator's seed, encrypted."""
    totp_confirmed_at: Mapped[datetime | None]
    totp_last_step: Mapped[int | None]
    """The last 30-second step that was used, so that a code counts once."""


class Staff(Base):
    """A member of staff; never deleted, only disabled."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ({})".format(", ".join(f"'{role}'" for role in Role)), name="role_known"),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class RecoveryCode(Base):
    """A code that replaces the second factor once."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_account_id", "account_id"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    used_at: Mapped[datetime | None]


class SignedIn(Base):
    """One browser that is signed in. The cookie holds the random id, this row its digest."""

    __tablename__ = "session"
    __table_args__ = (Index("ix_session_account_id", "account_id"), Index("ix_session_expires_at", "expires_at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]
    """When the second factor was last shown in this session."""
    is_remembered: Mapped[bool]
    browser: Mapped[str] = mapped_column(String(200))


class OneTimeLink(Base):
    """A mailed link for one purpose, good once and for a time."""

    __tablename__ = "one_time_link"
    __table_args__ = (
        Index("ix_one_time_link_account_id", "account_id"),
        Index("ix_one_time_link_expires_at", "expires_at"),
    )

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    purpose: Mapped[str] = mapped_column(String(24))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    data: Mapped[dict[str, object]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Base):
    """A counted try, so that limits hold over all processes. The key is a digest."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_scope_key_at", "scope", "key", "at"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    scope: Mapped[str] = mapped_column(String(24))
    key: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[datetime]
