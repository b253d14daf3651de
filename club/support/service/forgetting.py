"""The words of a person who leaves are cleared; that there was a question, and when it was answered, stays."""

from sqlalchemy import select, update

from club.database import Transaction
from club.support.models import SupportCase, SupportEntry
from club.support.service.files import forget_files


def forget_person(tx: Transaction, person_id: int) -> None:
    """Erase what was said in all their conversations, and the files; the worker removes these from the disk."""
    case_ids = list(tx.scalars(select(SupportCase.id).where(SupportCase.person_id == person_id)))
    if not case_ids:
        return
    forget_files(tx, case_ids)
    tx.execute(
        update(SupportEntry).where(SupportEntry.case_id.in_(case_ids)).values(words="", mail_id=None, form_key=None)
    )
    tx.execute(update(SupportCase).where(SupportCase.id.in_(case_ids)).values(subject="", sender="", is_forgotten=True))
