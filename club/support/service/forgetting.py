"""Questions of people whom the club does not know are forgotten after their term; members' go with the member."""

from datetime import date, datetime

from sqlalchemy import String, cast, delete, func, literal, select, update
from sqlalchemy.orm import Session

from club.database import transaction
from club.messages.models import Message
from club.support.models import EMPTY_CASE, EMPTY_ENTRY, SupportCase, SupportEntry, SupportFile
from club.support.rules import STRANGERS_KEPT
from club.support.service.steps import ADDRESSEE

_NO_SYNC = {"synchronize_session": False}


def night(db: Session, day: date, now: datetime) -> int:
    """Empty what nobody known asked and nobody wrote in for a long time; how many. The worker removes the files."""
    last = select(func.max(SupportEntry.at)).where(SupportEntry.case_id == SupportCase.id).scalar_subquery()
    old = (
        SupportCase.person_id.is_(None),
        SupportCase.is_forgotten.is_(False),
        func.coalesce(last, SupportCase.opened_at) < now - STRANGERS_KEPT,
    )
    cases = select(SupportCase.id).where(*old)
    entries = select(SupportEntry.id).where(SupportEntry.case_id.in_(cases))
    addressees = select(literal(ADDRESSEE) + cast(SupportCase.id, String)).where(*old)
    with transaction(db) as tx:
        for statement in (
            delete(SupportFile).where(SupportFile.entry_id.in_(entries)),
            update(SupportEntry).where(SupportEntry.case_id.in_(cases)).values(**EMPTY_ENTRY),
            update(Message)
            .where(Message.addressee.in_(addressees))
            .values(recipient="", data={}, secret=None, last_error=""),
        ):
            tx.execute(statement, execution_options=_NO_SYNC)
        forgotten = update(SupportCase).where(*old).values(**EMPTY_CASE).returning(SupportCase.id)
        return len(tx.scalars(forgotten, execution_options=_NO_SYNC).all())
