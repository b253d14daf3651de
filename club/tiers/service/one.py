"""Looking at one member: after a purchase, and after a return."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from club.database import Transaction
from club.tiers.justified import latest_that_stands, stands
from club.tiers.models import ladders
from club.tiers.rules import DatedLadder, Held, How, decide
from club.tiers.service.terms import NewTerm, begin, tell
from club.tiers.sums import TermRow, current_and_sums, first_counted_day, sums_between, terms_of

_TRIES = 3
"""Somebody else may change the same member's term between our look and our write; then we look again."""


@dataclass(frozen=True)
class TierChange:
    """A term that began. Rungs by their keys."""

    status_id: int
    before: str
    after: str
    how: How
    until: date | None
    rises: bool


def reassess(tx: Transaction, member_id: int, day: date, now: datetime, silent: bool = False) -> TierChange | None:
    """Look at a member again and write what the rule says, if it says anything.

    For use behind the lock of the member's balance. A term that begins after `day` is left alone, and nobody falls
    while the day goes on: that is the night's. Unless `silent`, a rung that was reached leaves a mail.
    """
    dated = ladders(tx).on(day)
    if dated.version_id is None:
        return None
    first = first_counted_day(tx, dated.ladder, member_id, day)

    def look() -> tuple[TermRow | None, NewTerm | None]:
        row, counted = current_and_sums(tx, member_id, first, day)
        if row is not None and row.since > day:
            return row, None
        term = decide(dated.ladder, dated.ladder.standing(counted), _held(dated, row), day)
        if term is None or term.how is How.FELL:
            return row, None
        return row, NewTerm.on_ladder(dated, member_id, term, day)

    return _look_and_write(tx, dated, look, now, silent=silent)


def reassess_after_return(
    tx: Transaction, member_id: int, day: date, now: datetime, silent: bool = False
) -> TierChange | None:
    """End a term that its member would not have come to without what was given back since.

    It ends at once and without grace. The member goes back to the latest earlier term that stands without those
    purchases and would still run, or to where the purchases of today put them if that is higher, or to the first rung.
    """
    known = ladders(tx)
    dated = known.on(day)
    if dated.version_id is None:
        return None

    def look() -> tuple[TermRow | None, NewTerm | None]:
        terms = terms_of(tx, member_id)
        if not terms or terms[-1].since > day or stands(tx, known, member_id, terms):
            return None, None
        back = latest_that_stands(tx, known, member_id, terms[:-1], day)
        first = first_counted_day(tx, dated.ladder, member_id, day)
        standing = dated.ladder.standing(sums_between(tx, member_id, first, day))
        if 2 * standing > _held(dated, back).rank:
            return terms[-1], NewTerm.at(dated, member_id, standing, How.REACHED, day)
        if back is None:
            return terms[-1], NewTerm.at(dated, member_id, 0, How.RETURNED, day)
        return terms[-1], NewTerm(
            member_id, back.rung_key, back.position, back.version_id, day, back.until, How.RETURNED
        )

    return _look_and_write(tx, dated, look, now, silent=silent)


def _look_and_write(
    tx: Transaction,
    dated: DatedLadder,
    look: Callable[[], tuple[TermRow | None, NewTerm | None]],
    now: datetime,
    *,
    silent: bool,
) -> TierChange | None:
    for _ in range(_TRIES):
        row, new = look()
        if new is None:
            return None
        status_id = begin(tx, None if row is None else row.id, new, now)
        if status_id is not None:
            change = _change(dated, row, new, status_id)
            if change.rises and not silent:
                tell(tx, new.member_id, status_id, dated.ladder.rung(new.rung_key), new.until, now)
            return change
    return None


def _change(dated: DatedLadder, row: TermRow | None, new: NewTerm, status_id: int) -> TierChange:
    before = dated.ladder.rungs[0].key if row is None or row.until is None else row.rung_key
    rises = dated.held(new.rung_key, new.until).rank > _held(dated, row).rank
    return TierChange(status_id, before, new.rung_key, new.how, new.until, rises)


def _held(dated: DatedLadder, row: TermRow | None) -> Held:
    return Held() if row is None else dated.held(row.rung_key, row.until)
