"""Who is about to answer: said by a button, over by itself. What protects from two answers is the version."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.database import Transaction, transaction
from club.permissions import Permission, Role, require
from club.support.models import Writing
from club.support.service.steps import hold, refuse_own

LEASE = timedelta(minutes=15)


def begin_writing(db: Session, case_id: int, by: int, role: Role | None, now: datetime) -> None:
    """Let colleagues know for a quarter of an hour. Raises `OwnMembership`, `NotFound` and `NotAllowed`."""
    require(role, Permission.ANSWER_SUPPORT)
    with transaction(db) as tx:
        held = hold(tx, case_id)
        refuse_own(tx, by, held)
        tx.execute(
            delete(Writing).where(Writing.case_id == case_id, (Writing.account_id == by) | (Writing.until < now))
        )
        row = {"case_id": case_id, "account_id": by, "since": now, "until": now + LEASE}
        tx.execute(insert(Writing).values(row))


def end_writing(tx: Transaction, case_id: int, by: int) -> None:
    """A step: the answer is sent."""
    tx.execute(delete(Writing).where(Writing.case_id == case_id, Writing.account_id == by))


def who_writes(db: Session, case_id: int, but: int, now: datetime) -> list[str]:
    """Names of the colleagues who are about to answer; not one's own."""
    names = select(Staff.name).join(Writing, Writing.account_id == Staff.account_id)
    others = names.where(Writing.case_id == case_id, Writing.account_id != but, Writing.until > now)
    return list(db.scalars(others.order_by(Writing.since, Staff.account_id)))
