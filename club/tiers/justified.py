"""Whether a term stands by what its member bought and kept, or only by what was given back since."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from club.tiers.models import Ladders
from club.tiers.rules import Fall, How
from club.tiers.sums import TermRow, first_counted_day, sums_between


def stands(db: Session, known: Ladders, member_id: int, terms: Sequence[TermRow]) -> bool:
    """Whether the last of these terms would have begun without the purchases since returned.

    The first rung and a decision by hand or by import always stand. A term reached or renewed stands if the purchases
    as they are known today meet it on its first day, under its own ladder. One that was given without being met (a fall
    to a rung, a renewal where nobody falls) stands if the term before it does; one gone back to stands as that one.
    """
    term, before = terms[-1], terms[:-1]
    if term.until is None or term.how in {How.HAND, How.IMPORT}:
        return True
    if term.how is How.RETURNED:
        return _stands_as_before(db, known, member_id, terms)
    if _is_met(db, known, member_id, term):
        return True
    was_given = term.how is How.FELL or (
        term.how is How.RENEWED and known.version(term.version_id).ladder.fall is Fall.NEVER
    )
    return was_given and bool(before) and stands(db, known, member_id, before)


def latest_that_stands(
    db: Session, known: Ladders, member_id: int, terms: Sequence[TermRow], day: date
) -> TermRow | None:
    """The latest term that would still run on `day` and stands; None: the first rung."""
    for count in range(len(terms), 0, -1):
        until = terms[count - 1].until
        if until is not None and until >= day and stands(db, known, member_id, terms[:count]):
            return terms[count - 1]
    return None


def _stands_as_before(db: Session, known: Ladders, member_id: int, terms: Sequence[TermRow]) -> bool:
    again = terms[-1]
    for count in range(len(terms) - 1, 0, -1):
        earlier = terms[count - 1]
        if (earlier.rung_key, earlier.until) == (again.rung_key, again.until) and earlier.how is not How.RETURNED:
            return stands(db, known, member_id, terms[:count])
    return True


def _is_met(db: Session, known: Ladders, member_id: int, term: TermRow) -> bool:
    ladder = known.version(term.version_id).ladder
    first = first_counted_day(db, ladder, member_id, term.since)
    return ladder.standing(sums_between(db, member_id, first, term.since)) >= term.position
