"""Whom a notice goes to on a day, as one question to the database: columns as `queue_many` takes them, and `more`."""

import json
from datetime import date
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session

from club.catalogue.reach import within_reach
from club.clock import ONE_DAY
from club.database import BigId, is_sqlite
from club.delivery.models import SavedAddress
from club.members.models import Person
from club.messages.models import Message
from club.notices.models import GREETED
from club.notices.rules import TOGETHER, Notice
from club.notices.saved import OFFERS, POINTS, PRICES, saved_by_all
from club.notices.statements import NAMED, part_of
from club.points.models import BALANCES, LOTS, MOVEMENTS, STILL_ACTIVE
from club.programme.models import the_club
from club.programme.rules import Club
from club.tiers.models import Status, ladder_on
from club.tiers.rules import Fall
from club.tiers.sql import decided, scope_of

Readers = Select[Any]


def members(*more: ColumnElement[Any]) -> Readers:
    """Every member who signs in and can be written to; whoever was only brought in hears nothing."""
    called = func.coalesce(func.nullif(Person.call_name, ""), Person.full_name)
    return select(Person.id.label("person_id"), Person.email, Person.language, called.label("name"), *more).where(
        Person.joined_on.is_not(None),
        Person.account_id.is_not(None),
        Person.email.is_not(None),
        Person.merged_into.is_(None),
        Person.leaves_on.is_(None),
        Person.left_on.is_(None),
    )


def at_risk(db: Session, last_day: date) -> Readers | None:
    """Whose tier ends on a day and would be lost with what was bought by now; None: nobody's does.

    Asked of the day on which it ends: what has left the window by then does not count.
    """
    ends = select(Status.id).where(Status.ended_on.is_(None), Status.until == last_day).limit(1)
    dated = ladder_on(db, last_day)
    if dated.ladder.fall is Fall.NEVER or db.execute(ends).first() is None:
        return None
    c = decided(dated, last_day, scope_of(db, last_day, only_due=True)).c
    names = {2 * place: json.dumps({"tier": dict(rung.name)}) for place, rung in enumerate(dated.ladder.rungs) if place}
    if not names:
        return None
    said = case({rank: literal(text, Text) for rank, text in names.items()}, value=c.held_rank)
    falls = and_(c.until == last_day, c.held_rank.in_(list(names)), 2 * c.standing < c.held_rank)
    return members(said.label("more")).join(c.member_id.table, c.member_id == Person.id).where(falls)


def with_expiring(db: Session, day: date, lead: int) -> Readers:
    """Whose points end so many days after a day, and had not heard of it within the days that are told together."""
    first = day + lead * ONE_DAY
    ending = (
        select(LOTS.c.member_id, func.sum(LOTS.c.active).label("points"))
        .where(STILL_ACTIVE, LOTS.c.expires_on.between(first, first + (TOGETHER - 1) * ONE_DAY))
        .group_by(LOTS.c.member_id)
        .having(func.min(LOTS.c.expires_on) == first)
        .subquery("ending")
    )
    earlier = exists().where(
        Message.act == Notice.EXPIRING.value,
        Message.step == 1,
        Message.addressee == literal("person:") + cast(Person.id, String),
        Message.occurrence.in_([f"{lead}:{day - number * ONE_DAY}" for number in range(1, TOGETHER)]),
    )
    points = cast(ending.c.points, BigId)
    worth = _worth(the_club(db), points)
    said = facts(db, points=points, worth=worth, product=_could_buy(db, worth, day))
    return members(said).join(ending, ending.c.member_id == Person.id).where(~earlier)


def with_activated(db: Session, day: date) -> Readers:
    """Whose points became active on a day."""
    c = MOVEMENTS.c
    came = (
        select(c.member_id, func.sum(c.active).label("points"))
        .where(c.kind == "lot.activated", c.dated_on == day)
        .group_by(c.member_id)
        .having(func.sum(c.active) > 0)
        .subquery("came")
    )
    return members(facts(db, points=cast(came.c.points, BigId))).join(came, came.c.member_id == Person.id)


def with_statement(db: Session, first: date, last: date) -> Readers:
    """Everybody who had points, or whose points moved, from one day to another: what there was, came, went, is left."""
    c = MOVEMENTS.c
    inside = c.dated_on <= last
    parts = {name: func.sum(case((inside & part_of(name), c.active), else_=0)) for name in NAMED}
    moved = (
        select(
            c.member_id,
            func.sum(case((~inside, c.active), else_=0)).label("later"),
            func.sum(case((inside, c.active), else_=0)).label("change"),
            *(total.label(name) for name, total in parts.items()),
        )
        .where(c.dated_on >= first)
        .group_by(c.member_id)
        .subquery("moved")
    )
    saved = saved_by_all(db, first, last).subquery("saved")

    def whole(column: ColumnElement[Any]) -> ColumnElement[int]:
        return cast(func.coalesce(column, 0), BigId)

    closing = BALANCES.c.active - whole(moved.c.later)
    opening = closing - whole(moved.c.change)
    named = {name: whole(moved.c[name]) for name in parts}
    rest = whole(moved.c.change) - sum(named.values(), literal(0))
    points = whole(saved.c[POINTS])
    in_money = _worth(the_club(db), case((points > 0, points), else_=0))
    said = facts(
        db, opening=opening, closing=closing, **named, corrected=rest,
        saved=whole(saved.c[PRICES]) + whole(saved.c[OFFERS]) + in_money,
    )  # fmt: skip
    return (
        members(said)
        .join(BALANCES, BALANCES.c.member_id == Person.id)
        .outerjoin(moved, moved.c.member_id == Person.id)
        .outerjoin(saved, saved.c.person_id == Person.id)
        .where(or_(opening != 0, closing != 0, moved.c.member_id.is_not(None)))
    )


def greeted(db: Session, day: date, notice: Notice, occasion: str) -> Readers:
    """Whose greeting is due on a day."""
    years = cast(literal(day.year) - extract("year", Person.joined_on), Integer)
    said = (facts(db, years=years),) if notice is Notice.ANNIVERSARY else ()
    return (
        members(*said)
        .join(GREETED, GREETED.c.person_id == Person.id)
        .where(GREETED.c.due_on == day, GREETED.c.notice == notice.value, GREETED.c.occasion == occasion)
    )


def country_of(club: Club) -> ColumnElement[str]:
    """Where somebody lives by the address that they saved; else the club's country."""
    saved = select(SavedAddress.country).where(SavedAddress.person_id == Person.id).scalar_subquery()
    return func.coalesce(saved, literal(club.country))


def facts(db: Session, **said: ColumnElement[Any]) -> ColumnElement[Any]:
    """An object of JSON, one for each reader. The names are ours."""
    pairs = [part for name, value in said.items() for part in (literal_column(f"'{name}'"), value)]
    made = func.json_object(*pairs) if is_sqlite(db) else func.json_build_object(*pairs)
    return cast(made, Text).label("more")


def _could_buy(db: Session, worth: ColumnElement[int], day: date) -> ColumnElement[Any]:
    """The name of the dearest goods that so much money pays for, {} where nothing costs so little."""
    goods = within_reach(db, day)
    names = [(worth >= price, literal(json.dumps(dict(name)), Text)) for price, name in goods]
    said = case(*names, else_="{}") if names else literal("{}", Text)
    return func.json(said) if is_sqlite(db) else cast(said, JSON)


def _worth(club: Club, points: ColumnElement[int]) -> ColumnElement[int]:
    """As `Club.worth`."""
    return points * club.point_value_minor // club.point_value_points
