"""Signed-in browsers. The cookie holds 32 random bytes, the row their digest: ending the row ends the session."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from club.accounts.models import Account, SignedIn, Staff, staff_role
from club.accounts.rules import SEEN_EVERY, is_over, role_shown, term_of
from club.database import Transaction, is_sqlite
from club.permissions import Role

TOKEN_BYTES = 32
LONGEST_BROWSER = 200
PATIENCE_MILLISECONDS = 50
USUAL_PATIENCE_MILLISECONDS = 30_000


_SESSION, _ACCOUNT, _STAFF = SignedIn.__table__.c, Account.__table__.c, Staff.__table__.c
BROWSER = (
    select(
        _SESSION.id,
        _SESSION.account_id,
        _ACCOUNT.language,
        _STAFF.role,
        _STAFF.name,
        _SESSION.proved_at,
        _SESSION.created_at,
        _SESSION.seen_at,
        _SESSION.expires_at,
        _SESSION.is_remembered,
        _SESSION.seen_as,
        _ACCOUNT.totp_confirmed_at,
    )
    .join(Account.__table__, _ACCOUNT.id == _SESSION.account_id)
    .outerjoin(Staff.__table__, (_STAFF.account_id == _ACCOUNT.id) & _STAFF.disabled_at.is_(None))
    .where(_SESSION.digest == bindparam("digest"), _ACCOUNT.disabled_at.is_(None))
)
"""Everything of a signed-in browser, by the digest of its cookie; who is behind it may be joined to the account."""


@dataclass(frozen=True)
class Browser:
    """A browser that asks for a page, and whose it is."""

    session_id: int
    account_id: int
    language: str
    role: Role | None
    staff_name: str | None
    proved_at: datetime | None
    created_at: datetime
    seen_at: datetime
    is_looking: bool = False
    """Whether an owner looks at the house as another role; `role` is then that one."""
    has_second_factor: bool = False
    is_remembered: bool = False

    @property
    def owes_code(self) -> bool:
        """A member who chose a second step has not shown it yet: nobody is signed in until then."""
        return self.role is None and self.has_second_factor and self.proved_at is None

    def is_due(self, now: datetime) -> bool:
        """Whether the visit should be noted."""
        return now >= self.seen_at + SEEN_EVERY


@dataclass(frozen=True)
class ListedSession:
    """A session as its owner sees it."""

    session_id: int
    browser: str
    created_at: datetime
    seen_at: datetime
    is_remembered: bool


def start_session(
    tx: Transaction, account_id: int, now: datetime, *, browser: str = "", remember: bool = False, proved: bool = False
) -> str:
    """Sign a browser in and return what its cookie will hold. `proved`: the second factor was shown too."""
    is_staff = staff_role(tx, account_id) is not None
    is_remembered = remember and not is_staff
    token = token_urlsafe(TOKEN_BYTES)
    tx.execute(
        insert(SignedIn).values(
            digest=digest_of(token),
            account_id=account_id,
            created_at=now,
            seen_at=now,
            expires_at=now + term_of(is_staff=is_staff, is_remembered=is_remembered).longest,
            proved_at=now if proved else None,
            is_remembered=is_remembered,
            browser=browser[:LONGEST_BROWSER],
        )
    )
    if is_staff:
        tx.execute(update(Staff).where(Staff.account_id == account_id).values(seen_at=now))
    return token


def find_browser(db: Session, token: str, now: datetime) -> Browser | None:
    """Whose cookie this is; None if it is nobody's, too old, or its account was disabled."""
    row = db.execute(BROWSER, {"digest": digest_of(token)}).one_or_none()
    return None if row is None else browser_in(row, now)


def browser_in(row: Row[*tuple[Any, ...]], now: datetime) -> Browser | None:
    """What a row of `BROWSER` says; None if it is too old."""
    if now >= row.expires_at:
        return None
    term = term_of(is_staff=row.role is not None, is_remembered=row.is_remembered)
    if is_over(term, row.created_at, row.seen_at, now):
        return None
    own = None if row.role is None else Role(row.role)
    shown = role_shown(own, None if row.seen_as is None else Role(row.seen_as))
    return Browser(
        session_id=row.id,
        account_id=row.account_id,
        language=row.language,
        role=shown,
        staff_name=row.name,
        proved_at=row.proved_at,
        created_at=row.created_at,
        seen_at=row.seen_at,
        is_looking=shown is not own,
        has_second_factor=row.totp_confirmed_at is not None,
        is_remembered=row.is_remembered,
    )


def note_seen(db: Session, session_id: int, now: datetime) -> None:
    """Remember that a session is in use, on a connection of its own.

    Happens at most once in `SEEN_EVERY`, and where another is writing to SQLite it is left to the next page: a page
    that only shows something never waits for a writer.
    """
    seen = update(SignedIn).where(SignedIn.id == session_id, SignedIn.seen_at < now - SEEN_EVERY).values(seen_at=now)
    own = select(SignedIn.account_id).where(SignedIn.id == session_id).scalar_subquery()
    staff_seen = update(Staff).where(Staff.account_id == own).values(seen_at=now)
    with db.get_bind().engine.connect() as connection:
        if not is_sqlite(db):
            connection.execute(seen)
            connection.execute(staff_seen)
            connection.commit()
            return
        connection.exec_driver_sql(f"PRAGMA busy_timeout={PATIENCE_MILLISECONDS}")
        try:
            connection.execute(seen)
            connection.execute(staff_seen)
            connection.commit()
        except OperationalError:
            connection.rollback()
        finally:
            connection.exec_driver_sql(f"PRAGMA busy_timeout={USUAL_PATIENCE_MILLISECONDS}")


def renew_session(tx: Transaction, session_id: int, now: datetime, *, proved: bool) -> str:
    """A new cookie for the same session, whenever it comes to mean more than before."""
    token = token_urlsafe(TOKEN_BYTES)
    values: dict[str, object] = {"digest": digest_of(token), "seen_at": now}
    if proved:
        values["proved_at"] = now
    tx.execute(update(SignedIn).where(SignedIn.id == session_id).values(values))
    return token


def end_session(tx: Transaction, account_id: int, session_id: int) -> bool:
    """End one session of this account; whether there was one."""
    ended = delete(SignedIn).where(SignedIn.id == session_id, SignedIn.account_id == account_id)
    return tx.execute(ended.returning(SignedIn.id)).one_or_none() is not None


def end_sessions(tx: Transaction, account_id: int, *, but: int | None = None) -> int:
    """End all sessions of this account, but perhaps one; how many."""
    ended = delete(SignedIn).where(SignedIn.account_id == account_id)
    if but is not None:
        ended = ended.where(SignedIn.id != but)
    return len(tx.execute(ended.returning(SignedIn.id)).all())


def sessions_of(db: Session, account_id: int, now: datetime) -> list[ListedSession]:
    """The open sessions of an account, the latest first."""
    is_staff = staff_role(db, account_id) is not None
    rows = db.execute(
        select(SignedIn.id, SignedIn.browser, SignedIn.created_at, SignedIn.seen_at, SignedIn.is_remembered)
        .where(SignedIn.account_id == account_id, SignedIn.expires_at > now)
        .order_by(SignedIn.seen_at.desc(), SignedIn.id.desc())
    )
    return [
        ListedSession(*row)
        for row in rows
        if not is_over(term_of(is_staff=is_staff, is_remembered=row.is_remembered), row.created_at, row.seen_at, now)
    ]


def digest_of(token: str) -> bytes:
    """What of a cookie is stored."""
    return sha256(token[:LONGEST_BROWSER].encode()).digest()
