"""What members' pages ask about friends: whose a code is, how one's own friends stand, what that brought so far."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, bindparam, case, func, literal, select
from sqlalchemy.orm import Session

from club.members.models import Person
from club.offers.codes import code_typed
from club.referrals.models import CODES, REFERRALS, TERMS
from club.referrals.rules import RewardKind, State, first_name

MOST_SHOWN = 100
LONGEST_MERGES = 8
_R = REFERRALS.c
_FRIEND, _REFERRER = Person.__table__.alias("friend"), Person.__table__.alias("referrer")


@dataclass(frozen=True)
class Host:
    """Whose code it is. `name`: the first name if friends may know it, else empty."""

    person_id: int
    name: str
    code: str


@dataclass(frozen=True)
class MyCode:
    """A member's own code."""

    code: str
    shows_name: bool


@dataclass(frozen=True)
class Friend:
    """One friend as the member who brought them sees it: never what they bought, nor why they do not count."""

    id: int
    number: int
    """Counted from the first one on."""
    name: str
    state: State
    way: str
    invited_at: datetime | None
    joined_on: date | None
    has_bought: bool
    due_on: date | None
    rewarded_at: datetime | None
    points: int
    has_voucher: bool
    is_over_limit: bool
    terms_id: int


def host_of(db: Session, typed: str) -> Host | None:
    """Whose code somebody typed or followed; None for one that nobody has. A merged record's leads to its member."""
    code = code_typed(typed)
    if code is None:
        return None
    columns = (
        Person.id, Person.member_number, Person.merged_into, Person.full_name, Person.call_name, CODES.c.shows_name
    )  # fmt: skip
    row = db.execute(select(*columns).join(CODES, CODES.c.person_id == Person.id).where(CODES.c.code == code)).first()
    if row is None:
        return None
    shows_name, followed = row.shows_name, 0
    while row is not None and row.merged_into is not None and followed < LONGEST_MERGES:
        row = db.execute(
            select(*columns)
            .outerjoin(CODES, CODES.c.person_id == Person.id)
            .where(Person.id == row.merged_into)
        ).first()  # fmt: skip
        followed += 1
    if row is None or row.member_number is None:
        return None
    return Host(row.id, first_name(row.full_name, row.call_name) if shows_name else "", code)


def code_of(db: Session, person_id: int) -> MyCode | None:
    """A member's code; None before it was made."""
    row = db.execute(select(CODES.c.code, CODES.c.shows_name).where(CODES.c.person_id == person_id)).one_or_none()
    return None if row is None else MyCode(row.code, row.shows_name)


def friends_of(db: Session, person_id: int) -> list[Friend]:
    """The friends of a member, the newest first."""
    number = func.row_number().over(order_by=_R.id).label("number")
    asked = (
        select(
            _R.id, number, _FRIEND.c.full_name, _FRIEND.c.call_name, _R.state, _R.way, _R.invited_at, _R.joined_on,
            _R.purchase_id, _R.due_on, _R.rewarded_at, _R.referrer_points, _R.referrer_voucher_id, _R.is_over_limit,
            _R.terms_id,
        )
        .outerjoin(_FRIEND, _FRIEND.c.id == _R.friend_id)
        .where(_R.referrer_id == person_id)
        .order_by(_R.id.desc())
        .limit(MOST_SHOWN)
    )  # fmt: skip
    return [
        Friend(
            row.id, row.number, first_name(row.full_name or "", row.call_name or ""), State(row.state), row.way,
            row.invited_at, row.joined_on, row.purchase_id is not None, row.due_on, row.rewarded_at,
            row.referrer_points, row.referrer_voucher_id is not None, row.is_over_limit, row.terms_id,
        )
        for row in db.execute(asked)
    ]  # fmt: skip


@dataclass(frozen=True)
class Earned:
    """What bringing friends brought a member so far, and this year."""

    points: int
    vouchers: int
    rewarded_this_year: int


def earned_by(db: Session, person_id: int, today: date) -> Earned:
    """Summed up over all friends, not only those that are shown."""
    is_given = _R.state == State.REWARDED.value
    row = db.execute(
        select(
            func.coalesce(func.sum(case((is_given, _R.referrer_points), else_=0)), 0).label("points"),
            func.count(case((is_given & _R.referrer_voucher_id.is_not(None), 1))).label("vouchers"),
            func.count(case((counts_this_year(today), 1))).label("this_year"),
        ).where(_R.referrer_id == person_id)
    ).one()
    return Earned(int(row.points), row.vouchers, row.this_year)


def counts_this_year(day: date) -> ColumnElement[bool]:
    """Whether a friend counts against the limit of whoever brought them, in the year in which the reward was due."""
    return (
        (_R.state == State.REWARDED.value)
        & _R.is_over_limit.is_(False)
        & _R.due_on.between(date(day.year, 1, 1), date(day.year, 12, 31))
    )


def merged_ways() -> CTE:
    """`id` of every merged record with each record that it became part of, `head`, step by step.

    Nested: an UPDATE that began with WITH would not tell on SQLite how many rows it changed.
    """
    person = Person.__table__.c
    ways = (
        select(person.id, person.merged_into.label("head"), literal(1).label("step"))
        .where(person.merged_into.is_not(None))
        .cte("merged_ways", recursive=True, nesting=True)
    )
    further = (
        select(ways.c.id, person.merged_into, ways.c.step + 1)
        .join(ways, ways.c.head == person.id)
        .where(person.merged_into.is_not(None), ways.c.step < LONGEST_MERGES)
    )
    return ways.union_all(further)


@dataclass(frozen=True)
class Progress:
    """How a member's friends stand, in one line for their home page."""

    waiting: int
    """Joined, and have not bought yet."""
    coming: int
    """Have bought; the reward comes when the goods can no longer come back."""
    rewarded: int
    next_on: date | None


def _progress() -> Select[*tuple[Any, ...]]:
    """What `progress_of` asks, of a `person_id`."""
    has_bought, pays = _R.state == State.BOUGHT.value, TERMS.c.referrer_kind != RewardKind.NONE.value
    came = (_R.state == State.REWARDED.value) | (has_bought & ~pays)
    return (
        select(
            func.count(case((_R.state == State.JOINED.value, 1))).label("waiting"),
            func.count(case((has_bought & pays, 1))).label("coming"),
            func.count(case((came, 1))).label("rewarded"),
            func.min(case((has_bought & pays, _R.due_on))).label("next_on"),
        )
        .join(TERMS, TERMS.c.id == _R.terms_id)
        .where(_R.referrer_id == bindparam("person_id", type_=_R.referrer_id.type))
    )


_PROGRESS = _progress()


def progress_of(db: Session, person_id: int) -> Progress | None:
    """One query; None for whoever has brought nobody. By terms that give the member nothing no reward is coming."""
    row = db.execute(_PROGRESS, {"person_id": person_id}).one()
    if not (row.waiting or row.coming or row.rewarded):
        return None
    return Progress(row.waiting, row.coming, row.rewarded, row.next_on)
