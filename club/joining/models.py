"""The code that somebody brought along when they became a member: whoever knows the code takes it up from here."""

from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Table, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.accounts.rules import email_key
from club.database import Base
from club.joining.rules import LONGEST_CODE

_WAITS = text("taken_up_at IS NULL")


class BroughtCode(Base):
    """Written in the transaction that makes the member, so that no code is lost."""

    __tablename__ = "brought_code"
    __table_args__ = (
        Index("ix_brought_code_waits", "person_id", sqlite_where=_WAITS, postgresql_where=_WAITS),
    )  # fmt: skip

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, autoincrement=False)
    code: Mapped[str] = mapped_column(String(LONGEST_CODE))
    form: Mapped[str] = mapped_column(String(16))
    """Where it was said: join or counter."""
    at: Mapped[datetime]
    taken_up_at: Mapped[datetime | None]


class FormerMember(Base):
    """Whoever left and was forgotten, by a digest of their mailbox: welcome again, without a second bonus."""

    __tablename__ = "former_member"

    mailbox: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    left_on: Mapped[date]


BROUGHT: Table = BroughtCode.__table__  # type: ignore[assignment]  # every mapped class has a table


def mailbox_of(email: str) -> bytes:
    """What is kept of an address once its owner is forgotten."""
    return sha256(email_key(email).encode()).digest()


def was_member(db: Session, email: str | None) -> bool:
    """Whether somebody with this address left before."""
    if not email:
        return False
    return db.scalar(select(FormerMember.left_on).where(FormerMember.mailbox == mailbox_of(email))) is not None
