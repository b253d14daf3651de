"""What a corrective action needs to be kept, and when it may be closed. Values in, values out."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from club.care.rules import LONGEST_CAUSE, LONGEST_WHAT, checked_line, checked_text
from club.errors import EffectDayNeeded, MeasureMoved
from club.lost.rules import Cause

LONGEST_FIGURE = 120
LONGEST_WORDS = 1000
WATCHED_DAYS = 90
"""Over so many days cases of a cause are counted, before an action and after it."""


class State(StrEnum):
    """Where an action stands. Done is not closed: first somebody looks whether it helped."""

    OPEN = "open"
    DONE = "done"
    CLOSED = "closed"
    DROPPED = "dropped"


RUNNING = (State.OPEN, State.DONE)


class Verdict(StrEnum):
    """What came of it."""

    WORKED = "worked"
    PARTLY = "partly"
    NO_EFFECT = "no_effect"
    WORSE = "worse"


@dataclass(frozen=True, kw_only=True)
class NewMeasure:
    """What will be done differently, by whom and by when, and by which figure its effect is seen.

    `was`: how it is done until now. `before`: the figure today, a whole number. `once`: what made it; a second action
    of the same origin is never written.
    """

    cause: Cause
    what: str
    owner_id: int
    due_on: date
    figure: str
    before: int
    was: str = ""
    case_id: int | None = None
    once: str | None = None

    def checked(self) -> "NewMeasure":
        """As it is kept. Raises `NothingWritten` and `TextTooLong`."""
        return replace(
            self,
            what=checked_line(self.what, LONGEST_WHAT),
            figure=checked_line(self.figure, LONGEST_FIGURE),
            was=checked_text(self.was, LONGEST_WORDS) if self.was.strip() else "",
            once=self.once[:LONGEST_CAUSE] if self.once else None,
        )


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What was found when somebody looked: on which day, in words and as the figure now."""

    looked_on: date | None
    verdict: Verdict
    words: str
    after: int

    def checked(self, done_on: date | None, today: date) -> "Effect":
        """As it is kept.

        Raises `MeasureMoved` for what was never done, `EffectDayNeeded` without a day from the one on which it was done
        until today, `NothingWritten` and `TextTooLong`.
        """
        if done_on is None:
            raise MeasureMoved
        if self.looked_on is None or not done_on <= self.looked_on <= today:
            raise EffectDayNeeded
        return replace(self, words=checked_text(self.words, LONGEST_WORDS))


def checked_look(check_on: date | None, today: date) -> date:
    """The day on which somebody looks whether it helped. Raises `EffectDayNeeded` for none, and for one not to come."""
    if check_on is None or check_on <= today:
        raise EffectDayNeeded
    return check_on
