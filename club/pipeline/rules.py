"""Six stages, each with its rule, in one table; boundaries are taken from the club's own figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256

from club.care.rules import LONGEST_WHAT, checked_text
from club.errors import StageEndNeeded, TextTooLong
from club.texts import Texts

LONGEST_WHY = 500
REGULAR_DAYS = 3
"""Buying days from which somebody has a habit: with the third purchase they have come back twice by themselves."""
YEAR_DAYS = 365
LONGEST_HAND = timedelta(days=YEAR_DAYS)
"""A stage by hand is a guess; within a year the rules are asked again."""
LEAST_GAP = 1


class Stage(StrEnum):
    """From stranger to promoter."""

    SUSPECT = "suspect"
    PROSPECT = "prospect"
    BUYER = "buyer"
    FREQUENT = "frequent"
    LOYAL = "loyal"
    PROMOTER = "promoter"


STAGES = tuple(Stage)
NOT_YET_BUYING = (Stage.SUSPECT, Stage.PROSPECT)


def mark_of(names: Mapping[Stage, Texts]) -> str:
    """What somebody saw of the names of stages: another mark means that one of them was changed since."""
    return sha256(repr([(stage, names[stage]) for stage in Stage if stage in names]).encode()).hexdigest()[:32]


class How(StrEnum):
    """What made somebody move."""

    RULE = "rule"
    HAND = "hand"
    LOST = "lost"
    BACK = "back"
    """Taken up again, by hand or by a purchase or a new request."""


@dataclass(frozen=True)
class Facts:
    """What the rules know of one person, as of a day."""

    has_answered: bool
    """They asked, joined, answered a call or wrote: the club is no stranger to them."""
    buying_days: int = 0
    first_bought_on: date | None = None
    usual_gap_days: int | None = None
    is_late: bool = False
    """Away for longer than their own rhythm allows."""
    is_best: bool = False
    """Among the best fifth of the last 365 days."""
    friends: int = 0
    """People whom they brought and who bought."""


@dataclass(frozen=True)
class Boundaries:
    """`middle_gap`: in the middle of all members with a rhythm, so many days pass between two purchases."""

    as_of: date
    middle_gap: int

    @property
    def a_year_ago(self) -> date:
        """Whoever bought by then has been a customer for a year."""
        return self.as_of - timedelta(days=YEAR_DAYS)


def _is_promoter(facts: Facts, bounds: Boundaries) -> bool:
    return facts.buying_days > 0 and not facts.is_late and facts.friends > 0


def _is_loyal(facts: Facts, bounds: Boundaries) -> bool:
    first = facts.first_bought_on
    is_old = first is not None and first <= bounds.a_year_ago
    return is_old and facts.is_best and facts.buying_days >= REGULAR_DAYS and not facts.is_late


def _is_frequent(facts: Facts, bounds: Boundaries) -> bool:
    gap = facts.usual_gap_days
    is_often = gap is not None and gap <= bounds.middle_gap
    return is_often and facts.buying_days >= REGULAR_DAYS and not facts.is_late


def _is_buyer(facts: Facts, bounds: Boundaries) -> bool:
    return facts.buying_days > 0


def _is_prospect(facts: Facts, bounds: Boundaries) -> bool:
    return facts.has_answered


RULES: tuple[tuple[Stage, Callable[[Facts, Boundaries], bool]], ...] = (
    (Stage.PROMOTER, _is_promoter),
    (Stage.LOYAL, _is_loyal),
    (Stage.FREQUENT, _is_frequent),
    (Stage.BUYER, _is_buyer),
    (Stage.PROSPECT, _is_prospect),
)
"""Asked from the top; the first that holds names the stage. For whom none holds: suspect."""


def stage_of(facts: Facts, bounds: Boundaries) -> Stage:
    """Where the rules put somebody."""
    return next((stage for stage, holds in RULES if holds(facts, bounds)), Stage.SUSPECT)


@dataclass(frozen=True)
class ByHand:
    """A stage that one of the staff sets against the rules, for a time."""

    stage: Stage
    why: str
    until: date | None

    def checked(self, today: date) -> "ByHand":
        """As it is kept. Raises `NothingWritten`, `TextTooLong` and `StageEndNeeded`."""
        if self.until is None or not today < self.until <= today + LONGEST_HAND:
            raise StageEndNeeded
        return ByHand(self.stage, checked_text(self.why, LONGEST_WHY), self.until)


def checked_why_lost(words: str) -> str:
    """What is known of why they stay away, beside the cause; may be empty. Raises `TextTooLong`."""
    if len(words) > LONGEST_WHY:
        raise TextTooLong(LONGEST_WHY)
    return words.strip()


def next_working_day(day: date) -> date:
    """The day by which a request is answered: the day after, unless that is a Saturday or a Sunday."""
    later = day + timedelta(days=1)
    while later.weekday() >= 5:
        later += timedelta(days=1)
    return later


def task_words(words: str) -> str:
    """The words of a task, at most as long as a task has room for."""
    return words[:LONGEST_WHAT]
