"""The club's one row."""

from datetime import date

from sqlalchemy import JSON, CheckConstraint, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

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


def find_club(db: Session) -> Club | None:
    """The club, or None before `club init`."""
    columns = [Programme.__table__.c[name] for name in Club.column_names()]
    row = db.execute(select(*columns).where(Programme.id == 1)).one_or_none()
    return None if row is None else Club(**row._mapping)


def the_club(db: Session) -> Club:
    """The club; raises `NoProgramme` before `club init`."""
    club = find_club(db)
    if club is None:
        raise NoProgramme
    return club
