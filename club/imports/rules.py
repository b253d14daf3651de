"""What an import can be, and how it goes from one state to the next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LARGEST_BYTES = 50 * 1024 * 1024
LEASE = timedelta(minutes=2)
"""How long a run belongs to whoever last said that they work on it."""
MOST_CLAIMS = 20
"""So often a run is taken over from workers that died; then it is given up and says so."""
MOST_ERRORS_PERCENT = 5
KEPT_FOR = timedelta(days=7)
"""How long the file of a run that is over, or that nobody went on with, is kept."""

ARRIVES_WITHIN = timedelta(days=1)
"""No upload lasts longer; what is left of one then was killed."""


class Kind(StrEnum):
    """What a file is about."""

    MEMBERS = "members"
    PURCHASES = "purchases"
    POINTS = "points"
    LEADS = "leads"
    """People to be won, of one source of the registry."""


class State(StrEnum):
    """Where an import stands."""

    UPLOADED = "uploaded"
    TRIAL_WAITING = "trial_waiting"
    TRIAL_RUNNING = "trial_running"
    TRIED = "tried"
    WAITING = "waiting"
    RUNNING = "running"
    STOPPED = "stopped"
    """Somebody stopped it; what is in stays, and it can go on or be undone."""
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    """Given up before anything came in."""
    UNDO_WAITING = "undo_waiting"
    UNDOING = "undoing"
    UNDONE = "undone"


MOVES: Mapping[State, frozenset[State]] = {
    State.UPLOADED: frozenset({State.TRIAL_WAITING, State.CANCELLED}),
    State.TRIAL_WAITING: frozenset({State.TRIAL_RUNNING, State.CANCELLED}),
    State.TRIAL_RUNNING: frozenset({State.TRIED, State.FAILED, State.CANCELLED}),
    State.TRIED: frozenset({State.TRIAL_WAITING, State.WAITING, State.CANCELLED}),
    State.WAITING: frozenset({State.RUNNING, State.CANCELLED, State.STOPPED}),
    State.RUNNING: frozenset({State.DONE, State.STOPPED, State.FAILED}),
    State.STOPPED: frozenset({State.WAITING, State.UNDO_WAITING}),
    State.DONE: frozenset({State.UNDO_WAITING}),
    State.FAILED: frozenset({State.TRIAL_WAITING, State.WAITING, State.UNDO_WAITING, State.CANCELLED}),
    State.CANCELLED: frozenset(),
    State.UNDO_WAITING: frozenset({State.UNDOING}),
    State.UNDOING: frozenset({State.UNDONE, State.FAILED}),
    State.UNDONE: frozenset(),
}
WORK: Mapping[State, State] = {
    State.TRIAL_WAITING: State.TRIAL_RUNNING,
    State.WAITING: State.RUNNING,
    State.UNDO_WAITING: State.UNDOING,
}
"""What waits for the worker, and what it becomes under its hands."""
IN_WORK = frozenset(WORK.values())
CAN_BE_MATCHED = frozenset({State.UPLOADED, State.TRIED, State.FAILED})
CAN_BE_STOPPED = frozenset({*WORK, *IN_WORK, State.UPLOADED, State.TRIED}) - {State.UNDO_WAITING, State.UNDOING}


def may_become(before: State, after: State) -> bool:
    """Whether one state follows another."""
    return after in MOVES[before]


@dataclass(frozen=True)
class Pace:
    """How far a run is, how fast it goes, and how long it still takes as far as one can tell."""

    step: str
    done: int
    of: int
    rows_per_second: int | None
    seconds_left: int | None

    @property
    def percent(self) -> int:
        """Of this step."""
        return min(100, 100 * self.done // self.of) if self.of else 0


def pace(step: str, done: int, of: int, began: datetime | None, seen: datetime | None) -> Pace:
    """From what the run says of its step. `reading` and `members` count bytes, so they tell no rows."""
    seconds = (seen - began).total_seconds() if began and seen else 0.0
    if not done or seconds < 1:
        return Pace(step, done, of, None, None)
    rate = done / seconds
    counts_rows = step in {"writing", "undoing"}
    return Pace(step, done, of, round(rate) if counts_rows else None, round(max(0, of - done) / rate))


def has_too_many_errors(rows: int, errors: int) -> bool:
    """Whether so many rows cannot be used that something about the file is wrong."""
    return 100 * errors > MOST_ERRORS_PERCENT * rows


def may_undo(state: State, undo_until: datetime | None, now: datetime) -> bool:
    """Whether what came in can still be taken back."""
    return may_become(state, State.UNDO_WAITING) and undo_until is not None and now < undo_until
