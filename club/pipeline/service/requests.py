"""Somebody asks to be contacted: kept, confirmed by a mail, given to a colleague as a task. The same for everybody."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.accounts.attempts import Try, count_tries, everybody, from_address
from club.accounts.models import Staff
from club.care.models import CARERS
from club.care.rules import NewTask
from club.care.service import add_task_in
from club.clock import club_day
from club.database import Transaction, transaction
from club.leads.models import LeadForm
from club.leads.rules import NewLead
from club.leads.service import capture
from club.members.rules import email_key, phone_typed
from club.messages.service import queue
from club.permissions import Role
from club.pipeline.rules import next_working_day, task_words
from club.pipeline.service.following import answered
from club.programme.models import the_club


@dataclass(frozen=True)
class Received:
    """What the page says: a reference. Nothing in it tells whether the club knew them."""

    reference: str


def receive(db: Session, new: NewLead, asking: Asking, task: str, now: datetime, *, is_kiosk: bool = False) -> Received:
    """Keep a request that came in by a form that is open to everybody.

    `task`: the words of the task of whoever answers. A kiosk is one address for many people. Raises what `capture`
    raises, and `TooManyTries`.
    """
    tidy = new.checked()
    with transaction(db) as tx:
        club = the_club(tx)
        phone = phone_typed(tidy.phone, club.country) if tidy.phone else ""
        _count(tx, email_key(tidy.email) if tidy.email else phone, tidy, asking, now, is_kiosk=is_kiosk)
        kept = capture(tx, tidy, now)
        if kept.was_kept_before:
            return Received(kept.reference)
        today = club_day(now, club.time_zone)
        answered(tx, kept.person_id, today)
        owner_id = who_answers(tx, kept.person_id, tidy.form_id)
        if owner_id is not None:
            wanted = NewTask(
                what=task_words(task), due_on=next_working_day(today), owner_id=owner_id, person_id=kept.person_id,
                cause=f"lead:{kept.lead_id}",
            )  # fmt: skip
            add_task_in(tx, wanted, None, now)
        if tidy.email:
            _confirm(tx, kept.lead_id, kept.person_id, kept.reference, tidy, now)
    return Received(kept.reference)


def who_answers(db: Session, person_id: int, form_id: int | None) -> int | None:
    """Whoever looks after them, else the form's owner, else the first of the managers; only who still works here."""
    at_work = select(Staff.account_id).where(Staff.disabled_at.is_(None))
    carer = select(CARERS.c.account_id).where(CARERS.c.person_id == person_id, CARERS.c.ended_at.is_(None))
    owner = select(LeadForm.owner_id).where(LeadForm.id == form_id)
    managers = at_work.where(Staff.role.in_([Role.MANAGER.value, Role.OWNER.value]))
    by_turn = (
        at_work.where(Staff.account_id.in_(carer)),
        at_work.where(Staff.account_id.in_(owner)),
        managers.order_by(Staff.role, Staff.account_id),
    )
    for turn in by_turn:
        found = db.scalar(turn.limit(1))
        if found is not None:
            return found
    return None


def _count(tx: Transaction, contact: str, new: NewLead, asking: Asking, now: datetime, *, is_kiosk: bool) -> None:
    tries = [
        Try("lead.contact", contact),
        from_address("lead.kiosk" if is_kiosk else "lead.address", asking.address),
        everybody("lead.all"),
    ]
    if new.email:
        tries.append(Try("mail.recipient", contact))
    count_tries(tx, tries, now)


def _confirm(tx: Transaction, lead_id: int, person_id: int, reference: str, new: NewLead, now: datetime) -> None:
    """No name in it: whoever typed somebody else's address puts no words of theirs into that mailbox."""
    queue(
        tx,
        "lead.received",
        occurrence=str(lead_id),
        recipient=new.email,
        language=new.language,
        person_id=person_id,
        addressee=f"lead:{lead_id}",
        data={"name": "", "reference": reference},
        now=now,
    )
