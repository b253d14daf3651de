"""Who looks after whom, and who covers while somebody is away."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, insert, literal, select, update
from sqlalchemy.orm import Session

from club.audit import record
from club.care.models.tables import ABSENCES, CARERS
from club.care.rules import checked_absence
from club.care.service.writing import hold_colleague, note, today_of
from club.database import Transaction, transaction
from club.errors import NotAllowed, NotFound, OwnSuccessor, UnknownMember
from club.members.models import Person
from club.permissions import Permission, Role, may, require

AT_ONCE = 500


def assign(
    db: Session, person_ids: Sequence[int], account_id: int | None, by: int, role: Role | None, now: datetime
) -> int:
    """Let a colleague look after these customers (None: nobody); how many changed hands.

    Whom nobody looks after everybody may take for themselves, and give back; anything else takes the right to hand
    over. Raises `NotAllowed`, `NotOnStaff` and `UnknownMember`.
    """
    require(role, Permission.KEEP_CUSTOMERS)
    wanted = sorted(set(person_ids))
    with transaction(db) as tx:
        if account_id is not None:
            hold_colleague(tx, account_id)
        parts = [wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE)]
        return sum(_assign(tx, part, account_id, by, role, now) for part in parts)


def _assign(
    tx: Transaction, person_ids: list[int], account_id: int | None, by: int, role: Role | None, now: datetime
) -> int:
    known = set(tx.scalars(select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update()))
    if len(known) < len(person_ids):
        raise UnknownMember
    standing = tx.execute(
        select(CARERS.c.person_id, CARERS.c.account_id).where(
            CARERS.c.person_id.in_(person_ids), CARERS.c.ended_at.is_(None)
        )
    )
    before: dict[int, int] = {row.person_id: row.account_id for row in standing}
    is_own = account_id in (by, None) and all(carer == by for carer in before.values())
    if not is_own and not may(role, Permission.HAND_OVER):
        raise NotAllowed
    changed = [person_id for person_id in person_ids if before.get(person_id) != account_id]
    if account_id is not None:
        put_in_hands(tx, CARERS.c.person_id.in_(changed), account_id, by, now)
        newly = [person_id for person_id in changed if person_id not in before]
        if newly:
            rows = [_row(person_id, account_id, by, now) for person_id in newly]
            tx.execute(insert(CARERS), rows)
    else:
        tx.execute(
            update(CARERS).where(CARERS.c.person_id.in_(changed), CARERS.c.ended_at.is_(None)).values(ended_at=now)
        )
    for person_id in changed:
        note(tx, "care.carer_set", person_id, by=by, now=now, before=before.get(person_id), after=account_id)
    return len(changed)


def put_in_hands(tx: Transaction, whose: ColumnElement[bool], account_id: int, by: int | None, now: datetime) -> int:
    """Whoever is looked after now, in other hands; who it was is kept as history. How many. Two statements for all."""
    chosen = and_(whose, CARERS.c.ended_at.is_(None))
    columns = CARERS.c
    was = select(columns.person_id, columns.account_id, columns.since, literal(now, columns.ended_at.type), columns.by)
    names = ["person_id", "account_id", "since", "ended_at", "by"]
    tx.execute(insert(CARERS).from_select(names, was.where(chosen)))
    moved = update(CARERS).where(chosen).values(account_id=account_id, since=now, by=by)
    return tx.connection().execute(moved).rowcount


def announce_absence(
    db: Session,
    account_id: int,
    cover_id: int,
    days: tuple[date, date],
    by: int,
    role: Role | None,
    now: datetime,
) -> int:
    """Somebody is away from the first to the last of these days, and somebody else covers; the id.

    One's own days, or anybody's with the right to hand over. Raises `OwnSuccessor`, `NotOnStaff`, `NotAllowed`,
    `LastDayBeforeFirst`, `DayInPast` and `DayTooFar`.
    """
    require(role, Permission.KEEP_CUSTOMERS if account_id == by else Permission.HAND_OVER)
    if account_id == cover_id:
        raise OwnSuccessor
    with transaction(db) as tx:
        first_on, last_on = days
        checked_absence(first_on, last_on, today_of(tx, now))
        for one in sorted((account_id, cover_id)):
            hold_colleague(tx, one)
        values = {
            "account_id": account_id, "cover_id": cover_id, "first_on": first_on, "last_on": last_on,
            "made_at": now, "made_by": by, "ended_at": None,
        }  # fmt: skip
        absence_id: int = tx.execute(insert(ABSENCES).values(values).returning(ABSENCES.c.id)).scalar_one()
        record(tx, "care.absence_added", "account", account_id, by=by, now=now, absence=absence_id, cover=cover_id)
        return absence_id


def end_absence(db: Session, absence_id: int, by: int, role: Role | None, now: datetime) -> None:
    """They are back, or never left. Nothing happens to one that has ended. Raises `NotFound` and `NotAllowed`."""
    with transaction(db) as tx:
        columns = ABSENCES.c
        row = tx.execute(
            select(columns.account_id, columns.ended_at).where(columns.id == absence_id).with_for_update()
        ).one_or_none()
        if row is None:
            raise NotFound
        require(role, Permission.KEEP_CUSTOMERS if row.account_id == by else Permission.HAND_OVER)
        if row.ended_at is None:
            tx.execute(update(ABSENCES).where(columns.id == absence_id).values(ended_at=now))
            record(tx, "care.absence_ended", "account", row.account_id, by=by, now=now, absence=absence_id)


def _row(person_id: int, account_id: int, by: int, now: datetime) -> dict[str, object]:
    return {"person_id": person_id, "account_id": account_id, "since": now, "ended_at": None, "by": by}
