"""Who may pass points on, how many, and how a receiver is named."""

from dataclasses import dataclass
from datetime import date, timedelta

from club.errors import TransferTooEarly, TransferTooMuch
from club.members.rules import fold, pieces

QUIET_AFTER_CHANGE = timedelta(hours=48)
"""So long nothing leaves an account whose password or address was changed: whoever took it over would be quick."""
LONGEST_NAME = 200
LEAST_PIECE = 2


@dataclass(frozen=True)
class Terms:
    """What the club allows, in points and days."""

    most: int
    most_month: int
    most_year: int
    wait_days: int


@dataclass(frozen=True)
class Moved:
    """Points that one member passed on, or got, in this month and in this year."""

    month: int
    year: int


def may_join_in(joined_on: date, wait_days: int, today: date) -> None:
    """New members wait; raises `TransferTooEarly`."""
    first = joined_on + timedelta(days=wait_days)
    if today < first:
        raise TransferTooEarly(first)


def left_to_move(terms: Terms, moved: Moved) -> int:
    """How many points one transfer can still have."""
    return max(0, min(terms.most, terms.most_month - moved.month, terms.most_year - moved.year))


def may_move(terms: Terms, moved: Moved, points: int) -> None:
    """Raises `TransferTooMuch` with what is left."""
    left = left_to_move(terms, moved)
    if points > left:
        raise TransferTooMuch(left)


def beginnings(today: date) -> tuple[date, date]:
    """The first days of this month and of this year."""
    return today.replace(day=1), today.replace(month=1, day=1)


def is_name_of(typed: str, full_name: str) -> bool:
    """Whether somebody who types this knows what the member is called: every word of it is one of the name."""
    known = set(pieces(fold(full_name)))
    words = pieces(fold(typed))
    return bool(words) and any(len(word) >= LEAST_PIECE for word in words) and known.issuperset(words)
