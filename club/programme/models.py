"""The club's one row, and what a process remembers while that row stays as it is."""

from collections.abc import Callable
from datetime import date
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import JSON, CheckConstraint, Engine, String, event, false, select
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from club.database import Base
from club.errors import NoProgramme
from club.programme.rules import Club
from club.texts import Texts


class Programme(Base):
    """The club: one row, id 1. Money is in minor units of `currency`."""

    __tablename__ = "programme"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("point_value_points > 0 AND point_value_minor > 0", name="point_value_positive"),
        CheckConstraint("spend_step > 0", name="spend_step_positive"),
        CheckConstraint("expiry_months >= 0 AND shop_return_days >= 0", name="periods_positive"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="validity_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    name: Mapped[Texts]
    promise: Mapped[Texts]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    main_language: Mapped[str] = mapped_column(String(2))
    time_zone: Mapped[str] = mapped_column(String(64))
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2))
    point_value_points: Mapped[int]
    point_value_minor: Mapped[int]
    spend_step: Mapped[int]
    points_word: Mapped[dict[str, list[str]]] = mapped_column(JSON)
    expiry_months: Mapped[int]
    shop_return_days: Mapped[int]
    brand_color: Mapped[str] = mapped_column(String(7))
    accent_color: Mapped[str] = mapped_column(String(7))
    font_pair: Mapped[str] = mapped_column(String(16))
    logo_file: Mapped[str | None] = mapped_column(String(80))
    contact_email: Mapped[str] = mapped_column(String(254))
    contact_phone: Mapped[str] = mapped_column(String(32))
    contact_address: Mapped[str] = mapped_column(String(500))
    stamp: Mapped[int] = mapped_column(default=0)
    """Rises with every change of programme, ladder or earning rules; what is remembered in a process carries it."""
    approval_points: Mapped[int] = mapped_column(server_default="10000")
    """Points from which a change by hand waits for a second person."""
    contact_most: Mapped[int] = mapped_column(server_default="4")
    """So often the club may turn to one person by itself within `contact_days` days."""
    contact_days: Mapped[int] = mapped_column(server_default="30")
    quiet_from: Mapped[int] = mapped_column(server_default="1260")
    """Minutes since midnight by the club's clock; equal to `quiet_until`: no hour is quiet."""
    quiet_until: Mapped[int] = mapped_column(server_default="540")
    answer_from: Mapped[int] = mapped_column(server_default="600")
    """Questions are answered from then on, in minutes since midnight by the club's clock, until `answer_until`."""
    answer_until: Mapped[int] = mapped_column(server_default="1080")
    answer_days: Mapped[str] = mapped_column(String(7), server_default="12345")
    """On these weekdays: 1 is Monday, 7 Sunday."""
    answer_hours: Mapped[int] = mapped_column(server_default="8")
    """Within so many of these hours."""
    goodwill_points: Mapped[int] = mapped_column(server_default="500")
    """Points from which a gift to somebody who wrote waits for a second person."""
    takes_comments: Mapped[bool] = mapped_column(server_default=false())
    transfers_allowed: Mapped[bool] = mapped_column(server_default=false())
    transfer_most: Mapped[int] = mapped_column(server_default="1000")
    """Points in one transfer."""
    transfer_most_month: Mapped[int] = mapped_column(server_default="2000")
    transfer_most_year: Mapped[int] = mapped_column(server_default="10000")
    minors_kept: Mapped[bool] = mapped_column(server_default=false())
    transfer_wait_days: Mapped[int] = mapped_column(server_default="90")
    """So long new members neither pass points on nor get them."""
    households_allowed: Mapped[bool] = mapped_column(server_default=false())
    household_most: Mapped[int] = mapped_column(server_default="4")
    """Adults in one household."""
    household_wait_days: Mapped[int] = mapped_column(server_default="14")
    """So long the points of whoever says yes are nobody else's to spend."""


T = TypeVar("T")

_STAMP = select(Programme.__table__.c.stamp).where(Programme.__table__.c.id == 1)
STAMP = _STAMP.scalar_subquery()
"""The club's stamp beside what another question asks; `stamp_seen` takes it."""
_CLUB = "club"
_TOUCHED = "club_touched"
_remembered: WeakKeyDictionary[Engine, dict[str, tuple[int, object]]] = WeakKeyDictionary()


def find_club(db: Session) -> Club | None:
    """The club, or None before `club init`. A transaction asks once, and only for the stamp if the rest is known."""
    if _CLUB not in db.info:
        db.info[_CLUB] = _read_club(db) if db.info.get(_TOUCHED) else _known_club(db)
    club: Club | None = db.info[_CLUB]
    return club


def stamp_seen(db: Session, stamp: int | None) -> None:
    """Another question brought the stamp along: this transaction does not ask for it again."""
    if _CLUB not in db.info and not db.info.get(_TOUCHED):
        db.info[_CLUB] = _club_of(db, stamp)


def _known_club(db: Session) -> Club | None:
    return _club_of(db, db.execute(_STAMP).scalar_one_or_none())


def _club_of(db: Session, stamp: int | None) -> Club | None:
    if stamp is None:
        return None
    kept = _remembered.setdefault(db.get_bind().engine, {})
    if _CLUB not in kept or kept[_CLUB][0] != stamp:
        kept[_CLUB] = (stamp, _read_club(db))
    club: Club | None = kept[_CLUB][1]  # type: ignore[assignment]  # what was put there
    return club


def _read_club(db: Session) -> Club | None:
    columns = [Programme.__table__.c[name] for name in Club.column_names()]
    row = db.execute(select(*columns).where(Programme.id == 1)).one_or_none()
    return None if row is None else Club(**row._mapping)


def the_club(db: Session) -> Club:
    """The club; raises `NoProgramme` before `club init`."""
    club = find_club(db)
    if club is None:
        raise NoProgramme
    return club


def remembered(db: Session, name: str, load: Callable[[Session], T]) -> T:
    """What `load` reads, kept by this process until the club's stamp rises.

    A transaction that raised the stamp itself reads anew: its stamp may be one that never comes to be.
    """
    club = find_club(db)
    if club is None or db.info.get(_TOUCHED):
        return load(db)
    kept = _remembered.setdefault(db.get_bind().engine, {})
    entry = kept.get(name)
    if entry is None or entry[0] != club.stamp:
        entry = kept[name] = (club.stamp, load(db))
    found: T = entry[1]  # type: ignore[assignment]  # what this name's load gave
    return found


def forget_in(db: Session) -> None:
    """This transaction changed programme, ladder or earning rules: it reads them anew and remembers nothing."""
    db.info.pop(_CLUB, None)
    db.info[_TOUCHED] = True


@event.listens_for(Session, "after_transaction_end")
def _forget_with_the_transaction(db: Session, ended: SessionTransaction) -> None:
    if ended.parent is None:
        db.info.pop(_CLUB, None)
        db.info.pop(_TOUCHED, None)
