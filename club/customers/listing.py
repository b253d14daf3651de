"""The list of customers: whom it is about in one statement, what is shown of one page of them in another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from club.accounts.models import Staff
from club.care.models import Carer
from club.customers.models import PersonTag, Tag
from club.customers.rules import Order, Wanted, Who, coming_birthdays
from club.database import PLANNED_ANEW
from club.insight.models import MemberFigures
from club.insight.watch import AWAY
from club.members.finding import BY_NAME, way_of
from club.members.models import Consent, Person
from club.points.models import Balance
from club.tiers.models import Ladders, Status, ladders, view_of

NOBODY = 0
EVERY_WAY = "away"
AT_ONCE = 1_000


@dataclass(frozen=True)
class Listed:
    """One person as the list, and the export, show them."""

    person_id: int
    full_name: str
    member_number: str | None
    email: str | None
    phone: str | None
    language: str
    joined_on: date | None
    has_account: bool
    tier: str | None
    """Its key; None for the first tier without a row, and for who is no member."""
    points: int | None
    """That can be spent."""
    spend_year: int
    last_bought_on: date | None
    usual_gap_days: int | None
    late_from: date | None
    trend: str
    place: str
    carer_id: int | None
    carer: str | None
    tags: str | None = None
    """All of them in one text; only in the export."""


def matching(
    db: Session, wanted: Wanted, today: date, *, as_sets: bool = False, has_figures: bool = False
) -> Select[int]:
    """The ids of everybody whom the filters leave, as a statement to build on. A text is looked up first.

    `as_sets`: for whoever wants them all in no order. `has_figures`: for a statement that joins everybody's figures.
    """
    figures = _figures(wanted, today, as_sets=as_sets, has_figures=has_figures)
    conditions = [*_personal(db, wanted, today), *figures, *_kept(wanted)]
    if wanted.tier:
        conditions.append(_has_tier(db, wanted.tier, today))
    return select(Person.id).where(_who(wanted.who), *conditions)


def page_ids(
    db: Session, wanted: Wanted, today: date, order: Order, *, is_descending: bool, limit: int, offset: int
) -> list[int]:
    """The people of one page in their order. Whoever has nothing to be ordered by comes last, by name."""
    found = matching(db, wanted, today)
    by_name = BY_NAME if wanted.text else (Person.search_text, Person.id)
    if order is Order.NAME:
        ordered = tuple(part.desc() for part in by_name) if is_descending else by_name
        return list(db.scalars(found.order_by(*ordered).limit(limit).offset(offset)))
    column, owner = _ordered_by(order)
    having = found
    if owner is not Person.id:
        has_figures = owner.class_ is MemberFigures
        having = matching(db, wanted, today, has_figures=has_figures).join(owner.class_, owner == Person.id)
    ordered = (column.desc(), owner.desc()) if is_descending else (column, owner)
    having = having.where(column.is_not(None))
    first = list(db.scalars(having.order_by(*ordered).limit(limit).offset(offset)))
    if len(first) == limit:
        return first
    if not first:
        offset -= db.scalar(select(func.count()).select_from(having.subquery())) or 0
    lacking = (
        found.where(column.is_(None))
        if owner is Person.id
        else found.where(~exists().where(owner == Person.id, column.is_not(None)).correlate(Person))
    )
    rest = lacking.order_by(*by_name).limit(limit - len(first)).offset(0 if first else max(offset, 0))
    return first + list(db.scalars(rest))


def count_up_to(db: Session, wanted: Wanted, today: date, most: int) -> int:
    """How many there are; no more than `most` are counted."""
    some = matching(db, wanted, today, as_sets=True).limit(most).subquery()
    return db.scalar(select(func.count()).select_from(some), execution_options=PLANNED_ANEW) or 0


def count(db: Session, found: Select[int]) -> int:
    """How many a statement of `matching` finds."""
    return db.scalar(select(func.count()).select_from(found.subquery()), execution_options=PLANNED_ANEW) or 0


_AS_OF = select(MemberFigures.__table__.c.as_of).limit(1)


def figures_as_of(db: Session) -> date | None:
    """The day up to which everybody's buying is added up."""
    found: date | None = db.scalar(_AS_OF)
    return found


def rows_of(db: Session, person_ids: Sequence[int], today: date) -> list[Listed]:
    """What the list shows of these people, in their order, in one question."""
    rows = db.execute(_OF_A_PAGE, {"person_ids": person_ids})
    found = {one.person_id: one for one in _listed(rows, ladders(db), today)}
    return [found[person_id] for person_id in person_ids if person_id in found]


def everybody(db: Session, found: Select[int], today: date) -> Iterator[Listed]:
    """All of them by name with their tags, read as they are needed: for an export."""
    tags = (
        select(func.aggregate_strings(Tag.name, ", "))
        .join(PersonTag, PersonTag.tag_id == Tag.id)
        .where(PersonTag.person_id == Person.id, PersonTag.taken_by.is_(None))
        .correlate(Person)
        .scalar_subquery()
        .label("tags")
    )
    statement = _SHOWN.add_columns(tags).where(Person.id.in_(found)).order_by(Person.search_text, Person.id)
    try:
        yield from _listed(db.execute(statement.execution_options(yield_per=AT_ONCE)), ladders(db), today)
    finally:
        db.rollback()  # the page is over by then: nobody else gives the connection back


# --- filters


def _who(who: Who) -> ColumnElement[bool]:
    match who:
        case Who.MEMBERS:
            return Person.joined_on.is_not(None)
        case Who.OTHERS:
            return and_(Person.joined_on.is_(None), Person.merged_into.is_(None), Person.left_on.is_(None))
    return and_(Person.merged_into.is_(None), Person.left_on.is_(None))


def _personal(db: Session, wanted: Wanted, today: date) -> Iterator[ColumnElement[bool]]:
    if wanted.text:
        way = way_of(db, wanted.text, by_contact=wanted.by_contact, members_only=wanted.who is Who.MEMBERS)
        yield false() if way is None else way
    if wanted.language:
        yield Person.language == wanted.language
    if wanted.joined_from is not None:
        yield Person.joined_on >= wanted.joined_from
    if wanted.joined_to is not None:
        yield Person.joined_on <= wanted.joined_to
    if wanted.has_birthday_soon:
        yield Person.id.in_(_born_on(coming_birthdays(today)))
    if wanted.news is not None:
        last = (
            select(Consent.is_given)
            .where(Consent.person_id == Person.id, Consent.purpose == "news", Consent.channel == "email")
            .order_by(Consent.id.desc())
            .limit(1)
            .correlate(Person)
            .scalar_subquery()
        )
        yield func.coalesce(last, false()) == wanted.news


def _figures(wanted: Wanted, today: date, *, as_sets: bool, has_figures: bool) -> Iterator[ColumnElement[bool]]:
    """Looked up person by person along an order, for a fifth of all or more answers these; or beginning with them."""
    if wanted.place == "none":
        other = MemberFigures.place != "none"
        yield ~exists().where(MemberFigures.member_id == Person.id, other).correlate(Person)
    elif wanted.place:
        yield _with_figures(MemberFigures.place == wanted.place, as_sets=as_sets)
    if wanted.trend:
        yield _with_figures(MemberFigures.trend.in_(_trends(wanted.trend)), as_sets=as_sets)
    if wanted.is_quiet and has_figures:
        yield MemberFigures.late_from <= today
    elif wanted.is_quiet:
        yield _with_figures(MemberFigures.late_from <= today, as_sets=as_sets)


def _with_figures(condition: ColumnElement[bool], *, as_sets: bool) -> ColumnElement[bool]:
    if as_sets:
        return Person.id.in_(select(MemberFigures.member_id).where(condition))
    return exists().where(MemberFigures.member_id == Person.id, condition).correlate(Person)


def _trends(wanted: str) -> list[str]:
    return [one.value for one in AWAY] if wanted == EVERY_WAY else [wanted]


def _kept(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.carer is not None and wanted.carer != NOBODY:
        yield Person.id.in_(select(Carer.person_id).where(Carer.account_id == wanted.carer, Carer.ended_at.is_(None)))
    if wanted.carer == NOBODY:
        yield ~exists().where(Carer.person_id == Person.id, Carer.ended_at.is_(None)).correlate(Person)
    if wanted.tag is not None:
        carrying = select(PersonTag.person_id).where(PersonTag.tag_id == wanted.tag, PersonTag.taken_by.is_(None))
        yield Person.id.in_(carrying)


def _born_on(days: list[tuple[int, int]]) -> CompoundSelect[Any]:
    """Day by day, so that each is one look into the index of birthdays."""
    born = aliased(Person)
    return union_all(*(select(born.id).where(born.birth_month == month, born.birth_day == day) for month, day in days))


def _has_tier(db: Session, key: str, today: date) -> ColumnElement[bool]:
    """Who holds a rung; the first one also who has no row."""
    current = and_(Status.member_id == Person.id, Status.ended_on.is_(None))
    if key != ladders(db).on(today).ladder.rungs[0].key:
        return exists().where(current, Status.rung_key == key).correlate(Person)
    other = exists().where(current, Status.rung_key != key).correlate(Person)
    return and_(Person.joined_on.is_not(None), ~other)


# --- columns


def _ordered_by(order: Order) -> tuple[InstrumentedAttribute[Any], InstrumentedAttribute[int]]:
    """The column, and whose it is."""
    match order:
        case Order.BOUGHT:
            return MemberFigures.spend_year, MemberFigures.member_id
        case Order.LAST:
            return MemberFigures.last_bought_on, MemberFigures.member_id
        case Order.POINTS:
            return Balance.active, Balance.member_id
    return Person.joined_on, Person.id


_p, _status, _carer = Person.__table__.c, Status.__table__.c, Carer.__table__.c
_figures_of, _balance = MemberFigures.__table__.c, Balance.__table__.c
_SHOWN = (
    select(
        _status.id,
        _status.rung_key,
        _status.version_id,
        _status.since,
        _status.until,
        _status.how,
        _p.id.label("person_id"),
        _p.full_name,
        _p.member_number,
        _p.email,
        _p.phone,
        _p.language,
        _p.joined_on,
        _p.account_id,
        _balance.active,
        _figures_of.spend_year,
        _figures_of.last_bought_on,
        _figures_of.usual_gap_days,
        _figures_of.late_from,
        _figures_of.trend,
        _figures_of.place,
        _carer.account_id.label("carer_id"),
        Staff.__table__.c.name,
    )
    .select_from(Person.__table__)
    .outerjoin(Status.__table__, and_(_status.member_id == _p.id, _status.ended_on.is_(None)))
    .outerjoin(Balance.__table__, _balance.member_id == _p.id)
    .outerjoin(MemberFigures.__table__, _figures_of.member_id == _p.id)
    .outerjoin(Carer.__table__, and_(_carer.person_id == _p.id, _carer.ended_at.is_(None)))
    .outerjoin(Staff.__table__, Staff.__table__.c.account_id == _carer.account_id)
)
_OF_A_PAGE = _SHOWN.where(_p.id.in_(bindparam("person_ids", expanding=True)))
_OF_THE_TIER = 6
"""So many of the columns say what somebody holds: what `view_of` reads."""


def _listed(rows: Iterable[Row[*tuple[Any, ...]]], known: Ladders, today: date) -> Iterator[Listed]:
    """Rows of `_SHOWN`, their columns by place. Which tier a term stands for is worked out once for all alike."""
    dated = known.on(today)
    keys: dict[tuple[str, int, bool], str] = {}
    for row in rows:
        status_id, rung_key, version_id, _since, until, _how = row[:_OF_THE_TIER]
        key = None
        if status_id is not None:
            alike = (rung_key, version_id, until is None)
            key = keys.get(alike) or keys.setdefault(alike, view_of(known, dated, row).key)
        (
            person_id, full_name, member_number, email, phone, language, joined_on, account_id, points, spend_year,
            last_bought_on, usual_gap_days, late_from, trend, place, carer_id, carer, *tags,
        ) = row[_OF_THE_TIER:]  # fmt: skip
        yield Listed(
            person_id, full_name, member_number, email, phone, language, joined_on, account_id is not None, key, points,
            spend_year or 0, last_bought_on, usual_gap_days, late_from, trend or "none", place or "none", carer_id,
            carer, tags[0] if tags else None,
        )  # fmt: skip
