"""What a case of the register goes through, and the causes that it can have. Values in, values out."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from club.errors import CaseNotOpen, CauseNeeded, ReturnDayNeeded, TextTooLong

LONGEST_WORDS = 1000
LONGEST_COMPETITOR = 100


class Step(StrEnum):
    """Where a case stands."""

    SUSPECTED = "suspected"
    VERIFIED = "verified"
    CONTACTED = "contacted"
    CAUSE_KNOWN = "cause_known"
    WON_BACK = "won_back"
    CLOSED = "closed"


OPEN = (Step.SUSPECTED, Step.VERIFIED, Step.CONTACTED, Step.CAUSE_KNOWN)

MOVES: dict[Step, frozenset[Step]] = {
    Step.SUSPECTED: frozenset({Step.VERIFIED, Step.CONTACTED, Step.CAUSE_KNOWN, Step.CLOSED}),
    Step.VERIFIED: frozenset({Step.CONTACTED, Step.CAUSE_KNOWN, Step.CLOSED}),
    Step.CONTACTED: frozenset({Step.CONTACTED, Step.CAUSE_KNOWN, Step.CLOSED}),
    Step.CAUSE_KNOWN: frozenset({Step.CONTACTED, Step.CAUSE_KNOWN, Step.CLOSED}),
    Step.WON_BACK: frozenset(),
    Step.CLOSED: frozenset(),
}
"""Allowed moves by hand. Won back is never said by hand: a purchase says it."""


class Branch(StrEnum):
    """Whose doing it was."""

    OURS = "ours"
    COMPETITOR = "competitor"
    THEIRS = "theirs"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why somebody stays away. Every cause lies in exactly one branch."""

    QUALITY = "quality"
    DELIVERY = "delivery"
    PRICE = "price"
    SERVICE = "service"
    PROMISE = "promise"
    COMPETITOR = "competitor"
    NEED_ENDED = "need_ended"
    MOVED = "moved"
    UNKNOWN = "unknown"

    @property
    def branch(self) -> Branch:
        """Where in the tree it hangs."""
        return BRANCHES[self]


BRANCHES: dict[Cause, Branch] = {
    Cause.QUALITY: Branch.OURS,
    Cause.DELIVERY: Branch.OURS,
    Cause.PRICE: Branch.OURS,
    Cause.SERVICE: Branch.OURS,
    Cause.PROMISE: Branch.OURS,
    Cause.COMPETITOR: Branch.COMPETITOR,
    Cause.NEED_ENDED: Branch.THEIRS,
    Cause.MOVED: Branch.THEIRS,
    Cause.UNKNOWN: Branch.UNKNOWN,
}


@dataclass(frozen=True, kw_only=True)
class Why:
    """What was found out. `back_on`: when they are expected back, for an absence that passes."""

    cause: Cause
    competitor: str = ""
    words: str = ""
    back_on: date | None = None
    is_temporary: bool = False

    def checked(self, today: date) -> "Why":
        """As it is kept. Raises `ReturnDayNeeded` and `TextTooLong`."""
        if self.is_temporary and (self.back_on is None or self.back_on <= today):
            raise ReturnDayNeeded
        for text, most in ((self.competitor, LONGEST_COMPETITOR), (self.words, LONGEST_WORDS)):
            if len(text) > most:
                raise TextTooLong(most)
        return Why(
            cause=self.cause,
            competitor=self.competitor.strip() if self.cause is Cause.COMPETITOR else "",
            words=self.words.strip(),
            back_on=self.back_on if self.is_temporary else None,
            is_temporary=self.is_temporary,
        )


def may_move(now: Step, to: Step, cause: Cause | None) -> None:
    """Raise `CaseNotOpen` or `CauseNeeded` unless a case that stands at `now` may go there."""
    if to not in MOVES[now]:
        raise CaseNotOpen
    if to is Step.CLOSED and cause is None:
        raise CauseNeeded
