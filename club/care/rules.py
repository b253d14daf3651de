"""What an entry needs to be kept, and when something is late."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from club.errors import DayInPast, DayTooFar, DirectionMissing, LastDayBeforeFirst, NothingWritten, TextTooLong

LONGEST_SUMMARY = 4000
LONGEST_WHAT = 300
LONGEST_TIMES = 100
LONGEST_CAUSE = 80
MOST_LINES = 100
"""So many lines a preferences card may have before its member writes no more."""
FARTHEST = timedelta(days=5 * 366)
"""Nobody means a task in the year 2206."""


class Kind(StrEnum):
    """How somebody dealt with the customer."""

    NOTE = "note"
    CALL = "call"
    VISIT = "visit"
    LETTER = "letter"
    MAIL = "mail"
    CHAT = "chat"


class Direction(StrEnum):
    """Who began."""

    IN = "in"
    OUT = "out"


class Outcome(StrEnum):
    """What came of it."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    MESSAGE_LEFT = "message_left"
    CALL_BACK = "call_back"
    REFUSED = "refused"


class TaskState(StrEnum):
    """Done and dropped tasks can be opened again."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class PromiseState(StrEnum):
    """An open promise is late once its day is over; that is no state but a question of the day."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"


class ToDo(StrEnum):
    """The two kinds of what is to be done."""

    TASK = "task"
    PROMISE = "promise"


class Liking(StrEnum):
    """What stands on the preferences card."""

    LIKE = "like"
    DISLIKE = "dislike"
    NEED = "need"
    WANT = "want"
    GIVE = "give"
    """What they would give themselves: time, advice, a recommendation."""


class Source(StrEnum):
    """Who said so."""

    SAID = "said"
    """The customer, to us."""
    SEEN = "seen"
    """We noticed it."""
    OTHERS = "others"
    """Somebody else told us."""


OPEN = "open"
"""The state in which tasks and promises wait to be done."""


class Due(StrEnum):
    """Where something stands in the list of what is to be done."""

    OVERDUE = "overdue"
    TODAY = "today"
    LATER = "later"


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """What follows from a call: a task, or a promise when the customer was told."""

    what: str
    due_on: date
    is_promise: bool = False


@dataclass(frozen=True)
class Closing:
    """What something else got done: that task, or that promise."""

    what: ToDo
    id: int
    state: TaskState | PromiseState


@dataclass(frozen=True, kw_only=True)
class NewTask:
    """Something to do. `cause`: what made it; a second task with the same cause is never written."""

    what: str
    due_on: date
    owner_id: int
    person_id: int | None = None
    cause: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewPromise:
    """What is promised to a customer. `was_told`: whether they know of it."""

    what: str
    due_on: date
    owner_id: int
    person_id: int
    was_told: bool
    cause: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewPreference:
    """A line for the preferences card."""

    kind: Liking
    what: str
    source: Source
    noted_on: date
    effect: str = ""
    cause: str | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A note, or a dealing with the customer."""

    kind: Kind
    summary: str
    direction: Direction | None = None
    outcome: Outcome | None = None
    is_pinned: bool = False

    def checked(self) -> "Entry":
        """As it is kept. Raises `DirectionMissing` for anything but a note without one, and what `checked_text` raises.

        Whether they called us or we called them decides what it says about both, so it is never guessed.
        """
        is_note = self.kind is Kind.NOTE
        if not is_note and self.direction is None:
            raise DirectionMissing
        return Entry(
            kind=self.kind,
            summary=checked_text(self.summary, LONGEST_SUMMARY),
            direction=None if is_note else self.direction,
            outcome=None if is_note else self.outcome,
            is_pinned=self.is_pinned,
        )


def checked_text(text: str, most: int) -> str:
    """The text without space around it. Raises `NothingWritten` and `TextTooLong`."""
    tidy = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\0", "")).strip()
    if not tidy:
        raise NothingWritten
    if len(tidy) > most:
        raise TextTooLong(most)
    return tidy


def checked_line(text: str, most: int = LONGEST_WHAT) -> str:
    """The same on one line."""
    return checked_text(" ".join(text.split()), most)


def checked_due(due_on: date, today: date) -> date:
    """A day on which something can still be done. Raises `DayInPast` and `DayTooFar`."""
    if due_on < today:
        raise DayInPast
    if due_on - today > FARTHEST:
        raise DayTooFar
    return due_on


def checked_absence(first_on: date, last_on: date, today: date) -> None:
    """Raise `LastDayBeforeFirst`, `DayInPast` and `DayTooFar` for days on which nobody can be away."""
    if last_on < first_on:
        raise LastDayBeforeFirst
    checked_due(last_on, today)


def due(due_on: date, today: date) -> Due:
    """Late is what should have been done on an earlier day."""
    if due_on < today:
        return Due.OVERDUE
    return Due.TODAY if due_on == today else Due.LATER
