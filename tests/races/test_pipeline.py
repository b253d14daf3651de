"""Staff move people while the night does: what is noted of somebody is what happened to them, on both databases."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

from club.clock import ONE_DAY
from club.database import Transaction, transaction
from club.errors import StageMoved
from club.leads.rules import NewLead, SourceKind
from club.leads.service import capture
from club.permissions import Role
from club.pipeline.models import MOVES, PLACES
from club.pipeline.rules import ByHand, How, Stage
from club.pipeline.service import follow, following, place_by_hand
from club.programme.rules import Club
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

WHO = 1
DAY = date(2026, 6, 15)
NIGHT = DAY + timedelta(days=10)
"""The club's clock says `DAY`; for the night the hands are over, which hold until the day before it."""


@pytest.fixture
def held_people(db: Session, club: Club, now: datetime) -> None:
    """Three strangers whom somebody set among the prospects until the day before the night."""
    assert new_colleague(db, now, Role.MARKETING).account_id == WHO
    with transaction(db) as tx:
        for number in range(1, TILLS):
            new = NewLead(
                full_name=f"P{number}", language="en", source=SourceKind.DIRECTORY, email=f"{number}@example.org"
            )  # fmt: skip
            assert capture(tx, new, now).person_id == number
    follow(db, DAY, now)
    hand = ByHand(Stage.PROSPECT, "Met", NIGHT - ONE_DAY)
    for number in range(1, TILLS):
        place_by_hand(db, number, Stage.SUSPECT, hand, WHO, Role.MARKETING, now)


def _set(db: Session, number: int, now: datetime) -> str:
    try:
        place_by_hand(
            db, number, Stage.PROSPECT, ByHand(Stage.BUYER, "Paid", NIGHT + ONE_DAY), WHO, Role.MARKETING, now
        )  # fmt: skip
    except StageMoved:
        return "moved"
    return "set"


def _night_and_staff(db: Session, number: int, now: datetime) -> str:
    if number:
        return _set(db, number, now)
    follow(db, NIGHT, now)
    return "night"


def _ways(db: Session) -> dict[int, tuple[list[str], str]]:
    """Of everybody, the moves that were noted and where they stand."""
    db.rollback()
    stands = {row.person_id: row.stage for row in db.execute(select(PLACES.c.person_id, PLACES.c.stage))}
    ways: dict[int, list[str]] = {person_id: [] for person_id in stands}
    for move in db.execute(select(MOVES).order_by(MOVES.c.id)):
        ways[move.person_id].append(f"{move.before}>{move.after}")
    return {person_id: (ways[person_id], stage) for person_id, stage in stands.items()}


MET = "suspect>prospect"
SET = ([MET, "prospect>buyer"], "buyer")
LET_GO = ([MET, "prospect>suspect"], "suspect")


def test_of_staff_and_the_night_one_moves_somebody_and_only_that_is_noted(
    db: Session, held_people: None, database_url: str, now: datetime
) -> None:
    said = at_all_tills(database_url, now, _night_and_staff)
    ways = {"set": SET, "moved": LET_GO}
    assert _ways(db) == {number: ways[said[number]] for number in range(1, TILLS)}


def _night_without_the_lock(db: Session, number: int, now: datetime) -> str:
    """The twin: the night notes who moves without holding them, and staff move them before it does."""
    if number:
        meet_the_others()
        said = _set(db, number, now)
        meet_the_others()
        return said
    note = following._note_moves
    following._hold = lambda tx, where: None

    def noted(
        tx: Transaction, where: ColumnElement[bool], after: ColumnElement[str], as_of: date, how: How
    ) -> None:  # fmt: skip
        note(tx, where, after, as_of, how)
        if how is How.RULE:
            meet_the_others()
            meet_the_others()

    following._note_moves = noted
    follow(db, NIGHT, now)
    return "night"


def test_without_the_lock_moves_are_noted_that_nobody_made(
    db: Session, held_people: None, engine: Engine, database_url: str, now: datetime
) -> None:
    if engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time: staff wait for the end of the night")
    assert at_all_tills(database_url, now, _night_without_the_lock) == ["night", *["set"] * (TILLS - 1)]
    torn = ([MET, "prospect>suspect", "prospect>buyer"], "buyer")
    assert _ways(db) == dict.fromkeys(range(1, TILLS), torn)
