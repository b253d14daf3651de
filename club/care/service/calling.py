"""Who was invited to an event and has no mailbox hears of it from a colleague: a task each, once a wave."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from club.accounts.models import Staff
from club.care.models.tables import CARERS
from club.care.rules import NewTask
from club.care.service.to_do import add_task_in
from club.clock import ONE_DAY, club_day
from club.database import Transaction, transaction
from club.events.models import ANSWERS, INVITATIONS, WAVES, the_event
from club.events.rules import State
from club.events.service.waves import note_called, uncalled_waves
from club.members.models import Person
from club.messages.words import translations
from club.programme.models import the_club

MOST_CALLS = 50
"""Of one wave: more than that nobody calls; the page of answers shows everybody."""


def call_who_has_no_mailbox(db: Session, now: datetime) -> int:
    """Tasks for the waves that were written; how many were made. Each wave once, also after a break."""
    waves = uncalled_waves(db, now)
    db.rollback()
    made = 0
    for wave_id in waves:
        with transaction(db) as tx:
            event_id = note_called(tx, wave_id, now)
            made += 0 if event_id is None else _give_tasks(tx, wave_id, event_id, now)
    return made


def _give_tasks(tx: Transaction, wave_id: int, event_id: int, now: datetime) -> int:
    """To whoever looks after the guest, else to whoever sent the wave, as far as they still work here."""
    view, club = the_event(tx, event_id), the_club(tx)
    if view.state is not State.PUBLISHED or now >= view.event.last_moment:
        return 0
    today, last = club_day(now, club.time_zone), club_day(view.event.last_moment, club.time_zone)
    due_on = max(today, min(today + ONE_DAY, last))
    title = view.event.title.into(club.main_language, club.main_language)
    words = translations(club.main_language)
    what = words.gettext("Invite by phone, there is no e-mail: %(event)s") % {"event": title}
    found = tx.execute(_without_mailbox(wave_id, event_id)).all()
    for person_id, owner_id in found:
        cause = f"event:{event_id}:call:{person_id}"
        add_task_in(
            tx, NewTask(what=what, due_on=due_on, owner_id=owner_id, person_id=person_id, cause=cause), None, now
        )
    return len(found)


def _without_mailbox(wave_id: int, event_id: int) -> Select[int, int]:
    works = select(Staff.account_id).where(Staff.disabled_at.is_(None))
    carer = and_(CARERS.c.person_id == Person.id, CARERS.c.ended_at.is_(None), CARERS.c.account_id.in_(works))
    sender = case((WAVES.c.made_by.in_(works), WAVES.c.made_by))
    owner: ColumnElement[int] = func.coalesce(CARERS.c.account_id, sender)
    answered = and_(ANSWERS.c.event_id == event_id, ANSWERS.c.person_id == Person.id)
    return (
        select(Person.id, owner)
        .join_from(INVITATIONS, WAVES, WAVES.c.id == INVITATIONS.c.wave_id)
        .join(Person, Person.id == INVITATIONS.c.person_id)
        .outerjoin(CARERS, carer)
        .outerjoin(ANSWERS, answered)
        .where(
            INVITATIONS.c.wave_id == wave_id, Person.email.is_(None), Person.merged_into.is_(None),
            ANSWERS.c.id.is_(None), owner.is_not(None),
        )
        .order_by(Person.id)
        .limit(MOST_CALLS)
    )  # fmt: skip
