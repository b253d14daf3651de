"""Who is a minor, and who may answer for one."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from club.clock import add_months
from club.errors import GuardianNotAdult, MinorsNotKept, NotAnsweredFor

OF_AGE_MONTHS = 18 * 12
MOST_FAMILY = 10
LONGEST_NAME = 100


class Relation(StrEnum):
    """What they are to the member."""

    PARTNER = "partner"
    CHILD = "child"
    PARENT = "parent"
    SIBLING = "sibling"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Relative:
    """One of the family; the birthday whole, as day and month, or not at all."""

    name: str
    relation: Relation
    year: int | None = None
    month: int | None = None
    day: int | None = None

    def is_minor(self, today: date) -> bool:
        """Under 18; a child whose year is not said counts as one."""
        if self.year is None or self.month is None or self.day is None:
            return self.relation is Relation.CHILD
        return not is_of_age(date(self.year, self.month, self.day), today)


def is_of_age(born: date, today: date) -> bool:
    """Whether somebody is 18."""
    return add_months(born, OF_AGE_MONTHS) <= today


def last_of_age(today: date) -> date:
    """The last birthday of those who are 18: whoever is born later is a minor."""
    born = add_months(today, -OF_AGE_MONTHS)
    following = born + timedelta(days=1)
    return following if is_of_age(following, today) else born


def may_keep_minor(is_allowed: bool, guardian_born: date | None, is_answered_for: bool, today: date) -> None:
    """A minor is kept where the club allows it and an adult says that they answer for them.

    Raises `MinorsNotKept`, `GuardianNotAdult`, `NotAnsweredFor`.
    """
    if not is_allowed:
        raise MinorsNotKept
    if guardian_born is None or not is_of_age(guardian_born, today):
        raise GuardianNotAdult
    if not is_answered_for:
        raise NotAnsweredFor
