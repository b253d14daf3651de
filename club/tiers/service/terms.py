"""Beginning a term: the old one ends on the day the new one begins, and nothing is overwritten."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy import CursorResult, Insert, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from club.database import Transaction, is_sqlite
from club.errors import BadEmail
from club.members.models import Person
from club.messages.service import queue
from club.tiers.models import Status
from club.tiers.rules import DatedLadder, How, Rung, Term

STATUSES = Status.__table__

_END = update(Status).where(Status.id == bindparam("status_id"), Status.ended_on.is_(None))

INSERTS: dict[bool, Insert] = {
    True: sqlite.insert(Status).on_conflict_do_nothing(
        index_elements=["member_id"], index_where=Status.ended_on.is_(None)
    ),
    False: postgresql.insert(Status).on_conflict_do_nothing(
        index_elements=["member_id"], index_where=Status.ended_on.is_(None)
    ),
}
"""By whether the database is SQLite. A member who has a current term by now gets no second one."""


@dataclass(frozen=True)
class NewTerm:
    """A row of `tier_status` to be."""

    member_id: int
    rung_key: str
    position: int
    version_id: int
    since: date
    until: date | None
    how: How

    @classmethod
    def on_ladder(cls, dated: DatedLadder, member_id: int, term: Term, day: date) -> "NewTerm":
        """What the rule decided, as a row. Only a ladder that was saved gives terms."""
        if dated.version_id is None:
            raise ValueError("a ladder that is not saved gives no terms")
        key = dated.ladder.rungs[term.position].key
        return cls(member_id, key, term.position, dated.version_id, day, term.until, term.how)

    @classmethod
    def at(cls, dated: DatedLadder, member_id: int, position: int, how: How, day: date) -> "NewTerm":
        """A full term on a rung."""
        return cls.on_ladder(dated, member_id, Term(position, how, dated.ladder.term_end(position, day)), day)


def begin(tx: Transaction, after_status_id: int | None, term: NewTerm, now: datetime) -> int | None:
    """End the term before and begin this one; its id, or None when somebody else changed this member's term first."""
    if after_status_id is not None:
        ended = tx.execute(_END.values(ended_on=term.since), {"status_id": after_status_id})
        if cast("CursorResult[tuple[()]]", ended).rowcount == 0:
            return None
    statement = INSERTS[is_sqlite(tx)].returning(STATUSES.c.id)
    return tx.execute(
        statement,
        {
            "member_id": term.member_id,
            "rung_key": term.rung_key,
            "position": term.position,
            "version_id": term.version_id,
            "since": term.since,
            "until": term.until,
            "how": term.how,
            "recorded_at": now,
        },
    ).scalar_one_or_none()


def tell(tx: Transaction, member_id: int, status_id: int, rung: Rung, until: date | None, now: datetime) -> None:
    """Leave the mail about a rung that was reached, for whoever has an address."""
    person = tx.execute(
        select(Person.email, Person.language, Person.call_name, Person.full_name).where(Person.id == member_id)
    ).one()
    if person.email is None:
        return
    data: dict[str, object] = {"name": person.call_name or person.full_name, "tier": dict(rung.name)}
    if until is not None:
        data["until"] = until.isoformat()
    if rung.multiplier_percent > 100:
        data["multiplier_percent"] = rung.multiplier_percent
    if rung.discount_percent:
        data["discount_percent"] = rung.discount_percent
    with suppress(BadEmail):  # an address that came with an import stops neither a purchase nor the night
        queue(
            tx,
            "tier.reached",
            occurrence=str(status_id),
            recipient=person.email,
            language=person.language,
            person_id=member_id,
            data=data,
            now=now,
        )
