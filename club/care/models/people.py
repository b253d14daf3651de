"""What the page of a customer asks about the person."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.care.models.tables import CARERS, INTERACTIONS, PREFERENCES, WISHES
from club.care.models.to_do import Colleague
from club.care.rules import Kind, Liking, Source
from club.contact.rules import Channel
from club.errors import NotFound, UnknownMember
from club.insight.models import MemberFigures
from club.members.models import Person
from club.profile.models import PROFILES, Profile

_WATCHED = ("signs", "recent_spend", "recent_days", "before_spend", "before_days", "before_span")


@dataclass(frozen=True, kw_only=True)
class Customer:
    """A person as their page begins: who they are, how they buy, who looks after them, how to reach them."""

    person_id: int
    member_number: str | None
    full_name: str
    call_name: str
    email: str | None
    phone: str | None
    language: str
    birth_year: int | None
    birth_month: int | None
    birth_day: int | None
    joined_on: date | None
    source: str
    created_at: datetime
    account_id: int | None
    merged_into: int | None
    place: str | None
    purchases: int
    spend_year: int
    last_bought_on: date | None
    usual_gap_days: int | None
    late_from: date | None
    trend: str | None
    signs: int
    recent_spend: int
    recent_days: int
    before_spend: int
    before_days: int
    before_span: int
    figures_as_of: date | None
    carer_id: int | None
    carer_name: str | None
    carer_since: datetime | None
    channel: Channel | None
    times: str
    has_photo: bool
    patronymic: str
    profession: str
    interests: tuple[str, ...]
    leaves_on: date | None
    left_on: date | None

    @property
    def addressed_as(self) -> str:
        """How to address this person."""
        return self.call_name or self.full_name

    @property
    def is_member(self) -> bool:
        """Whether they have joined; others the club only knows."""
        return self.member_number is not None


@dataclass(frozen=True)
class Line:
    """A line of the preferences card."""

    id: int
    kind: Liking
    what: str
    effect: str
    source: Source
    noted_on: date
    by: int | None
    is_own: bool
    """The member wrote it themselves."""


@dataclass(frozen=True)
class Pinned:
    """An entry that stands on top of the page."""

    id: int
    kind: Kind
    summary: str
    at: datetime
    by: int | None


@dataclass(frozen=True)
class Written:
    """An entry as its author changes it."""

    id: int
    person_id: int
    full_name: str
    kind: Kind
    direction: str | None
    summary: str
    at: datetime
    by: int | None
    is_pinned: bool


def the_entry(db: Session, entry_id: int) -> Written:
    """One entry; raises `NotFound`."""
    columns = INTERACTIONS.c
    row = db.execute(
        select(
            columns.id,
            columns.person_id,
            Person.full_name,
            columns.kind,
            columns.direction,
            columns.summary,
            columns.at,
            columns.by,
            columns.is_pinned,
        )
        .join(Person, Person.id == columns.person_id)
        .where(columns.id == entry_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return Written(row.id, row.person_id, row.full_name, Kind(row.kind), *row[4:])


_FIGURES, _PERSON, _CARER = MemberFigures.__table__, Person.__table__, Staff.__table__
_CUSTOMER = (
    select(
        _PERSON.c.id.label("person_id"),
        *(
            _PERSON.c[name]
            for name in (
                "member_number", "full_name", "call_name", "email", "phone", "language", "birth_year",
                "birth_month", "birth_day", "joined_on", "source", "created_at", "account_id", "merged_into",
            )
        ),
        _FIGURES.c.place,
        func.coalesce(_FIGURES.c.purchases, 0).label("purchases"),
        func.coalesce(_FIGURES.c.spend_year, 0).label("spend_year"),
        _FIGURES.c.last_bought_on,
        _FIGURES.c.usual_gap_days,
        _FIGURES.c.late_from,
        _FIGURES.c.trend,
        *(func.coalesce(_FIGURES.c[name], 0).label(name) for name in _WATCHED),
        _FIGURES.c.as_of.label("figures_as_of"),
        CARERS.c.account_id.label("carer_id"),
        _CARER.c.name.label("carer_name"),
        CARERS.c.since.label("carer_since"),
        WISHES.c.channel,
        func.coalesce(WISHES.c.times, "").label("times"),
        PROFILES.photo.is_not(None).label("has_photo"),
        func.coalesce(PROFILES.patronymic, "").label("patronymic"),
        func.coalesce(PROFILES.profession, "").label("profession"),
        PROFILES.interests,
        _PERSON.c.leaves_on,
        _PERSON.c.left_on,
    )
    .select_from(_PERSON)
    .outerjoin(_FIGURES, _FIGURES.c.member_id == _PERSON.c.id)
    .outerjoin(CARERS, (CARERS.c.person_id == _PERSON.c.id) & CARERS.c.ended_at.is_(None))
    .outerjoin(_CARER, _CARER.c.account_id == CARERS.c.account_id)
    .outerjoin(WISHES, WISHES.c.person_id == _PERSON.c.id)
    .outerjoin(Profile.__table__, PROFILES.person_id == _PERSON.c.id)
    .where(_PERSON.c.id == bindparam("person_id"))
)  # fmt: skip


def the_customer(db: Session, person_id: int) -> Customer:
    """Everything that the head of the page and the contact card need, in one query; raises `UnknownMember`."""
    row = db.execute(_CUSTOMER, {"person_id": person_id}).one_or_none()
    if row is None:
        raise UnknownMember
    values = dict(row._mapping)
    channel = values.pop("channel")
    values["interests"] = tuple(values["interests"] or ())
    return Customer(**values, channel=None if channel is None else Channel(channel))


def carer_of(db: Session, person_id: int) -> Colleague | None:
    """Who looks after a customer now."""
    row = db.execute(
        select(CARERS.c.account_id, Staff.name)
        .join(Staff, Staff.account_id == CARERS.c.account_id)
        .where(CARERS.c.person_id == person_id, CARERS.c.ended_at.is_(None))
    ).one_or_none()
    return None if row is None else Colleague(*row)


_LINES = (
    select(*(PREFERENCES.c[field.name] for field in fields(Line)))
    .where(PREFERENCES.c.ended_at.is_(None), PREFERENCES.c.person_id == bindparam("person_id"))
    .order_by(PREFERENCES.c.noted_on.desc(), PREFERENCES.c.id.desc())
)
_SAID_LINES = _LINES.where(PREFERENCES.c.source == Source.SAID)
_OWN_LINE = _LINES.where(PREFERENCES.c.id == bindparam("id"), PREFERENCES.c.is_own)


def preferences_of(db: Session, person_id: int) -> list[Line]:
    """The card as it holds now: by kind, the newest first."""
    return _lines(db, _LINES, person_id=person_id)


def own_card(db: Session, person_id: int) -> list[Line]:
    """The part of the card that its member sees: what they said themselves, whoever wrote it down."""
    return _lines(db, _SAID_LINES, person_id=person_id)


def own_line(db: Session, person_id: int, preference_id: int) -> Line:
    """One line that this member wrote and that holds; raises `NotFound`."""
    found = _lines(db, _OWN_LINE, person_id=person_id, id=preference_id)
    if not found:
        raise NotFound
    return found[0]


def _lines(db: Session, asked: Select[*tuple[Any, ...]], **values: int) -> list[Line]:
    rows = db.execute(asked, values)
    lines = [Line(**{**row._mapping, "kind": Liking(row.kind), "source": Source(row.source)}) for row in rows]
    return sorted(lines, key=lambda line: list(Liking).index(line.kind))


_PINNED = (
    select(*(INTERACTIONS.c[name] for name in ("id", "kind", "summary", "at", "by")))
    .where(INTERACTIONS.c.person_id == bindparam("person_id"), INTERACTIONS.c.is_pinned)
    .order_by(INTERACTIONS.c.at.desc(), INTERACTIONS.c.id.desc())
)


def pinned_of(db: Session, person_id: int) -> list[Pinned]:
    """What stands on top, the newest first."""
    rows = db.execute(_PINNED, {"person_id": person_id})
    return [Pinned(row.id, Kind(row.kind), row.summary, row.at, row.by) for row in rows]
