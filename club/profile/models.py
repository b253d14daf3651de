"""What members say about themselves, one row a person; the rest of a profile stands with the person."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Select, String, bindparam, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.database import Base
from club.delivery.models import SavedAddress
from club.errors import UnknownMember
from club.members.models import Person
from club.profile.rules import About, Birthday, Names, ProfileView


class Profile(Base):
    """Personal throughout: goes with the person."""

    __tablename__ = "profile"
    __table_args__ = (CheckConstraint("birthday_changes >= 0", name="birthday_changes_positive"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    patronymic: Mapped[str] = mapped_column(String(100), default="")
    profession: Mapped[str] = mapped_column(String(100), default="")
    interests: Mapped[list[str]] = mapped_column(JSON, default=list)
    photo: Mapped[str | None] = mapped_column(String(60))
    """The file of their photo."""
    birthday_changes: Mapped[int] = mapped_column(default=0)
    """How often the member moved the day; staff and imports are not counted."""
    birthday_changed_at: Mapped[datetime | None]
    rewarded_at: Mapped[datetime | None]
    """When points for a whole profile were given: once, whatever becomes of it later."""


PROFILES = Profile.__table__.c
_PERSON = Person.__table__.c
_VIEW: Select[tuple[object, ...]] = (
    select(
        _PERSON.full_name,
        _PERSON.call_name,
        _PERSON.email,
        _PERSON.phone,
        _PERSON.language,
        _PERSON.birth_year,
        _PERSON.birth_month,
        _PERSON.birth_day,
        PROFILES.patronymic,
        PROFILES.profession,
        PROFILES.interests,
        PROFILES.photo,
        PROFILES.birthday_changes,
        PROFILES.birthday_changed_at,
        PROFILES.rewarded_at,
        SavedAddress.__table__.c.person_id.label("address_of"),
    )
    .outerjoin(Profile.__table__, PROFILES.person_id == _PERSON.id)
    .outerjoin(SavedAddress.__table__, SavedAddress.__table__.c.person_id == _PERSON.id)
    .where(_PERSON.id == bindparam("person_id"), _PERSON.member_number.is_not(None))
)


def profile_of(db: Session, person_id: int) -> ProfileView:
    """A member's profile, one query; raises `UnknownMember`."""
    row = db.execute(_VIEW, {"person_id": person_id}).mappings().one_or_none()
    if row is None:
        raise UnknownMember
    return ProfileView(
        names=Names(
            full_name=row["full_name"],
            call_name=row["call_name"] or "",
            patronymic=row["patronymic"] or "",
            language=row["language"],
        ),
        email=row["email"],
        phone=row["phone"],
        birthday=Birthday(year=row["birth_year"], month=row["birth_month"], day=row["birth_day"]),
        birthday_changes=row["birthday_changes"] or 0,
        birthday_changed_at=row["birthday_changed_at"],
        about=About(profession=row["profession"] or "", interests=tuple(row["interests"] or ())),
        has_photo=row["photo"] is not None,
        has_address=row["address_of"] is not None,
        is_rewarded=row["rewarded_at"] is not None,
    )
