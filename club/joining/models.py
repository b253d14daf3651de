"""The code that somebody brought along when they became a member: whoever knows the code takes it up from here."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Table, text
from sqlalchemy.orm import Mapped, mapped_column

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


BROUGHT: Table = BroughtCode.__table__  # type: ignore[assignment]  # every mapped class has a table
