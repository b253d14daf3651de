"""The list of customers: whom it is about in one statement, what is shown of one page of them in another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Row, Select, and_, exists, false, func, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from club.accounts.models import Staff
from club.care.models import Carer
from club.customers.models import PersonTag, Tag
from club.customers.rules import Order, Wanted, Who, coming_birthdays
from club.insight.models import MemberFigures
from club.insight.watch import AWAY
from club.members.finding import BY_NAME, way_of
from club.members.models import Consent, Person
from club.points.models import Balance
from club.tiers.models import Ladders, Status, StatusView, ladders, view_of
from club.tiers.rules import DatedLadder

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
    tier: StatusView | None
    """None for the first tier without a row, and for who is no member."""
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


def matching(db: Session, wanted: Wanted, today: date, *, as_sets: bool = False) -> Select[int]:
    """The ids of everybody whom the filters leave, as a statement to build on. A text is looked up first.

    `as_sets`: for whoever wants them all in no order.
    """
    conditions = [*_personal(db, wanted, today), *_figures(wanted, today, as_sets=as_sets), *_kept(wanted)]
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
    having = found if owner is Person.id else found.join(owner.class_, owner == Person.id)
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
    return db.scalar(select(func.count()).select_from(some)) or 0


def count(db: Session, found: Select[int]) -> int:
    """How many a statement of `matching` finds."""
    return db.scalar(select(func.count()).select_from(found.subquery())) or 0


def figures_as_of(db: Session) -> date | None:
    """The day up to which everybody's buying is added up."""
    return db.scalar(select(MemberFigures.as_of).limit(1))


def rows_of(db: Session, person_ids: Sequence[int], today: date) -> list[Listed]:
    """What the list shows of these people, in their order, in one question."""
    known, dated = ladders(db), ladders(db).on(today)
    rows = db.execute(_shown().where(Person.id.in_(person_ids)))
    found = {row.person_id: _listed(row, known, dated) for row in rows}
    return [found[person_id] for person_id in person_ids if person_id in found]


def everybody(db: Session, found: Select[int], today: date) -> Iterator[Listed]:
    """All of them by name with their tags, read as they are needed: for an export."""
    known, dated = ladders(db), ladders(db).on(today)
    tags = (
        select(func.aggregate_strings(Tag.name, ", "))
        .join(PersonTag, PersonTag.tag_id == Tag.id)
        .where(PersonTag.person_id == Person.id, PersonTag.taken_by.is_(None))
        .correlate(Person)
        .scalar_subquery()
        .label("tags")
    )
    statement = _shown().add_columns(tags).where(Person.id.in_(found)).order_by(Person.search_text, Person.id)
    try:
        for row in db.execute(statement.execution_options(yield_per=AT_ONCE)):
            yield _listed(row, known, dated)
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


def _figures(wanted: Wanted, today: date, *, as_sets: bool) -> Iterator[ColumnElement[bool]]:
    """Looked up person by person along an order, for a fifth of all or more answers these; or beginning with them."""
    if wanted.place == "none":
        other = MemberFigures.place != "none"
        yield ~exists().where(MemberFigures.member_id == Person.id, other).correlate(Person)
    elif wanted.place:
        yield _with_figures(MemberFigures.place == wanted.place, as_sets=as_sets)
    if wanted.trend:
        yield _with_figures(MemberFigures.trend.in_(_trends(wanted.trend)), as_sets=as_sets)
    if wanted.is_quiet:
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


def _shown() -> Select[*tuple[Any, ...]]:
    status = and_(Status.member_id == Person.id, Status.ended_on.is_(None))
    carer = and_(Carer.person_id == Person.id, Carer.ended_at.is_(None))
    return (
        select(
            Person.id.label("person_id"),
            Person.full_name,
            Person.member_number,
            Person.email,
            Person.phone,
            Person.language,
            Person.joined_on,
            Person.account_id,
            Status.id.label("id"),
            Status.rung_key,
            Status.version_id,
            Status.since,
            Status.until,
            Status.how,
            Balance.active,
            MemberFigures.spend_year,
            MemberFigures.last_bought_on,
            MemberFigures.usual_gap_days,
            MemberFigures.late_from,
            MemberFigures.trend,
            MemberFigures.place,
            Carer.account_id.label("carer_id"),
            Staff.name.label("carer"),
        )
        .select_from(Person)
        .outerjoin(Status, status)
        .outerjoin(Balance, Balance.member_id == Person.id)
        .outerjoin(MemberFigures, MemberFigures.member_id == Person.id)
        .outerjoin(Carer, carer)
        .outerjoin(Staff, Staff.account_id == Carer.account_id)
    )


def _listed(row: Row[*tuple[Any, ...]], known: Ladders, dated: DatedLadder) -> Listed:
    return Listed(
        person_id=row.person_id,
        full_name=row.full_name,
        member_number=row.member_number,
        email=row.email,
        phone=row.phone,
        language=row.language,
        joined_on=row.joined_on,
        has_account=row.account_id is not None,
        tier=None if row.id is None else view_of(known, dated, row),
        points=row.active,
        spend_year=row.spend_year or 0,
        last_bought_on=row.last_bought_on,
        usual_gap_days=row.usual_gap_days,
        late_from=row.late_from,
        trend=row.trend or "none",
        place=row.place or "none",
        carer_id=row.carer_id,
        carer=row.carer,
        tags=getattr(row, "tags", None),
    )
