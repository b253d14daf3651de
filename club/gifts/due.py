"""Whom a rule is due to on a day, as one question to the database; `rules.py` says the same for one member."""

from datetime import date

from sqlalchemy import ColumnElement, Select, String, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.orm import Session

from club.catalogue.visitors import sees_tier
from club.gifts.models import GIFTS, RuleView
from club.gifts.rules import (
    APART,
    HUNDRED,
    Kind,
    Rule,
    Span,
    born_on,
    joined_on,
    period_before,
    period_decided_on,
)
from club.members.models import Person
from club.purchases.models import Purchase
from club.tiers.models import ladder_on
from club.tiers.rules import DatedLadder, Rung
from club.tiers.sql import decided, scope_of
from club.tiers.standing import next_rung

Due = Select[int, str]
"""Columns: person_id, occasion."""


def due_on(db: Session, view: RuleView, day: date) -> Due | None:
    """Who gets something on a day and has not had it; None: nobody can."""
    found = everybody_due(db, view.rule, day)
    if found is None:
        return None
    people = found.subquery("due")
    earlier = exists().where(
        GIFTS.c.person_id == people.c.person_id, GIFTS.c.topic == view.topic, GIFTS.c.due_on > day - APART
    )
    asked = select(people.c.person_id, people.c.occasion)
    return asked if view.rule.kind is Kind.GROWTH else asked.where(~earlier)


def everybody_due(db: Session, rule: Rule, day: date) -> Due | None:
    """The same, whatever they had before."""
    match rule.kind:
        case Kind.BIRTHDAY:
            kept = [and_(Person.birth_month == month, Person.birth_day == number) for month, number in born_on(day)]
            return _members(db, rule, day, literal(str(day.year), String)).where(or_(*kept))
        case Kind.ANNIVERSARY:
            return _members(db, rule, day, literal(str(day.year), String)).where(Person.joined_on.in_(joined_on(day)))
        case Kind.GROWTH:
            period = period_decided_on(rule, day)
            return None if period is None else grown(db, rule, period, day)
        case Kind.MILESTONE:
            return arrived(db, rule, day)


def grown(db: Session, rule: Rule, period: Span, day: date) -> Due:
    """Members of the rule's tiers who bought so much more in a period than in the one before."""
    before = period_before(rule, period)
    is_now = Purchase.bought_on >= period.first
    bought_now = func.sum(case((is_now, Purchase.net_amount), else_=0))
    bought_before = func.sum(case((is_now, 0), else_=Purchase.net_amount))
    sums = (
        select(Purchase.member_id)
        .where(Purchase.bought_on.between(before.first, period.last))
        .group_by(Purchase.member_id)
        .having(
            and_(
                bought_before >= rule.least,
                bought_now * HUNDRED >= bought_before * (HUNDRED + rule.threshold_percent),
            )
        )
    )
    return _members(db, rule, day, literal(period.last.isoformat(), String)).where(Person.id.in_(sums))


def arrived(db: Session, rule: Rule, day: date) -> Due | None:
    """Members on the rule's tier who came so far on the way to the next; the occasion is their term."""
    dated = ladder_on(db, day)
    following = rung_after(dated, rule.rung_key)
    need = following.asks(rule.route) if following is not None else 0
    if not need:
        return None
    place = dated.ladder.position_of(rule.rung_key or "") or 0
    stood = decided(dated, day, scope_of(db, day))
    have: ColumnElement[int] = stood.c[rule.route.value]
    term = case(
        (stood.c.status_id.is_(None), literal(str(day.year), String)),
        else_=literal("term ", String) + stood.c.status_id.cast(String),
    )
    return select(stood.c.member_id.label("person_id"), term.label("occasion")).where(
        stood.c.held_rank == 2 * place, have * HUNDRED >= need * rule.at_percent
    )


def rung_after(dated: DatedLadder, key: str | None) -> Rung | None:
    """The tier that one climbs to from this one; None: there is none, or this one is gone from the ladder."""
    place = dated.ladder.position_of(key or "")
    return None if place is None else next_rung(dated.ladder, 2 * place)


def _members(db: Session, rule: Rule, day: date, occasion: ColumnElement[str]) -> Due:
    asked: Due = select(Person.id.label("person_id"), occasion.label("occasion")).where(Person.joined_on.is_not(None))
    if rule.rung_key is None:
        return asked
    if ladder_on(db, day).ranks.get(rule.rung_key) is None:
        return asked.where(false())
    return asked.where(sees_tier(db, rule.rung_key, Person.__table__.c.id, day))  # type: ignore[arg-type]  # a column


def on_tier(db: Session, rule: Rule, day: date) -> Due:
    """All members whom the tier of a rule lets in."""
    return _members(db, rule, day, literal("", String))
