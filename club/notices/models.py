"""What the club switched on, the days that it keeps, and who was greeted in which month."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import NEVER_REUSED, Base, BigId
from club.notices.rules import SHIPPED, Keeps, KeptDay, Notice, Setting
from club.texts import Texts


class NoticeSetting(Base):
    """How the club wants one notice; no row: as shipped."""

    __tablename__ = "notice_setting"

    notice: Mapped[str] = mapped_column(String(24), primary_key=True)
    is_on: Mapped[bool]
    leads: Mapped[list[int]] = mapped_column(JSON)
    """Days before, the longest first."""


class Greeting(Base):
    """At most one a person and calendar month, whatever it is for."""

    __tablename__ = "greeting"
    __table_args__ = (Index("ix_greeting_due_on", "due_on", "notice"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    notice: Mapped[str] = mapped_column(String(24))
    occasion: Mapped[str] = mapped_column(String(40))
    """The kept day, or nothing more to say."""
    due_on: Mapped[date]
    made_at: Mapped[datetime]


class KeptDayRow(Base):
    """A day of a profession or a holiday that the club greets for."""

    __tablename__ = "kept_day"
    __table_args__ = (CheckConstraint("keeps IN ('profession', 'holiday')", name="keeps_known"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    keeps: Mapped[str] = mapped_column(String(12))
    name: Mapped[Texts]
    month: Mapped[int]
    day: Mapped[int | None]
    weekday: Mapped[int | None]
    nth: Mapped[int | None]
    words: Mapped[str] = mapped_column(String(500))
    country: Mapped[str] = mapped_column(String(2))
    holiday: Mapped[str] = mapped_column(String(120))


GREETED = Greeting.__table__
_SETTING = NoticeSetting.__table__.c
_DAY = KeptDayRow.__table__.c
_SAID = ("name", "month", "day", "weekday", "nth", "words", "country", "holiday")


@dataclass(frozen=True)
class KeptView:
    """A kept day as it is stored."""

    id: int
    kept: KeptDay


def settings_of(db: Session) -> dict[Notice, Setting]:
    """Every notice, as the club wants it."""
    rows = db.execute(select(_SETTING.notice, _SETTING.is_on, _SETTING.leads)).all()
    own = {row.notice: Setting(row.is_on, tuple(row.leads)) for row in rows}
    return {notice: own.get(notice.value, shipped) for notice, shipped in SHIPPED.items()}


def kept_days(db: Session) -> list[KeptView]:
    """All of them, in the order in which they were written."""
    rows = db.execute(select(_DAY.id, _DAY.keeps, *(_DAY[name] for name in _SAID)).order_by(_DAY.id))
    return [_view(row._mapping) for row in rows]


def row_of(kept: KeptDay) -> dict[str, object]:
    """Its columns."""
    return {"keeps": kept.keeps.value} | {name: getattr(kept, name) for name in _SAID}


def _view(row: object) -> KeptView:
    said = {name: row[name] for name in _SAID}  # type: ignore[index]  # a mapping of columns
    return KeptView(row["id"], KeptDay(keeps=Keeps(row["keeps"]), **said))  # type: ignore[index]  # likewise
