"""What staff, members and strangers read of events, in few questions, and nothing that is not theirs."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.orm import Session

from club.database import transaction
from club.errors import AnswersClosed, LinkExpired, NotAllowed, NotFound
from club.events import service
from club.events.reading import after, answers, mine, reach, staff
from club.events.rules import ALONE, Answer, Audience, Door, Party, Who
from club.members.models import Consent
from club.permissions import Role
from club.programme.rules import Club
from club.purchases.models import Purchase
from tests.event_world import BY, an_event, come, members, published
from tests.people import new_colleague

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def colleague(db: Session, club: Club, now: datetime) -> None:
    assert new_colleague(db, now, Role.EVENTS).account_id == BY


@pytest.fixture
def evening(db: Session, now: datetime) -> tuple[int, list[int]]:
    """Two seats: one comes with a guest, two wait, one cannot, one is invited and silent."""
    people = members(db, now, 6)
    with transaction(db) as tx:
        said = {"purpose": "news", "channel": "email", "is_given": True, "text_version": "1", "language": "en"}
        tx.execute(insert(Consent), [{"person_id": one, "source": "t", "at": now, **said} for one in people])
    event_id = published(db, an_event(now, seats=2, most_guests=1, cost=1001), now)
    service.add_wave(db, event_id, Who.PICKED, now, BY, Role.EVENTS, now, person_ids=people[:5])
    service.write_waves(db, now)
    service.answer(db, event_id, people[0], Party(("Rosa",), diet="no nuts"), now)
    for minute in (2, 1):
        come(db, event_id, people[minute], now - timedelta(minutes=minute), or_waitlist=True)
    service.decline(db, event_id, people[3], now)
    return event_id, people


def test_staff_read_lists_and_answers(
    db: Session, now: datetime, evening: tuple[int, list[int]], count_queries: Any
) -> None:
    event_id, people = evening
    draft = service.add_event(db, an_event(now), BY, Role.EVENTS, now)
    with count_queries() as statements:
        (line,) = staff.events_in(db, "coming", now, limit=20)
    assert len(statements) == 1
    assert (line.id, line.seats_taken, line.going, line.waitlist, line.invited) == (event_id, 2, 1, 2, 5)
    assert [one.id for one in staff.events_in(db, "drafts", now, q="cat", limit=20)] == [draft]
    assert staff.events_in(db, "drafts", now, q="%", limit=20) == []
    assert list(staff.counts_by_view(db, now).values()) == [1, 1, 0, 0]
    assert answers.answer_counts(db, event_id) == answers.Counts(
        invited=5, going=1, guests=1, not_going=1, silent=1, waitlist=2
    )
    with count_queries() as statements:
        lines = answers.answers_in(db, event_id, limit=20)
    assert len(statements) == 1
    assert [(one.person_id, one.guests, one.diet) for one in lines][:1] == [(people[0], ("Rosa",), "no nuts")]
    waiting = answers.answers_in(db, event_id, Answer.WAITLIST, limit=20)
    assert [(one.person_id, one.place) for one in waiting] == [(people[2], 1), (people[1], 2)]
    assert [one.person_id for one in answers.answers_in(db, event_id, "silent", limit=20)] == [people[4]]
    assert answers.count_answers(db, event_id, "silent", q="mem") == 1
    assert [one.person_id for one in answers.find_guests(db, event_id, "membe")] == [people[0]]
    assert answers.find_guests(db, event_id, "me") == []
    with pytest.raises(NotAllowed):
        answers.export_answers(db, event_id, by=BY, role=Role.EVENTS, now=now)
    assert len(list(answers.export_answers(db, event_id, by=BY, role=Role.MARKETING, now=now))) == 4


def test_staff_read_waves_and_whom_one_would_reach(db: Session, now: datetime, evening: tuple[int, list[int]]) -> None:
    event_id, _ = evening
    (wave,) = staff.waves_of(db, event_id)
    assert (wave.invited, wave.mailed, wave.waiting, wave.sent, wave.failed) == (5, 5, 1, 0, 0)  # four have answered
    reached = reach.would_get(db, event_id, Who.ALL, now.date())
    assert (reached.invited, sum(reached.mailed.values()), reached.already) == (1, 1, 5)


def test_a_member_reads_their_own_events_and_no_one_elses(
    db: Session, now: datetime, evening: tuple[int, list[int]], count_queries: Any
) -> None:
    event_id, people = evening
    secret = published(db, an_event(now, who=Audience.INVITED), now)
    (own,) = mine.events_for(db, people[0], now)
    assert (own.view.id, own.is_invited, own.answer, own.seats, own.place) == (event_id, True, Answer.GOING, 2, None)
    assert mine.my_event(db, event_id, people[1], now).mine.place == 2
    page = mine.my_event(db, event_id, people[5], now)
    assert (page.would_be_place, page.closed, page.clash, page.party) == (3, None, None, ALONE)
    other = published(db, an_event(now), now)
    assert mine.my_event(db, other, people[0], now).clash == mine.Clash(
        event_id, own.view.event.title, own.view.event.starts_at
    )
    late = mine.my_event(db, event_id, people[5], own.view.event.starts_at - HOUR)
    assert late.closed is None
    assert isinstance(
        mine.my_event(db, published(db, an_event(now, answer_by=now), now), people[5], now).closed, AnswersClosed
    )
    for ask in (lambda: mine.my_event(db, secret, people[0], now), lambda: mine.public_event(db, secret)):
        with pytest.raises(NotFound):
            ask()
    with count_queries() as statements:
        home = mine.next_for_home(db, people[4], now)
    assert len(statements) == 1
    assert (home.next_going, home.unanswered and home.unanswered.view.id) == (None, event_id)
    assert secret not in [view.id for view in mine.public_events(db, now)]


def test_a_ticket_and_a_mailed_question_are_found_by_their_key(
    db: Session, now: datetime, evening: tuple[int, list[int]]
) -> None:
    event_id, people = evening
    ticket = mine.ticket_by_key(db, mine.events_for(db, people[0], now)[0].key)
    assert (ticket.view.id, ticket.person_id, ticket.guests, ticket.state) == (
        event_id, people[0], ("Rosa",), Answer.GOING,
    )  # fmt: skip
    silent = mine.mailed_by_key(db, mine.events_for(db, people[4], now)[0].key)
    assert (silent.person_id, silent.answer, silent.party) == (people[4], None, ALONE)
    with pytest.raises(LinkExpired):
        mine.mailed_by_key(db, ticket.code)
    with pytest.raises(NotFound):
        mine.ticket_by_key(db, silent.key)


def test_an_event_is_reckoned_afterwards(db: Session, now: datetime, evening: tuple[int, list[int]]) -> None:
    event_id, people = evening
    said = service.check_in_person(db, event_id, people[0], BY, Role.EVENTS, now)
    assert said.result is Door.WELCOME
    service.one_more_guest(db, event_id, said.answer_id or 0, BY, Role.EVENTS, now)
    assert answers.at_the_door(db, event_id) == (1, 1, 2)
    day = (now + 10 * DAY).date()
    with transaction(db) as tx:
        for number, (person_id, days, amount) in enumerate(
            [(people[0], -1, 500), (people[0], 0, 700), (people[0], 59, 40), (people[0], 60, 9), (people[3], 1, 800)]
        ):
            tx.execute(
                insert(Purchase).values(
                    member_id=person_id, channel="counter", reference=str(number), bought_on=day + days * DAY,
                    amount=amount, net_amount=amount, recorded_at=now,
                )
            )  # fmt: skip
    result = after.result_of(db, event_id)
    assert (result.people_in, result.cost_per_guest, result.sales_before, result.sales_after) == (2, 501, 500, 740)
    assert (result.buyers_before, result.buyers_after, result.leads, result.walk_ins) == (1, 1, 0, 0)
