"""A rung given by a person: with author, reason and end."""

from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import Transaction, transaction
from club.errors import EndNotAhead, NotFound, ReasonMissing, UnknownMember, UnknownRung
from club.members.models import Person
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.tiers.justified import latest_that_stands
from club.tiers.models import Ladders, StatusNote, ladder_on, ladders
from club.tiers.rules import DatedLadder, Held, How
from club.tiers.service.terms import NewTerm, begin
from club.tiers.sums import TermRow, first_counted_day, sums_between, terms_of

LONGEST_WHY = 500


def set_by_hand(
    db: Session,
    member_id: int,
    rung_key: str,
    until: date | None,
    why: str,
    *,
    by: int | None,
    role: Role | None,
    now: datetime,
) -> int:
    """Put a member on a rung from today to `until` (no end only on the first), and return the new term's id.

    Whoever reaches more by purchases still goes up at once. Raises `NotAllowed`, `ReasonMissing`, `UnknownRung`,
    `EndNotAhead` and `UnknownMember`.
    """
    require(role, Permission.SET_TIER_BY_HAND)
    with transaction(db) as tx:
        return set_in(tx, member_id, rung_key, until, why, by=by, now=now)


def set_in(
    tx: Transaction,
    member_id: int,
    rung_key: str,
    until: date | None,
    why: str,
    *,
    by: int | None,
    now: datetime,
    approval_id: int | None = None,
) -> int:
    """The same as a step; whoever calls it has asked who may. `approval_id`: the second person's yes."""
    if not why.strip():
        raise ReasonMissing
    today = club_day(now, the_club(tx).time_zone)
    dated = ladder_on(tx, today)
    position = dated.ladder.position_of(rung_key)
    if position is None or dated.version_id is None:
        raise UnknownRung(rung_key)
    if position and (until is None or until <= today):
        raise EndNotAhead
    if tx.execute(select(Person.id).where(Person.id == member_id, Person.joined_on.is_not(None))).first() is None:
        raise UnknownMember
    status_id = None
    while status_id is None:  # a try that fails means that another change of this member was just written
        last = terms_of(tx, member_id)[-1:]
        since = max([today, *(term.since for term in last)])
        end = until if position else None
        new = NewTerm(member_id, rung_key, position, dated.version_id, since, end, How.HAND)
        status_id = begin(tx, last[0].id if last else None, new, now)
    tx.execute(insert(StatusNote).values(status_id=status_id, by=by, why=why.strip()[:LONGEST_WHY]))
    record(
        tx, "tiers.set_by_hand", "person", member_id, by=by, now=now, why=why.strip(), person_id=member_id,
        status_id=status_id, position=position, approval_id=approval_id,
    )  # fmt: skip
    return status_id


def end_by_hand(tx: Transaction, member_id: int, why: str, *, by: int | None, now: datetime) -> int:
    """Give a status that was given by hand back to the rule, today, and return the new term's id.

    The member goes to where the purchases of today put them, or to the latest earlier term that would still run, if
    that is higher. Raises `ReasonMissing`, and `NotFound` where no status given by hand is held.
    """
    if not why.strip():
        raise ReasonMissing
    today = club_day(now, the_club(tx).time_zone)
    known = ladders(tx)
    dated = known.on(today)
    status_id = None
    while status_id is None:
        terms = terms_of(tx, member_id)
        if not terms or terms[-1].how is not How.HAND or dated.version_id is None:
            raise NotFound
        new = _by_the_rule(tx, dated, known, member_id, terms, today)
        status_id = begin(tx, terms[-1].id, new, now)
    tx.execute(insert(StatusNote).values(status_id=status_id, by=by, why=why.strip()[:LONGEST_WHY]))
    record(
        tx, "tiers.given_back", "person", member_id, by=by, now=now, why=why.strip(), person_id=member_id,
        status_id=status_id, position=new.position,
    )  # fmt: skip
    return status_id


def _by_the_rule(
    tx: Transaction, dated: DatedLadder, known: Ladders, member_id: int, terms: list[TermRow], today: date
) -> NewTerm:
    """The term that holds instead of the last one of `terms`."""
    day = max(today, terms[-1].since)
    back = latest_that_stands(tx, known, member_id, terms[:-1], day)
    held = Held() if back is None else dated.held(back.rung_key, back.until)
    counted = sums_between(tx, member_id, first_counted_day(tx, dated.ladder, member_id, day), day)
    standing = dated.ladder.standing(counted)
    if back is None or 2 * standing > held.rank:
        return NewTerm.at(dated, member_id, standing, How.REACHED if standing else How.RETURNED, day)
    return NewTerm(member_id, back.rung_key, back.position, back.version_id, day, back.until, How.RETURNED)
