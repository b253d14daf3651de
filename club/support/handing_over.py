"""What colleagues have in hand passes from one to another; nobody leaves with something in their hands."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Table, and_, case, func, null, or_, select, true, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from club.accounts.models import Staff
from club.accounts.service import end_work
from club.accounts.team import refuse_last_owner
from club.audit import record
from club.care.models.tables import ABSENCES, CARERS, COMMITMENTS, TASKS
from club.care.models.to_do import OpenCounts, open_items_of
from club.care.rules import OPEN
from club.care.service.carers import put_in_hands
from club.care.service.writing import hold_colleague
from club.database import Transaction, transaction
from club.errors import NotFound, NotOnStaff, OpenItems, OwnSuccessor
from club.lost.models import LostCase
from club.members.household import household_of
from club.permissions import Permission, Role, may, require
from club.support.models import SupportCase
from club.support.rules import State


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What is handed over; `None` instead of a value of this class: all of it."""

    person_ids: Collection[int] = ()
    """Customers."""
    task_ids: Collection[int] = ()
    promise_ids: Collection[int] = ()
    case_ids: Collection[int] = ()
    """Cases of customers who stay away."""
    question_ids: Collection[int] = ()


def held_by(db: Session, account_id: int) -> OpenCounts:
    """How much somebody has in hand: customers, open tasks, promises and cases, questions that are not solved."""
    cases = select(func.count()).select_from(LostCase).where(_open_cases(account_id)).scalar_subquery()
    questions = select(func.count()).select_from(SupportCase).where(_open_questions(account_id)).scalar_subquery()
    row = db.execute(select(cases, questions)).one()
    return replace(open_items_of(db, account_id), cases=row[0], questions=row[1])


def questions_of(db: Session, account_id: int, limit: int) -> list[tuple[int, str, str]]:
    """Conversations that somebody has and that are not solved: id, number, subject; the promised soonest first."""
    columns = SupportCase.id, SupportCase.number, SupportCase.subject
    asked = select(*columns).where(_open_questions(account_id))
    rows = db.execute(
        asked.order_by(SupportCase.answer_by.is_(None), SupportCase.answer_by, SupportCase.id).limit(limit)
    )
    return [(row.id, row.number, row.subject) for row in rows]


def hand_over(
    db: Session,
    from_account: int,
    to_account: int,
    by: int,
    role: Role | None,
    now: datetime,
    chosen: Chosen | None = None,
) -> OpenCounts:
    """Put somebody's customers and what is open of theirs, all or the chosen ones, into other hands; how many.

    Questions that the new hands may not answer, because of their role or because they asked them themselves, go back
    to the inbox as nobody's. One's own, or anybody's with the right to hand over. What was written and closed before
    stays as it was. Raises
    `OwnSuccessor`, `NotOnStaff` and `NotAllowed`.
    """
    require(role, Permission.KEEP_CUSTOMERS if from_account == by else Permission.HAND_OVER)
    if from_account == to_account:
        raise OwnSuccessor
    with transaction(db) as tx:
        hold_colleague(tx, to_account)
        return _hand_over(tx, from_account, to_account, by, now, chosen)


def leave(
    db: Session, account_id: int, successor: int | None, by: int | None, role: Role | None, now: datetime
) -> OpenCounts:
    """Somebody no longer works for the club; what they had in hand goes to the successor first. How much that was.

    `by` None is the operator at the command line. Raises `OpenItems` without a successor while something is open,
    `OwnSuccessor`, `NotOnStaff`, `LastOwner`, `NotFound` and `NotAllowed`. Nothing is half done.
    """
    if by is not None:
        require(role, Permission.MANAGE_STAFF)
    if successor == account_id:
        raise OwnSuccessor
    with transaction(db) as tx:
        refuse_last_owner(tx, account_id)
        _lock_leaving(tx, account_id, successor)
        left = held_by(tx, account_id)
        if left.is_anything and successor is None:
            raise OpenItems(left.customers, left.tasks, left.commitments, left.cases, left.questions)
        if left.is_anything and successor is not None:
            _hand_over(tx, account_id, successor, by, now, None)
        _end_absences(tx, account_id, successor, now)
        end_work(tx, account_id, by, role, now)
    return left


def _lock_leaving(tx: Transaction, account_id: int, successor: int | None) -> None:
    """Both rows in one order: two who name each other do not wait for ever, and nobody is given work meanwhile."""
    wanted = [account_id] if successor is None else sorted((account_id, successor))
    rows = tx.execute(
        select(Staff.account_id, Staff.disabled_at)
        .where(Staff.account_id.in_(wanted))
        .order_by(Staff.account_id)
        .with_for_update()
    )
    is_here = {row.account_id: row.disabled_at is None for row in rows}
    if account_id not in is_here:
        raise NotFound
    if successor is not None and not is_here.get(successor, False):
        raise NotOnStaff


def _hand_over(
    tx: Transaction, from_account: int, to_account: int, by: int | None, now: datetime, chosen: Chosen | None
) -> OpenCounts:
    person_ids, task_ids, promise_ids, case_ids, question_ids = (
        (None, None, None, None, None)
        if chosen is None
        else (chosen.person_ids, chosen.task_ids, chosen.promise_ids, chosen.case_ids, chosen.question_ids)
    )
    cases = and_(_open_cases(from_account), _among(LostCase.id, case_ids))
    whose = and_(CARERS.c.account_id == from_account, _among(CARERS.c.person_id, person_ids))
    given = OpenCounts(
        customers=put_in_hands(tx, whose, to_account, by, now),
        tasks=_pass_on(tx, TASKS, from_account, to_account, task_ids),
        commitments=_pass_on(tx, COMMITMENTS, from_account, to_account, promise_ids),
        cases=tx.connection().execute(update(LostCase).where(cases).values(owner_id=to_account)).rowcount,
        questions=_pass_questions(tx, from_account, to_account, question_ids),
    )
    record(
        tx, "care.handed_over", "account", from_account, by=by, now=now,
        to=to_account, customers=given.customers, tasks=given.tasks, promises=given.commitments,
        cases=given.cases, questions=given.questions,
    )  # fmt: skip
    return given


def _pass_on(tx: Transaction, table: Table, from_account: int, to: int, ids: Collection[int] | None) -> int:
    whose = and_(table.c.owner_id == from_account, table.c.state == OPEN, _among(table.c.id, ids))
    return tx.connection().execute(update(table).where(whose).values(owner_id=to)).rowcount


def _pass_questions(tx: Transaction, from_account: int, to: int, ids: Collection[int] | None) -> int:
    """Own ones of who takes over go back to the inbox too: nobody answers themselves."""
    theirs = and_(_open_questions(from_account), _among(SupportCase.id, ids))
    role = tx.scalar(select(Staff.role).where(Staff.account_id == to))
    may_answer = role is not None and may(Role(role), Permission.ANSWER_SUPPORT)
    own = SupportCase.person_id.in_(household_of(to))
    taken = case((own, null()), else_=to) if may_answer else null()
    return tx.connection().execute(update(SupportCase).where(theirs).values(owner_id=taken)).rowcount


def _open_questions(account_id: int) -> ColumnElement[bool]:
    return and_(SupportCase.owner_id == account_id, SupportCase.state != State.SOLVED.value)


def _open_cases(account_id: int) -> ColumnElement[bool]:
    return and_(LostCase.owner_id == account_id, LostCase.ended_on.is_(None))


def _among(column: ColumnElement[int] | InstrumentedAttribute[int], ids: Collection[int] | None) -> ColumnElement[bool]:
    return true() if ids is None else column.in_(ids)


def _end_absences(tx: Transaction, account_id: int, successor: int | None, now: datetime) -> None:
    """Their own days end; whom they were to cover for the successor covers, where that is somebody else."""
    columns = ABSENCES.c
    standing = columns.ended_at.is_(None)
    if successor is not None:
        covered = and_(columns.cover_id == account_id, columns.account_id != successor, standing)
        tx.execute(update(ABSENCES).where(covered).values(cover_id=successor))
    own = and_(or_(columns.account_id == account_id, columns.cover_id == account_id), standing)
    tx.execute(update(ABSENCES).where(own).values(ended_at=now))
