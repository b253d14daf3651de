"""Putting a step of the set-up list, or the whole list, aside."""

from datetime import datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.errors import NotAllowed
from club.permissions import Permission, Role, require
from club.starting.models import CAN_BE_SKIPPED, WHOLE_LIST, SetupStep, Step, setup_steps


def skip_step(db: Session, step: Step, by: int, role: Role | None, now: datetime) -> None:
    """This club does not need a step; raises `NotAllowed` for one that no club can do without."""
    if step not in CAN_BE_SKIPPED:
        raise NotAllowed
    _put_aside(db, step, by, role, now)


def take_up_again(db: Session, step: Step, by: int, role: Role | None, now: datetime) -> None:
    """A step that was put aside is to be done after all."""
    require(role, Permission.EDIT_PROGRAMME)
    with transaction(db) as tx:
        tx.execute(delete(SetupStep).where(SetupStep.key == step.value))
        record(tx, "setup.step_wanted", "programme", 1, by=by, now=now, words={"step": step.value})


def put_list_aside(db: Session, by: int, role: Role | None, now: datetime) -> None:
    """Everything is settled and the list is not shown any more; raises `NotAllowed` while something is left."""
    if not all(one.is_settled for one in setup_steps(db)):
        raise NotAllowed
    _put_aside(db, WHOLE_LIST, by, role, now)


def _put_aside(db: Session, key: str, by: int, role: Role | None, now: datetime) -> None:
    require(role, Permission.EDIT_PROGRAMME)
    with transaction(db) as tx:
        if tx.scalar(select(SetupStep.key).where(SetupStep.key == key)) is not None:
            return
        tx.execute(insert(SetupStep).values(key=key, at=now, by=by))
        record(tx, "setup.put_aside", "programme", 1, by=by, now=now, words={"step": key})
