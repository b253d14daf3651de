"""When the club turned to a person by itself, and what they said about it."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, bindparam, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from club.contact.rules import Pace, Said, Wait, wait_for
from club.database import NEVER_REUSED, Base, BigId
from club.members.models import Consent
from club.programme.models import the_club
from club.programme.rules import Club


class Contact(Base):
    """One time that the club turned to a person by itself: a mail that was let out, a call or letter that staff noted.

    `cause` says what it was, once for ever: `message:17`, `interaction:5`. Service leaves no row.
    """

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint("way IN ('mail', 'call', 'visit', 'letter', 'chat')", name="way_known"),
        Index("ix_contact_person_id", "person_id", "at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    way: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]
    cause: Mapped[str] = mapped_column(String(40), unique=True)


CONTACTS = Base.metadata.tables[Contact.__tablename__]


def pace_of(club: Club) -> Pace:
    """What the club set."""
    return Pace(club.contact_most, club.contact_days, club.quiet_from, club.quiet_until)


_SINCE = (
    select(CONTACTS.c.at)
    .where(CONTACTS.c.person_id == bindparam("person_id"), CONTACTS.c.at > bindparam("since"))
    .order_by(CONTACTS.c.at.desc())
)


def contacts_of(db: Session, person_id: int, now: datetime) -> list[datetime]:
    """When the club turned to a person within its days, the latest first."""
    since = now - timedelta(days=the_club(db).contact_days)
    return list(db.scalars(_SINCE, {"person_id": person_id, "since": since}))


def waits(db: Session, person_id: int, now: datetime) -> Wait | None:
    """Until when one more contact with a person would wait; None: it may be now."""
    club = the_club(db)
    return wait_for(now, contacts_of(db, person_id, now), pace_of(club), club.time_zone)


_CONSENT = Consent.__table__.c
_LAST_WORDS = (
    select(func.max(_CONSENT.id))
    .where(_CONSENT.person_id == bindparam("person_id"))
    .group_by(_CONSENT.purpose, _CONSENT.channel)
    .scalar_subquery()
)
_SAID = select(_CONSENT.purpose, _CONSENT.channel, _CONSENT.is_given).where(_CONSENT.id.in_(_LAST_WORDS))


def said_by(db: Session, person_id: int) -> tuple[Said, ...]:
    """The last word on every purpose and channel."""
    rows = db.execute(_SAID, {"person_id": person_id})
    return tuple(Said(row.purpose, row.channel, row.is_given) for row in rows)
