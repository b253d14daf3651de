"""A rung given by a person: with author, reason and end."""

from datetime import date, datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.clock import club_day
from club.database import transaction
from club.errors import EndNotAhead, ReasonMissing, UnknownMember, UnknownRung
from club.members.models import Person
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.tiers.models import StatusNote, ladder_on
from club.tiers.rules import How
from club.tiers.service.terms import NewTerm, begin
from club.tiers.sums import terms_of


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
    if not why.strip():
        raise ReasonMissing
    with transaction(db) as tx:
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
        tx.execute(insert(StatusNote).values(status_id=status_id, by=by, why=why.strip()))
        record(
            tx, "tiers.set_by_hand", "person", member_id, by=by, now=now, why=why.strip(), person_id=member_id,
            status_id=status_id, position=position,
        )  # fmt: skip
    return status_id
