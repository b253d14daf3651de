"""How many would have had a gift by a rule that is not saved, in the last 12 months."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.clock import ONE_DAY, add_months
from club.gifts.due import Due, arrived, grown, on_tier
from club.gifts.rules import Kind, Rule, Span
from club.members.models import Person


@dataclass(frozen=True)
class Preview:
    """So many gifts in a year, and in which days the figures were looked at; None: as members stand today."""

    gifts: int
    span: Span | None = None


def preview_of(db: Session, rule: Rule, day: date) -> Preview:
    """One statement, for growth one a period of the last 12 months."""
    match rule.kind:
        case Kind.BIRTHDAY:
            return Preview(_count(db, on_tier(db, rule, day).where(Person.birth_month.is_not(None))))
        case Kind.ANNIVERSARY:
            return Preview(_count(db, on_tier(db, rule, day)))
        case Kind.MILESTONE:
            found = arrived(db, rule, day)
            return Preview(0 if found is None else _count(db, found))
        case Kind.GROWTH:
            spans = last_periods(rule, day)
            gifts = sum(_count(db, grown(db, rule, span, day)) for span in spans)
            return Preview(gifts, Span(spans[0].first, spans[-1].last))


def last_periods(rule: Rule, day: date) -> list[Span]:
    """The whole periods of the 12 months that ended last, the earliest first."""
    begins = date(day.year, (day.month - 1) // rule.months * rule.months + 1, 1)
    firsts = [add_months(begins, -rule.months * number) for number in range(12 // rule.months, 0, -1)]
    return [Span(first, add_months(first, rule.months) - ONE_DAY) for first in firsts]


def _count(db: Session, asked: Due) -> int:
    return int(db.scalar(select(func.count()).select_from(asked.subquery())) or 0)
