"""What staff do: answer, note, take and hand over, solve, make a task of it."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.care.rules import NewTask, checked_text
from club.care.service.to_do import add_task_in
from club.care.service.writing import hold_colleague
from club.database import Transaction, transaction
from club.errors import CustomerWrote, NotOnStaff, SolvedAlready, TakenMeanwhile
from club.permissions import Permission, Role, may, require
from club.support.models import SupportEntry
from club.support.rules import LONGEST_LEFT_OUT, LONGEST_WORDS, Kind, State
from club.support.service.files import shortened
from club.support.service.steps import case_with_key, change, hold, is_reached, note, refuse_own, tell, write
from club.support.service.writing import end_writing


@dataclass(frozen=True)
class Answer:
    """What a colleague sends. `seen`: the version of the conversation that was on the screen."""

    words: str
    seen: int
    form_key: bytes
    solves: bool = False


def reply(db: Session, case_id: int, answer: Answer, by: int, role: Role | None, now: datetime) -> bool:
    """Answer in the portal and by mail; the customer has the next word, or nobody if that solves it.

    False where no mail goes out: no address is known, or it takes none.

    The same form twice answers once. Raises `CustomerWrote` if there is something in the conversation that was not on
    the screen, `OwnMembership`, `NothingWritten`, `TextTooLong`, `NotFound` and `NotAllowed`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    words = checked_text(answer.words, LONGEST_WORDS)
    with transaction(db) as tx:
        held = hold(tx, case_id)
        refuse_own(tx, by, held)
        if case_with_key(tx, answer.form_key) == case_id:
            return is_reached(tx, held, now)
        if held.version != answer.seen:
            raise CustomerWrote
        left_out = _left_out(tx, case_id)
        entry_id = write(tx, case_id, Kind.STAFF, words, now, by=by, form_key=answer.form_key)
        values: dict[str, object] = {
            "state": State.SOLVED.value if answer.solves else State.WAITING.value,
            "solved_at": now if answer.solves else None,
            "answer_by": None,
            "waits_since": None,
            "version": held.version + 1,
            "owner_id": held.owner_id or by,
        }
        if held.first_answer_at is None:
            minutes = int((now - held.opened_at).total_seconds()) // 60
            values |= {"first_answer_at": now, "first_answer_minutes": minutes}
        if answer.solves:
            values |= {"was_asked": True}
        change(tx, case_id, **values)
        end_writing(tx, case_id, by)
        act = "support.answer" if held.person_id is not None else "support.letter"
        asks = answer.solves and not held.was_asked and held.person_id is not None
        writer = _name(tx, by)
        is_mailed = tell(tx, held, act, str(entry_id), now, words=words, writer=writer, asks=asks, left_out=left_out)
        note(tx, held, "support.answered", by, now)
        return is_mailed


def add_note(
    db: Session, case_id: int, words: str, by: int, role: Role | None, now: datetime, *, form_key: bytes
) -> None:
    """A few words among colleagues.

    Raises `OwnMembership`, `NothingWritten`, `TextTooLong`, `NotFound` and `NotAllowed`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    said = checked_text(words, LONGEST_WORDS)
    with transaction(db) as tx:
        held = hold(tx, case_id)
        refuse_own(tx, by, held)
        if case_with_key(tx, form_key) == case_id:
            return
        write(tx, case_id, Kind.NOTE, said, now, by=by, form_key=form_key)
        note(tx, held, "support.noted", by, now)


def give(
    db: Session, case_id: int, to: int, by: int, role: Role | None, now: datetime, *, seen_owner: int | None
) -> None:
    """Hand a conversation to a colleague, or take it.

    Raises `TakenMeanwhile` unless it is still with whom the page said, `NotOnStaff` for who may not answer,
    `OwnMembership` for who asked it themselves, `NotFound` and `NotAllowed`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    with transaction(db) as tx:
        hold_colleague(tx, to)  # before the case, as whoever hands over everything does
        held = hold(tx, case_id)
        if held.owner_id != seen_owner:
            raise TakenMeanwhile
        if not may(_role(tx, to), Permission.ANSWER_SUPPORT):
            raise NotOnStaff
        if to == held.owner_id:
            return
        refuse_own(tx, to, held)
        change(tx, case_id, owner_id=to)
        note(tx, held, "support.given", by, now, before=held.owner_id, after=to)


def solve(db: Session, case_id: int, by: int, role: Role | None, now: datetime, *, seen: int) -> bool:
    """Nothing is left to say. The first time a mail asks the customer whether it is so; whether one does now.

    Raises `CustomerWrote`, `SolvedAlready`, `OwnMembership`, `NotFound` and `NotAllowed`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    with transaction(db) as tx:
        held = hold(tx, case_id)
        refuse_own(tx, by, held)
        if held.state is State.SOLVED:
            raise SolvedAlready
        if held.version != seen:
            raise CustomerWrote
        change(
            tx, case_id, state=State.SOLVED.value, solved_at=now, answer_by=None, waits_since=None, was_asked=True,
            owner_id=held.owner_id or by, version=held.version + 1,
        )  # fmt: skip
        asks = not held.was_asked and held.person_id is not None and tell(tx, held, "support.solved", "solved", now)
        note(tx, held, "support.solved", by, now)
        return asks


def make_task(
    db: Session, case_id: int, what: str, due_on: date, by: int, role: Role | None, now: datetime, *, cause: str
) -> int:
    """Something to do that came out of a conversation; its id.

    Raises as `care.service.add_task`, `OwnMembership` and `NotFound`.
    """
    require(role, Permission.ANSWER_SUPPORT)
    require(role, Permission.KEEP_CUSTOMERS)
    with transaction(db) as tx:
        hold_colleague(tx, by)  # before the case, as whoever hands over everything does
        held = hold(tx, case_id)
        refuse_own(tx, by, held)
        task = NewTask(what=what, due_on=due_on, owner_id=by, person_id=held.person_id, cause=cause)
        return add_task_in(tx, task, by, now)


def _left_out(tx: Transaction, case_id: int) -> str:
    """Files that the customer sent since the last answer, and that could not be kept."""
    e = SupportEntry
    last = select(func.max(e.id)).where(e.case_id == case_id, e.kind == Kind.STAFF.value).scalar_subquery()
    names = select(e.left_out).where(e.case_id == case_id, e.left_out != "", e.id > func.coalesce(last, 0))
    return shortened(", ".join(tx.scalars(names.order_by(e.id))), LONGEST_LEFT_OUT)


def _name(tx: Transaction, by: int) -> str:
    return tx.scalar(select(Staff.name).where(Staff.account_id == by)) or ""


def _role(tx: Transaction, account_id: int) -> Role | None:
    role = tx.scalar(select(Staff.role).where(Staff.account_id == account_id))
    return None if role is None else Role(role)
