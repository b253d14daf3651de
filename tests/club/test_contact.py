"""How often and when the club turns to one person: one gate for all channels, and nothing is lost at it."""

import heapq
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from club.care import service as care
from club.care.rules import Direction, Entry, Kind
from club.contact.models import CONTACTS, contacts_of, waits
from club.contact.rules import Pace, Wait, Waits, is_quiet, wait_for
from club.contact.service import note_contact
from club.database import transaction
from club.errors import BadSetting
from club.members.rules import NewPerson
from club.members.service import new_person
from club.messages.models import Letter, latest
from club.messages.repair import try_again
from club.messages.rules import Cause
from club.messages.service import Round, queue, send_due
from club.messages.smtp import AddressRefused, ServerTrouble, TryLater
from club.permissions import Role
from club.programme import service as programme
from club.programme.models import Programme
from club.programme.rules import Club
from tests.club.test_messages import StandIn, at, office
from tests.people import new_colleague

MADRID = "Europe/Madrid"
USUAL = Pace(4, 30, 21 * 60, 9 * 60)
DAY = timedelta(days=1)
EVENING = datetime(2026, 6, 15, 20, 30, tzinfo=UTC)
"""22:30 in Madrid."""
MORNING = datetime(2026, 6, 16, 7, 0, tzinfo=UTC)


# --- the rule


def test_the_fifth_contact_waits_until_the_first_is_so_many_days_old(now: datetime) -> None:
    contacts = [now - 20 * DAY, now - 10 * DAY, now - 2 * DAY, now - DAY]
    assert wait_for(now, contacts, USUAL, MADRID) == Wait(now + 10 * DAY, Waits.CAP)
    assert wait_for(now, contacts[1:], USUAL, MADRID) is None
    assert wait_for(now + 10 * DAY, contacts, USUAL, MADRID) is None


def test_nobody_is_written_to_at_night_by_the_clock_of_the_club() -> None:
    assert wait_for(EVENING, [], USUAL, MADRID) == Wait(MORNING, Waits.QUIET)
    assert wait_for(EVENING, [], USUAL, "America/New_York") is None
    assert wait_for(EVENING, [], replace(USUAL, quiet_from=540), MADRID) is None


def test_where_the_cap_ends_at_night_the_contact_waits_for_the_morning() -> None:
    contacts = [EVENING - 30 * DAY + timedelta(minutes=1)] * 4
    assert wait_for(EVENING - timedelta(hours=3), contacts, USUAL, MADRID) == Wait(MORNING, Waits.CAP)


_MOMENTS = st.integers(0, 270 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
_MINUTES = st.integers(0, 24 * 60 - 1)
_PACES = st.builds(Pace, st.integers(1, 4), st.integers(1, 20), _MINUTES, _MINUTES)


@pytest.mark.proves("R20")
@given(
    pace=_PACES,
    zone=st.sampled_from([MADRID, "America/St_Johns", "Australia/Lord_Howe", "UTC"]),
    wanted=st.lists(_MOMENTS, max_size=25),
    calls=st.lists(_MOMENTS, max_size=6),
)
def test_never_more_than_the_cap_in_any_stretch_of_days_and_nothing_is_dropped(
    pace: Pace, zone: str, wanted: list[datetime], calls: list[datetime]
) -> None:
    """Mails wait and are tried again; calls happen when they happen, and count."""
    due = [(moment, number) for number, moment in enumerate(wanted)]
    heapq.heapify(due)
    sent: list[datetime] = []
    while due:
        moment, number = heapq.heappop(due)
        before = [one for one in (*sent, *calls) if one <= moment]
        wait = wait_for(moment, before, pace, zone)
        if wait is None:
            sent.append(moment)
        else:
            assert wait.until > moment
            heapq.heappush(due, (wait.until, number))
    assert len(sent) == len(wanted)
    for number, moment in enumerate(sent):
        earlier = [*sent[:number], *(call for call in calls if call <= moment)]
        assert sum(one > moment - timedelta(days=pace.days) for one in earlier) < pace.most
        assert not is_quiet(moment, pace, zone)


# --- the gate


@pytest.fixture
def ana(db: Session, club: Club, now: datetime) -> int:
    new_colleague(db, now, Role.SUPPORT)
    with transaction(db) as tx:
        person = NewPerson(full_name="Ana Kern", language="en", source="guest", email="ana@example.org")
        person_id = new_person(tx, person, None, now)
    assert send_due(db, office(StandIn()), at(now)).handled == 1  # the invitation of the colleague
    return person_id


def write(db: Session, person_id: int, now: datetime, once: str = "1") -> None:
    assert care.write_letter(db, person_id, "Hello", "A few words", 1, Role.SUPPORT, now, once=once)


def send(db: Session, now: datetime, *answers: Exception | None) -> tuple[Round, int]:
    server = StandIn(*answers)
    return send_due(db, office(server), at(now)), len(server.mails)


def the_letter(db: Session) -> Letter:
    letter = latest(db)[0]
    db.rollback()
    return letter


def counted(db: Session, person_id: int, now: datetime) -> list[datetime]:
    db.rollback()
    return contacts_of(db, person_id, now)


def call(db: Session, person_id: int, now: datetime, direction: Direction = Direction.OUT) -> None:
    entry = Entry(kind=Kind.CALL, summary="About the wine", direction=direction)
    care.log(db, person_id, entry, 1, Role.SUPPORT, now)


@pytest.mark.proves("R20")
def test_mails_and_calls_count_together_and_the_fifth_waits_for_its_day(db: Session, ana: int, now: datetime) -> None:
    call(db, ana, now - 3 * DAY)
    call(db, ana, now - 2 * DAY, Direction.IN)
    for number in range(3):
        write(db, ana, now, f"{number}")
    assert send(db, now) == (Round(sent=3), 3)
    assert counted(db, ana, now) == [now, now, now, now - 3 * DAY]

    write(db, ana, now, "late")
    letter = the_letter(db)
    assert (letter.next_try_at, letter.waits_for) == (now + 27 * DAY, "cap")
    assert send(db, now + 27 * DAY - timedelta(seconds=1)) == (Round(), 0)
    assert send(db, now + 27 * DAY) == (Round(sent=1), 1)
    assert (the_letter(db).state, the_letter(db).waits_for) == ("sent", "")


def test_of_two_that_wait_for_the_same_day_one_goes_and_one_waits_on(db: Session, ana: int, now: datetime) -> None:
    for back in (29, 3, 2, 1):
        call(db, ana, now - back * DAY)
    write(db, ana, now, "1")
    write(db, ana, now, "2")
    assert send(db, now + DAY) == (Round(sent=1, held=1), 1)
    assert the_letter(db).next_try_at == now + 27 * DAY


@pytest.mark.proves("R20")
def test_what_is_written_in_quiet_hours_waits_for_the_morning(db: Session, ana: int) -> None:
    write(db, ana, EVENING)
    assert (the_letter(db).next_try_at, the_letter(db).waits_for) == (MORNING, "quiet")
    assert send(db, MORNING - timedelta(minutes=1)) == (Round(), 0)
    assert send(db, MORNING) == (Round(sent=1), 1)


def test_what_was_due_by_day_and_is_taken_up_at_night_waits_too(db: Session, ana: int, now: datetime) -> None:
    write(db, ana, now)
    assert send(db, EVENING) == (Round(held=1), 0)
    assert (the_letter(db).next_try_at, the_letter(db).tries) == (MORNING, 0)


def test_service_is_always_sent_and_counts_for_nothing(db: Session, ana: int) -> None:
    for _ in range(4):
        call(db, ana, EVENING - DAY)
    with transaction(db) as tx:
        queue(
            tx, "tier.reached", occurrence="1", recipient="ana@example.org", language="en", person_id=ana,
            data={"name": "Ana", "tier": {"en": "Gold"}}, now=EVENING,
        )  # fmt: skip
    assert send(db, EVENING) == (Round(sent=1), 1)
    assert len(counted(db, ana, EVENING)) == 4


def test_an_objection_that_came_after_the_words_stops_them(db: Session, ana: int, now: datetime) -> None:
    write(db, ana, EVENING)
    care.set_objection(db, ana, True, 1, Role.SUPPORT, EVENING)
    assert send(db, MORNING) == (Round(given_up=1), 0)
    letter = the_letter(db)
    assert (letter.state, letter.cause, counted(db, ana, MORNING)) == ("given_up", Cause.CONSENT, [])


@pytest.mark.parametrize("trouble", [TryLater("busy"), ServerTrouble("gone"), AddressRefused(452, "full")])
def test_what_did_not_leave_does_not_count(db: Session, ana: int, now: datetime, trouble: Exception) -> None:
    write(db, ana, now)
    assert send(db, now, trouble)[0] == Round(put_off=1)
    assert counted(db, ana, now) == []
    later = now + timedelta(hours=2)
    assert send(db, later) == (Round(sent=1), 1)
    assert counted(db, ana, later) == [later]


def test_what_was_given_up_does_not_count_until_it_goes_after_all(db: Session, ana: int, now: datetime) -> None:
    write(db, ana, now)
    assert send(db, now, AddressRefused(550, "5.1.1 unknown"))[0] == Round(given_up=1)
    assert counted(db, ana, now) == []
    manager = new_colleague(db, now, Role.MANAGER).account_id
    try_again(db, the_letter(db).id - 1, manager, Role.MANAGER, now)
    assert send(db, now) == (Round(sent=2), 2)
    assert counted(db, ana, now) == [now]


def test_a_mail_that_is_taken_up_again_after_its_sender_died_counts_once(db: Session, ana: int, now: datetime) -> None:
    write(db, ana, now)
    with pytest.raises(KeyboardInterrupt):
        send_due(db, office(StandIn(KeyboardInterrupt())), at(now))  # type: ignore[arg-type]
    later = now + timedelta(hours=1)
    assert send(db, later) == (Round(sent=1), 1)
    assert counted(db, ana, later) == [later]


def test_the_same_contact_is_noted_once(db: Session, ana: int, now: datetime) -> None:
    with transaction(db) as tx:
        for _ in range(2):
            note_contact(tx, ana, way="visit", cause="interaction:7", now=now)
    assert db.scalars(select(CONTACTS.c.way)).all() == ["visit"]


def test_the_club_sets_its_own_pace(db: Session, ana: int, now: datetime) -> None:
    with transaction(db) as tx:
        tx.execute(update(Programme).values(contact_most=1, contact_days=2, stamp=Programme.stamp + 1))
    call(db, ana, now)
    assert waits(db, ana, now) == Wait(now + 2 * DAY, Waits.CAP)


@pytest.mark.parametrize(
    "wrong", [{"contact_most": 0}, {"contact_days": 367}, {"quiet_from": 1440}, {"quiet_until": -1}]
)
def test_a_pace_that_is_none_is_refused(club: Club, wrong: dict[str, int]) -> None:
    with pytest.raises(BadSetting):
        programme.check(replace(club, **wrong))  # type: ignore[arg-type]
