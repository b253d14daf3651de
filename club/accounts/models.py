"""Accounts, staff, sessions, one-time links and counted tries. Secrets are stored as digests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    Index,
    LargeBinary,
    Select,
    String,
    func,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accounts.rules import email_key
from club.database import NEVER_REUSED, Base, BigId
from club.errors import NotFound
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
    seen_at: Mapped[datetime | None]
    """The last visit, kept when its session is over."""


class RecoveryCode(Base):
    """A code that replaces the second factor once."""

    __tablename__ = "recovery_code"
    __table_args__ = (Index("ix_recovery_code_account_id", "account_id"),)

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A key pair whose private half never leaves a device: WebAuthn's credential."""

    __tablename__ = "passkey"
    __table_args__ = (Index("ix_passkey_account_id", "account_id"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    credential_id: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigId)
    """How often the device says it has signed; always 0 for those that do not count."""
    name: Mapped[str] = mapped_column(String(60))
    added_at: Mapped[datetime]
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
    seen_as: Mapped[str | None] = mapped_column(String(16))
    """The role as which an owner looks at the house meanwhile."""


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
    about_id: Mapped[int | None] = mapped_column(BigId)
    """What was tried, where more may become known of it later: a payment."""


# --- queries


@dataclass(frozen=True)
class Login:
    """An account as signing in needs it."""

    account_id: int
    email: str
    password_hash: str | None
    language: str
    is_enabled: bool
    role: Role | None
    """Of somebody who works for the club now."""
    staff_name: str | None


@dataclass(frozen=True)
class Colleague:
    """A member of staff in the list of all."""

    account_id: int
    email: str
    name: str
    role: Role
    created_at: datetime
    disabled_at: datetime | None
    has_password: bool
    has_second_factor: bool


def _login(db: Session, condition: ColumnElement[bool]) -> Login | None:
    row = db.execute(
        select(
            Account.id,
            Account.email,
            Account.password_hash,
            Account.language,
            Account.disabled_at.is_(None),
            Staff.role,
            Staff.name,
        )
        .outerjoin(Staff, (Staff.account_id == Account.id) & Staff.disabled_at.is_(None))
        .where(condition)
    ).one_or_none()
    if row is None:
        return None
    return Login(
        account_id=row[0],
        email=row[1],
        password_hash=row[2],
        language=row[3],
        is_enabled=bool(row[4]),
        role=None if row[5] is None else Role(row[5]),
        staff_name=row[6],
    )


def login_with_email(db: Session, email: str) -> Login | None:
    """The account with this address, enabled or not."""
    return _login(db, Account.email_key == email_key(email))


def login_among(db: Session, account_ids: Select[int | None]) -> Login | None:
    """The account that a statement leads to, enabled or not; it finds one at most."""
    return _login(db, Account.id.in_(account_ids))


def the_login(db: Session, account_id: int) -> Login:
    """An account by id; raises `NotFound`."""
    found = _login(db, Account.id == account_id)
    if found is None:
        raise NotFound
    return found


def colleagues(db: Session) -> list[Colleague]:
    """All staff, former ones included, by name."""
    rows = db.execute(
        select(
            Account.id,
            Account.email,
            Staff.name,
            Staff.role,
            Staff.created_at,
            Staff.disabled_at,
            Account.password_hash.is_not(None),
            Account.totp_confirmed_at.is_not(None),
        )
        .join(Account, Account.id == Staff.account_id)
        .order_by(Staff.name, Account.id)
    )
    return [
        Colleague(
            account_id=row[0],
            email=row[1],
            name=row[2],
            role=Role(row[3]),
            created_at=row[4],
            disabled_at=row[5],
            has_password=bool(row[6]),
            has_second_factor=bool(row[7]),
        )
        for row in rows
    ]


def staff_role(db: Session, account_id: int) -> Role | None:
    """The role of somebody who works for the club now."""
    role = db.scalar(select(Staff.role).where(Staff.account_id == account_id, Staff.disabled_at.is_(None)))
    return None if role is None else Role(role)


def names_of_accounts(db: Session, account_ids: Sequence[int] | None) -> dict[int, str]:
    """Account → the name of the colleague, else the address to sign in with; None: all staff, former ones too."""
    asked = select(Account.id, func.coalesce(Staff.name, Account.email)).outerjoin(
        Staff, Staff.account_id == Account.id
    )
    asked = asked.where(Staff.account_id.is_not(None) if account_ids is None else Account.id.in_(account_ids))
    return {row[0]: row[1] for row in db.execute(asked)}
