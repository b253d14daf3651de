"""What of a profile is there, how often a birthday may be changed, and how words of one's own are kept."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from club.errors import BirthdayFixed, TooManyInterests

LONGEST_PATRONYMIC = 100
LONGEST_PROFESSION = 100
LONGEST_INTEREST = 60
MOST_INTERESTS = 10
MOST_BIRTHDAY_CHANGES = 2
BIRTHDAY_REST = timedelta(days=365)
"""So long a birthday stands after its first change."""
BONUS = "profile"
"""The act of the earning rule."""


class Part(StrEnum):
    """A card of the profile that counts as done or not."""

    NAMES = "names"
    CONTACT = "contact"
    BIRTHDAY = "birthday"
    ABOUT = "about"
    ADDRESS = "address"


def with_patronymic(full_name: str, patronymic: str) -> str:
    """What somebody is called whose full name has their patronymic behind the given name; empty where it has not.

    Without it nobody can tell which of two words is the given name.
    """
    words = full_name.split()
    folded = [word.casefold() for word in words]
    place = folded.index(patronymic.casefold()) if patronymic and patronymic.casefold() in folded else 0
    return f"{words[place - 1]} {words[place]}" if place else ""


@dataclass(frozen=True, kw_only=True)
class Names:
    """How somebody is called, and in which language of the club they are written to."""

    full_name: str
    call_name: str
    patronymic: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Birthday:
    """Day and month, and the year where it is known."""

    year: int | None
    month: int | None
    day: int | None

    @property
    def date_parts(self) -> tuple[int | None, int | None]:
        """What gifts are given by: the year plays no part."""
        return self.month, self.day


@dataclass(frozen=True, kw_only=True)
class About:
    """What somebody does and likes to hear of."""

    profession: str
    interests: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ProfileView:
    """Everything on the page of the profile."""

    names: Names
    email: str | None
    phone: str | None
    birthday: Birthday
    birthday_changes: int
    birthday_changed_at: datetime | None
    about: About
    has_photo: bool
    has_address: bool
    is_rewarded: bool
    """Points for a whole profile came already."""

    @property
    def done(self) -> frozenset[Part]:
        """The parts that are there."""
        there = {
            Part.NAMES: bool(self.names.call_name),
            Part.CONTACT: bool(self.phone),
            Part.BIRTHDAY: self.birthday.month is not None,
            Part.ABOUT: bool(self.about.profession or self.about.interests),
            Part.ADDRESS: self.has_address,
        }
        return frozenset(part for part, is_there in there.items() if is_there)

    @property
    def is_whole(self) -> bool:
        """Whether every part is there."""
        return self.done == set(Part)

    @property
    def birthday_changes_left(self) -> int:
        """How often a member may still change the day."""
        return max(0, MOST_BIRTHDAY_CHANGES - self.birthday_changes)


def seen_as(value: object) -> str:
    """What a card shows, as a digest that its form brings back: another one means that somebody changed it since."""
    return sha256(repr(value).encode()).hexdigest()[:24]


def is_change(before: Birthday, after: Birthday, changes: int) -> bool:
    """Whether this counts as a change of the day: saying it for the first time does not, nor does the year."""
    if before.date_parts == after.date_parts:
        return False
    return before.month is not None or changes > 0


def may_change(changes: int, changed_at: datetime | None, now: datetime) -> None:
    """Twice, and a year apart: a day moved about would bring gifts for each; raises `BirthdayFixed`."""
    if changes >= MOST_BIRTHDAY_CHANGES:
        raise BirthdayFixed(None)
    if changed_at is not None and now < changed_at + BIRTHDAY_REST:
        raise BirthdayFixed(changed_at + BIRTHDAY_REST)


def tidy(words: str, longest: int) -> str:
    """One line with single spaces, cut to its length."""
    return " ".join(unicodedata.normalize("NFC", words).split())[:longest].strip()


def tidy_interests(lines: Iterable[str]) -> tuple[str, ...]:
    """Each interest once, in the order in which they came; raises `TooManyInterests`."""
    kept: dict[str, str] = {}
    for line in lines:
        words = tidy(line, LONGEST_INTEREST)
        if words:
            kept.setdefault(words.casefold(), words)
    if len(kept) > MOST_INTERESTS:
        raise TooManyInterests(MOST_INTERESTS)
    return tuple(kept.values())
