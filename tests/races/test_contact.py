"""Several workers with mails for one customer who may get one more, each a process of its own, on both databases."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from club.care.service import write_letter
from club.contact.models import CONTACTS, waits
from club.contact.service import note_contact
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_person
from club.messages.models import Message
from club.messages.service import PostOffice, send_due
from club.permissions import Role
from club.programme.models import Programme
from club.programme.rules import Club
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

ANA = 1


class Taking:
    """A mail server that takes everything."""

    def send(self, mail: object) -> None:
        """Taken."""

    def close(self) -> None:
        """Nothing was opened."""


@pytest.fixture
def letters(db: Session, club: Club, now: datetime) -> None:
    """A letter for each worker, all to one customer, whom the club may write to once a month."""
    eva = new_colleague(db, now, Role.SUPPORT).account_id
    with transaction(db) as tx:
        person = NewPerson(full_name="Ana", language="en", source="guest", email="ana@example.org")
        assert new_person(tx, person, None, now) == ANA
        tx.execute(update(Programme).values(contact_most=1, stamp=Programme.stamp + 1))
        tx.execute(update(Message).values(state="sent"))
    for number in range(TILLS):
        write_letter(db, ANA, "Hello", "A few words", eva, Role.SUPPORT, now, once=str(number))


def _send(db: Session, till: int, now: datetime) -> Any:
    return send_due(db, PostOffice(Taking(), "https://club.example", "club@example.org"), lambda: now).sent


def _let_out_without_the_lock(db: Session, till: int, now: datetime) -> Any:
    """Look first, without holding the person; then write what was decided, and trust it."""
    is_free = waits(db, ANA, now) is None
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        note_contact(tx, ANA, way="mail", cause=f"message:{till}", now=now)
    return int(is_free)


@pytest.mark.proves("R20")
def test_of_the_mails_of_all_workers_no_more_than_the_cap_go_out(
    db: Session, letters: None, database_url: str, now: datetime
) -> None:
    assert sum(at_all_tills(database_url, now, _send)) == 1
    assert db.scalar(select(func.count()).select_from(CONTACTS)) == 1
    assert db.scalar(select(func.count()).where(Message.state == "queued")) == TILLS - 1


def test_without_holding_the_customer_all_of_them_go_out(
    db: Session, letters: None, database_url: str, now: datetime
) -> None:
    assert sum(at_all_tills(database_url, now, _let_out_without_the_lock)) == TILLS
    assert db.scalar(select(func.count()).select_from(CONTACTS)) == TILLS
