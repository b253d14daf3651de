"""Staff say yes or no to a return, or close one whose goods never came."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from club.audit import record
from club.database import Transaction, is_sqlite, transaction
from club.permissions import Permission, Role, require
from club.programme.models import the_club
from club.returns.models import ReturnCase, ReturnWords
from club.returns.rules import LONGEST_COMMENT, State
from club.returns.service.instead import let_go_in, money_instead_in, set_aside_in
from club.returns.service.steps import Held, hold_case, move, refuse_own, tell


def approve(db: Session, case_id: int, by: int, role: Role | None, now: datetime, *, money_only: bool = False) -> None:
    """The goods can come; the buyer hears where to. What goes out for them is set aside, unless it is `money_only`.

    Raises `NotAllowed`, `OwnMembership`, `NotFound`, `ReturnMovedOn`, `OutOfStock`.
    """
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        held = _decided(tx, case_id, State.APPROVED, by, now)
        if money_only:
            money_instead_in(tx, case_id)
        set_aside_in(tx, case_id, now)
        record(tx, "return.approved", "return", case_id, by=by, now=now, order=held.order_id)
        until = tx.scalar(select(ReturnCase.send_by).where(ReturnCase.id == case_id))
        sent_to = the_club(tx).contact_address
        tell(tx, held, "return.approved", now, until=f"{until:%Y-%m-%d}", sent_to=sent_to)


def refuse(db: Session, case_id: int, why: str, by: int, role: Role | None, now: datetime) -> None:
    """No, and why: the buyer reads it. Raises as `approve` does."""
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        held = _decided(tx, case_id, State.REFUSED, by, now)
        _answer(tx, held, why)
        record(
            tx, "return.refused", "return", case_id, by=by, now=now, why=why, person_id=held.person_id,
            order=held.order_id,
        )  # fmt: skip
        tell(tx, held, "return.refused", now, answer=why)


def close(db: Session, case_id: int, why: str, by: int, role: Role | None, now: datetime) -> None:
    """Nothing came, or nothing is paid for what came; why is kept. Raises as `approve` does.

    What was put on the shelf of goods that came stays there: whoever sends them out again takes them off by hand.
    """
    require(role, Permission.REFUND_ORDERS)
    with transaction(db) as tx:
        held = _decided(tx, case_id, State.CLOSED, by, now)
        let_go_in(tx, case_id, now)
        _answer(tx, held, why)
        record(
            tx, "return.closed", "return", case_id, by=by, now=now, why=why, person_id=held.person_id,
            order=held.order_id,
        )  # fmt: skip


def _decided(tx: Transaction, case_id: int, after: State, by: int, now: datetime) -> Held:
    held = hold_case(tx, case_id)
    refuse_own(tx, by, held)
    move(tx, held, after, decided_at=now, decided_by=by)
    return held


def _answer(tx: Transaction, held: Held, words: str) -> None:
    add = sqlite_insert if is_sqlite(tx) else postgresql_insert
    answer = words[:LONGEST_COMMENT]
    tx.execute(
        add(ReturnWords)
        .values(case_id=held.id, comment="", answer=answer)
        .on_conflict_do_update(index_elements=["case_id"], set_={"answer": answer})
    )
