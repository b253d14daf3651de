"""A personal mail to one customer, through the outbox like every other."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.care.rules import LONGEST_SUMMARY, checked_line, checked_text
from club.care.service.writing import hold_person, note
from club.contact.models import said_by
from club.contact.rules import Blocked, Channel, Purpose, blocked
from club.database import transaction
from club.errors import NoAddress, Objected
from club.members.models import the_person
from club.messages.acts import PERSONAL
from club.messages.service import queue
from club.permissions import Permission, Role, require


def write_letter(
    db: Session, person_id: int, subject: str, words: str, by: int, role: Role | None, now: datetime, *, once: str
) -> bool:
    """Leave a personal mail in the outbox; False when this very one is there already (`once` tells them apart).

    It waits there while the cap or the quiet hours say so.
    It is relational: it needs an address, and ends where the customer asked not to be contacted. Raises `NoAddress`,
    `Objected`, `NothingWritten`, `TextTooLong`, `UnknownMember` and `NotAllowed`.
    """
    require(role, Permission.KEEP_CUSTOMERS)
    require(role, Permission.SEE_CONTACT)
    title, text = checked_line(subject), checked_text(words, LONGEST_SUMMARY)
    with transaction(db) as tx:
        hold_person(tx, person_id)
        person = the_person(tx, person_id)
        why = blocked(Purpose.RELATIONAL, Channel.EMAIL, has_address=bool(person.email), said=said_by(tx, person_id))
        if person.email is None or why is Blocked.NO_ADDRESS:
            raise NoAddress
        if why is not None:
            raise Objected
        is_new = queue(
            tx,
            PERSONAL,
            occurrence=f"{by}:{once}",
            recipient=person.email,
            language=person.language,
            person_id=person_id,
            data={
                "name": person.addressed_as,
                "subject": title,
                "words": text,
                "writer": tx.scalar(select(Staff.name).where(Staff.account_id == by)) or "",
            },
            now=now,
        )
        if is_new:
            note(tx, "care.letter_written", person_id, by=by, now=now)
        return is_new
