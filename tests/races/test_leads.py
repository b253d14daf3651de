"""Two windows send the same request at once: one lead and one person, on both databases."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from club.database import transaction
from club.leads.models import LEADS
from club.leads.rules import NewLead, SourceKind
from club.leads.service import capture, capturing, own_source
from club.members.models import Person
from club.programme.rules import Club
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

LUCIA = NewLead(full_name="Lucía Prats", language="es", source=SourceKind.FORM, phone="+34600111222", once="form")


def _send(db: Session, _number: int, now: datetime) -> bool:
    meet_the_others()
    with transaction(db) as tx:
        return capture(tx, LUCIA, now).was_kept_before


@pytest.mark.proves("F-05")
def test_one_request_sent_from_many_windows_is_one_lead(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime
) -> None:
    answers = at_all_tills(database_url, now, _send)
    assert sorted(answers) == [False, *[True] * (TILLS - 1)]
    assert (
        db.scalar(select(func.count()).select_from(LEADS)) == db.scalar(select(func.count()).select_from(Person)) == 1
    )


def _ask(db: Session, number: int, now: datetime) -> bool:
    meet_the_others()
    with transaction(db) as tx:
        return capture(tx, replace(LUCIA, once=str(number)), now).is_first


def test_requests_of_one_stranger_at_once_make_one_person(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime
) -> None:
    assert at_all_tills(database_url, now, _ask).count(True) == 1
    assert db.scalar(select(func.count()).select_from(Person)) == 1
    assert db.scalar(select(func.count()).select_from(LEADS)) == TILLS


def _ask_at_once(db: Session, number: int, now: datetime) -> bool:
    """The twin: nobody waits for the same contact, everybody looks before anybody writes."""
    look = capturing._known
    capturing._wait_for_the_same = lambda tx, contact: None

    def looked(*asked: object) -> object:
        found = look(*asked)  # type: ignore[arg-type]  # as it is called
        meet_the_others()
        return found

    capturing._known = looked  # type: ignore[assignment]  # likewise
    with transaction(db) as tx:
        return capture(tx, replace(LUCIA, once=str(number)), now).is_first


def test_without_the_wait_one_stranger_becomes_many(
    db: Session, club: Club, engine: Engine, database_url: str, now: datetime
) -> None:
    if engine.dialect.name == "sqlite":
        return  # one writer at a time: the others cannot even look
    with transaction(db) as tx:
        own_source(tx, SourceKind.FORM, now)
    assert at_all_tills(database_url, now, _ask_at_once).count(True) == TILLS
