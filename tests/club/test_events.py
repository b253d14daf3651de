"""Events as they are written, answered, waited for, called off, and what comes after."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from club.care.models.tables import TASKS
from club.care.service import call_who_has_no_mailbox
from club.database import transaction
from club.errors import (
    ChangedMeanwhile,
    EventFull,
    EventIsPublished,
    EventNotOpen,
    GuestIsIn,
    LinkExpired,
    NoGuestsLeft,
    NoOfferedPlace,
    NotAllowed,
    NotEnoughPoints,
    SeatsBelowTaken,
    TooManyGuests,
)
from club.events import service
from club.events.models import ANSWERS, EVENTS, INVITATIONS, WAVES, WORDS, Former, former_for, the_event
from club.events.rules import ALONE, CLOSES_AFTER, NEEDS_KEPT, Answer, Door, Party, State, Who
from club.members.models import Consent, Person
from club.merging.service import Wanted, merge
from club.messages.models import Message
from club.permissions import Role
from club.points.models import BALANCES, MOVEMENTS
from club.points.verify import violations
from club.programme.rules import Club
from tests.event_world import BY, an_event, change, come, give_points, members, published, seats_taken
from tests.people import new_colleague

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def colleague(db: Session, club: Club, now: datetime) -> int:
    account_id = new_colleague(db, now, Role.EVENTS).account_id
    assert account_id == BY
    return account_id


def states(db: Session, event_id: int) -> dict[int, str]:
    db.rollback()
    answers = select(ANSWERS.c.person_id, ANSWERS.c.state).where(ANSWERS.c.event_id == event_id)
    rows = db.execute(answers.order_by(ANSWERS.c.person_id))
    return {row.person_id: row.state for row in rows}


def mails(db: Session) -> list[tuple[str, int | None]]:
    rows = db.execute(
        select(Message.act, Message.person_id).where(Message.act.like("event.%")).order_by(Message.id)
    )  # fmt: skip
    return [(row.act, row.person_id) for row in rows]


def points_of(db: Session, person_id: int) -> int:
    return db.execute(select(BALANCES.c.active).where(BALANCES.c.member_id == person_id)).scalar_one()


def test_only_who_may_write_events_does_and_members_see_no_other_price(db: Session, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        service.add_event(db, an_event(now), BY, Role.SHOP, now)
    event_id = service.add_event(db, an_event(now), BY, Role.EVENTS, now, content=b"form")
    assert service.add_event(db, an_event(now), BY, Role.EVENTS, now, content=b"form") == event_id
    with pytest.raises(EventNotOpen):
        come(db, event_id, members(db, now, 1)[0], now)
    service.publish(db, event_id, 1, BY, Role.EVENTS, now)
    with pytest.raises(EventIsPublished):
        change(db, event_id, now, points=5)
    with pytest.raises(ChangedMeanwhile):
        service.change_event(db, event_id, an_event(now), 1, BY, Role.EVENTS, now)
    copy = the_event(db, service.copy_event(db, event_id, now + 40 * DAY, BY, Role.EVENTS, now))
    assert (copy.state, copy.event.ends_at) == (State.DRAFT, now + 40 * DAY + 2 * HOUR)


@pytest.mark.proves("R116")
def test_seats_go_to_who_comes_first_and_the_line_moves_by_itself(db: Session, now: datetime) -> None:
    ana, bob, eva, max_ = members(db, now, 4)
    event_id = published(db, an_event(now, seats=2, most_guests=1), now)
    first = service.answer(db, event_id, ana, Party(("Rosa",), diet="no nuts"), now)
    assert (first.state, first.place, seats_taken(db, event_id)) == (Answer.GOING, None, 2)
    with pytest.raises(EventFull) as full:
        come(db, event_id, bob, now)
    assert (full.value.left, full.value.place) == (0, 1)
    assert service.answer(db, event_id, bob, ALONE, now, or_waitlist=True).place == 1
    assert service.answer(db, event_id, eva, ALONE, now + HOUR, or_waitlist=True).place == 2
    with pytest.raises(SeatsBelowTaken):
        change(db, event_id, now, seats=1, most_guests=0)
    service.answer(db, event_id, ana, ALONE, now + 2 * HOUR)  # Rosa stays at home
    assert states(db, event_id) == {ana: "going", bob: "offered", eva: "waitlist"}
    with pytest.raises(EventFull):
        come(db, event_id, max_, now + 2 * HOUR)
    later = now + 26 * HOUR
    assert service.follow(db, later - timedelta(seconds=1)) == 0
    assert service.follow(db, later) == 1
    assert states(db, event_id) == {ana: "going", bob: "not_going", eva: "offered"}
    with pytest.raises(NoOfferedPlace):
        come(db, event_id, eva, later + DAY)
    assert come(db, event_id, eva, later + HOUR) is Answer.GOING
    service.decline(db, event_id, ana, later + 2 * HOUR)
    service.decline(db, event_id, ana, later + 2 * HOUR)
    assert seats_taken(db, event_id) == 1
    assert mails(db) == [("event.going", ana), ("event.offered", bob), ("event.offered", eva), ("event.going", eva)]


def test_more_seats_are_offered_to_who_waits_and_a_colleague_may_pass_the_line(db: Session, now: datetime) -> None:
    people = members(db, now, 4)
    event_id = published(db, an_event(now, seats=1), now)
    for minute, person_id in enumerate(people):
        come(db, event_id, person_id, now + timedelta(minutes=minute), or_waitlist=True)
    with pytest.raises(EventFull):
        service.offer_out_of_turn(db, event_id, people[3], "founder", BY, Role.EVENTS, now)
    change(db, event_id, now, seats=2)
    assert list(states(db, event_id).values()) == ["going", "offered", "waitlist", "waitlist"]


@pytest.mark.proves("R112")
def test_a_quota_keeps_seats_for_other_tiers(db: Session, now: datetime) -> None:
    first, second = members(db, now, 2)
    event_id = published(db, an_event(now, quotas={"member": 1}), now)
    come(db, event_id, first, now)
    tier = db.execute(select(ANSWERS.c.rung_key)).scalar_one()
    change(db, event_id, now, quotas={tier: 1})
    with pytest.raises(EventFull) as full:
        come(db, event_id, second, now)
    assert full.value.left == 0
    assert seats_taken(db, event_id) == 1


@pytest.mark.proves("F-07")
def test_one_member_has_one_answer_and_so_many_guests(db: Session, now: datetime) -> None:
    (ana,) = members(db, now, 1)
    event_id = published(db, an_event(now, most_guests=2), now)
    with pytest.raises(TooManyGuests):
        service.answer(db, event_id, ana, Party(("a", "b", "c")), now)
    for _ in range(3):
        service.answer(db, event_id, ana, Party(("a", "b")), now)
    assert (seats_taken(db, event_id), len(states(db, event_id))) == (3, 1)
    assert db.scalar(select(WORDS.c.guests)) == ["a", "b"]


def test_points_are_paid_with_the_place_and_come_back_with_it_in_time(db: Session, now: datetime) -> None:
    ana, poor = members(db, now, 2)
    give_points(db, ana, 500, now)
    event_id = published(db, an_event(now, points=100, most_guests=2, answer_by=now + 5 * DAY), now)
    with pytest.raises(NotEnoughPoints):
        come(db, event_id, poor, now)
    assert (seats_taken(db, event_id), states(db, event_id)) == (0, {})
    service.answer(db, event_id, ana, Party(("", "")), now)
    service.answer(db, event_id, ana, Party(("",)), now)
    assert points_of(db, ana) == 300
    service.decline(db, event_id, ana, now)
    assert points_of(db, ana) == 500
    come(db, event_id, ana, now)
    service.decline(db, event_id, ana, now + 6 * DAY)
    assert points_of(db, ana) == 400
    assert violations(db) == []


def test_guests_who_stay_at_home_after_the_deadline_bring_no_points_back(db: Session, now: datetime) -> None:
    (ana,) = members(db, now, 1)
    give_points(db, ana, 500, now)
    event_id = published(db, an_event(now, points=100, most_guests=2, answer_by=now + 5 * DAY), now)
    service.answer(db, event_id, ana, Party(("Rosa", "Max")), now)
    service.answer(db, event_id, ana, Party(("Rosa",)), now + 5 * DAY)
    assert (points_of(db, ana), seats_taken(db, event_id)) == (200, 2)


def test_whoever_takes_a_smaller_place_than_was_offered_frees_the_rest_for_the_next(db: Session, now: datetime) -> None:
    ana, bob, eva = members(db, now, 3)
    event_id = published(db, an_event(now, seats=2, most_guests=1), now)
    service.answer(db, event_id, ana, Party(("Rosa",)), now)
    service.answer(db, event_id, bob, Party(("Max",), diet="no nuts"), now, or_waitlist=True)
    come(db, event_id, eva, now + HOUR, or_waitlist=True)
    service.decline(db, event_id, ana, now + 2 * HOUR)
    assert states(db, event_id) == {ana: "not_going", bob: "offered", eva: "waitlist"}
    service.answer(db, event_id, bob, ALONE, now + 3 * HOUR)
    assert states(db, event_id) == {ana: "not_going", bob: "going", eva: "offered"}


def test_what_was_told_with_a_place_that_lapsed_is_forgotten(db: Session, now: datetime) -> None:
    ana, bob = members(db, now, 2)
    event_id = published(db, an_event(now, seats=1), now)
    come(db, event_id, ana, now)
    service.answer(db, event_id, bob, Party(diet="no nuts"), now, or_waitlist=True)
    service.decline(db, event_id, ana, now)
    assert service.follow(db, now + 2 * DAY) == 1
    assert db.execute(select(WORDS)).all() == []


def test_points_of_an_event_that_is_called_off_come_back_after_a_merge_too(db: Session, now: datetime) -> None:
    ana, again, bob = members(db, now, 3)
    event_id = published(db, an_event(now, points=60), now)
    for one in (ana, again, bob):
        give_points(db, one, 100, now)
        come(db, event_id, one, now)
    owner = new_colleague(db, now, Role.OWNER, email="owner@example.org").account_id
    merge(db, Wanted(ana, again, "One human"), owner, Role.OWNER, now)
    service.cancel_event(db, event_id, "storm", BY, Role.EVENTS, now)
    db.rollback()
    assert (points_of(db, ana), points_of(db, bob)) == (200, 100)
    assert violations(db) == []


def test_an_event_that_is_called_off_tells_everybody_and_gives_points_back(db: Session, now: datetime) -> None:
    ana, bob, no = members(db, now, 3)
    give_points(db, ana, 100, now)
    event_id = published(db, an_event(now, points=60, seats=1), now)
    come(db, event_id, ana, now)
    come(db, event_id, bob, now, or_waitlist=True)
    service.decline(db, event_id, no, now)
    service.cancel_event(db, event_id, "storm", BY, Role.EVENTS, now)
    assert points_of(db, ana) == 100
    assert mails(db)[1:] == [("event.cancelled", ana), ("event.cancelled", bob)]
    assert service.follow(db, now) == 0
    assert points_of(db, ana) == 100
    with pytest.raises(EventNotOpen):
        service.cancel_event(db, event_id, "again", BY, Role.EVENTS, now)


def test_guests_hear_of_another_time_with_the_old_one(db: Session, now: datetime) -> None:
    (ana,) = members(db, now, 1)
    event_id = published(db, an_event(now), now)
    come(db, event_id, ana, now)
    change(db, event_id, now, note="for colleagues", seats=20)
    assert the_event(db, event_id).sequence == 0
    before = the_event(db, event_id).event
    change(db, event_id, now, starts_at=before.starts_at + HOUR, ends_at=before.ends_at + HOUR)
    told = db.execute(select(Message.data, Message.secret).where(Message.act == "event.changed")).one()
    assert (told.data["former_starts"], told.data["starts"]) == ("2026-06-25T12:00", "2026-06-25T13:00")
    assert told.data["name"] == "Member 0"
    assert told.secret == db.execute(select(ANSWERS.c.key)).scalar_one()
    assert the_event(db, event_id).sequence == 1


def test_what_is_shown_as_before_is_what_each_guest_heard(db: Session, now: datetime) -> None:
    event_id = published(db, an_event(now), now)
    first = the_event(db, event_id).event
    moved = {"starts_at": first.starts_at + HOUR, "ends_at": first.ends_at + HOUR}
    change(db, event_id, now + HOUR, **moved)
    at_first, between, at_last = now, now + HOUR + HOUR / 2, now + 3 * HOUR
    before = Former(first.starts_at, first.ends_at, first.where)
    assert former_for(db, the_event(db, event_id), at_first, now) == before
    change(db, event_id, now + 2 * HOUR, starts_at=first.starts_at, ends_at=first.ends_at)
    back = the_event(db, event_id)
    assert [former_for(db, back, heard, now) for heard in (at_first, between, at_last, None)] == [
        None, Former(**moved, where=first.where), None, None,
    ]  # fmt: skip
    assert former_for(db, back, between, first.ends_at) is None


@pytest.mark.proves("F-53", "F-09")
def test_the_door_lets_a_ticket_in_once_and_says_what_is_the_matter(
    db: Session, now: datetime, count_queries: Any
) -> None:
    ana, bob = members(db, now, 2)
    event_id, other_id = published(db, an_event(now, most_guests=1), now), published(db, an_event(now), now)
    code = service.answer(db, event_id, ana, Party(("Rosa",)), now).code
    other = service.answer(db, other_id, bob, ALONE, now).code
    service.check_in(db, event_id, "unknown", BY, Role.SUPPORT, now)
    with count_queries() as statements:
        said = service.check_in(db, event_id, f" {code.lower()}", BY, Role.SUPPORT, now, door_key="form 1")
    assert len(statements) == 2
    assert (said.result, said.full_name, said.guests_left) == (Door.WELCOME, "Member 0", 1)
    again = service.check_in(db, event_id, code, BY, Role.SUPPORT, now, door_key="form 1")
    assert again.result is Door.WELCOME
    twice = service.check_in(db, event_id, code, BY, Role.SUPPORT, now + HOUR, door_key="form 2")
    assert (twice.result, twice.in_at, twice.in_by_name is not None) == (Door.ALREADY_IN, now, True)
    assert service.check_in(db, event_id, other, BY, Role.SUPPORT, now).result is Door.OTHER_EVENT
    assert (
        service.check_in(db, event_id, code[:-1] + ("1" if code.endswith("0") else "0"), BY, Role.SUPPORT, now).result
        is Door.UNKNOWN
    )
    assert service.one_more_guest(db, event_id, said.answer_id or 0, BY, Role.SUPPORT, now).guests_left == 0
    with pytest.raises(NoGuestsLeft):
        service.one_more_guest(db, event_id, said.answer_id or 0, BY, Role.SUPPORT, now)
    with pytest.raises(GuestIsIn):
        service.decline(db, event_id, ana, now)
    service.undo_check_in(db, event_id, said.answer_id or 0, BY, Role.SUPPORT, now)
    assert service.walk_in(db, event_id, bob, 0, BY, Role.SUPPORT, now).result is Door.WELCOME
    assert states(db, event_id) == {ana: "going", bob: "attended"}
    service.decline(db, event_id, ana, now)
    assert service.check_in(db, event_id, code, BY, Role.SUPPORT, now).result is Door.CANCELLED
    with pytest.raises(NotAllowed):
        service.check_in(db, event_id, code, BY, Role.SHOP, now)


def test_whoever_came_without_a_place_and_is_taken_back_has_neither_seat_nor_paid(db: Session, now: datetime) -> None:
    (ana,) = members(db, now, 1)
    give_points(db, ana, 500, now)
    event_id = published(db, an_event(now, points=100, most_guests=2), now)
    later = now + 10 * DAY
    said = service.walk_in(db, event_id, ana, 2, BY, Role.SUPPORT, later)
    assert (points_of(db, ana), seats_taken(db, event_id)) == (200, 3)
    service.undo_check_in(db, event_id, said.answer_id or 0, BY, Role.SUPPORT, later)
    assert (points_of(db, ana), seats_taken(db, event_id)) == (500, 0)
    assert states(db, event_id) == {ana: "not_going"}


def test_a_button_for_one_more_guest_that_is_tapped_twice_counts_once(db: Session, now: datetime) -> None:
    (ana,) = members(db, now, 1)
    event_id = published(db, an_event(now, most_guests=2), now)
    code = service.answer(db, event_id, ana, Party(("Rosa", "Max")), now).code
    answer_id = service.check_in(db, event_id, code, BY, Role.SUPPORT, now).answer_id or 0
    tapped = [service.one_more_guest(db, event_id, answer_id, BY, Role.SUPPORT, now, seen=0) for _ in range(2)]
    assert [one.guests_in for one in tapped] == [1, 1]
    assert service.one_more_guest(db, event_id, answer_id, BY, Role.SUPPORT, now, seen=1).guests_in == 2


@pytest.mark.proves("F-58")
def test_after_an_event_who_came_has_points_once_and_who_did_not_is_marked(db: Session, now: datetime) -> None:
    ana, bob, eva = members(db, now, 3)
    event_id = published(db, an_event(now, seats=2, attend_points=50), now)
    come(db, event_id, ana, now)
    come(db, event_id, bob, now)
    come(db, event_id, eva, now, or_waitlist=True)
    ends_at = the_event(db, event_id).event.ends_at
    service.check_in_person(db, event_id, ana, BY, Role.EVENTS, ends_at - HOUR)
    assert service.follow(db, ends_at + CLOSES_AFTER - timedelta(seconds=1)) == 0
    for _ in range(2):
        service.follow(db, ends_at + CLOSES_AFTER)
    assert states(db, event_id) == {ana: "attended", bob: "absent", eva: "not_going"}
    assert [points_of(db, one) for one in (ana, bob, eva)] == [50, 0, 0]
    late = service.check_in_person(db, event_id, bob, BY, Role.EVENTS, ends_at + CLOSES_AFTER)
    assert (late.result, points_of(db, bob)) == (Door.WELCOME, 50)
    service.follow(db, ends_at + CLOSES_AFTER + HOUR)
    assert db.scalar(select(func.count()).select_from(MOVEMENTS).where(MOVEMENTS.c.kind == "event.earned")) == 2


def test_what_guests_told_is_forgotten_weeks_after_the_event(db: Session, now: datetime) -> None:
    (ana,) = members(db, now, 1)
    event_id = published(db, an_event(now), now)
    service.answer(db, event_id, ana, Party(diet="no nuts"), now)
    ends_at = the_event(db, event_id).event.ends_at
    assert service.night(db, now.date(), ends_at + NEEDS_KEPT - HOUR) == 0
    assert service.night(db, now.date(), ends_at + NEEDS_KEPT) == 1
    assert db.scalar(select(func.count()).select_from(WORDS)) == 0


def agree(db: Session, person_ids: list[int], now: datetime, *, is_given: bool = True) -> None:
    with transaction(db) as tx:
        said = {
            "purpose": "news", "channel": "email", "is_given": is_given, "text_version": "1", "language": "en",
            "source": "test", "at": now,
        }  # fmt: skip
        tx.execute(insert(Consent), [{"person_id": one, **said} for one in person_ids])


@pytest.mark.proves("R145")
def test_a_wave_invites_everybody_once_and_mails_who_agreed(db: Session, now: datetime, monkeypatch: Any) -> None:
    monkeypatch.setattr("club.events.service.waves.A_MINUTE", 2)
    people = members(db, now, 5)
    agree(db, people[:4], now)
    agree(db, people[3:4], now, is_given=False)
    event_id = published(db, an_event(now), now)
    come(db, event_id, people[0], now)
    wave_id = service.add_wave(db, event_id, Who.ALL, now + HOUR, BY, Role.EVENTS, now)
    assert service.write_waves(db, now) == 0
    assert service.write_waves(db, now + HOUR) == 4
    assert service.write_waves(db, now + HOUR) == 0
    wave = db.execute(select(WAVES.c.state, WAVES.c.invited, WAVES.c.mailed).where(WAVES.c.id == wave_id)).one()
    assert tuple(wave) == ("written", 4, 2)
    invited = Message.act == "event.invitation"
    rows = db.execute(select(Message.person_id, Message.secret, Message.data).where(invited)).all()
    keys = {row.person_id: row.key for row in db.execute(select(INVITATIONS.c.person_id, INVITATIONS.c.key))}
    assert {row.person_id: row.secret for row in rows} == {one: keys[one] for one in people[1:3]}
    assert len(set(keys.values())) == 4
    assert {row.data["name"] for row in rows} == {"Member 1", "Member 2"}
    service.decline(db, event_id, people[1], now + 2 * HOUR)
    service.remind(db, event_id, BY, Role.EVENTS, now + 2 * HOUR)
    assert service.write_waves(db, now + 2 * HOUR) == 1
    reminded = db.scalars(select(Message.person_id).where(Message.act == "event.reminder")).all()
    assert reminded == [people[2]]
    with pytest.raises(NotAllowed):
        service.add_wave(db, event_id, Who.ALL, now, BY, Role.SUPPORT, now)


def test_nobody_is_mailed_late_who_has_answered_or_about_what_was_called_off(db: Session, now: datetime) -> None:
    people = members(db, now, 3)
    agree(db, people, now)
    event_id, other_id = published(db, an_event(now), now), published(db, an_event(now), now)
    for one in (event_id, other_id):
        service.add_wave(db, one, Who.ALL, now, BY, Role.EVENTS, now)
    service.write_waves(db, now)

    def waiting() -> list[tuple[str, int | None]]:
        queued = select(Message.occurrence, Message.person_id).where(Message.state == "queued").order_by(Message.id)
        invited = db.execute(queued.where(Message.act == "event.invitation"))
        return [(row.occurrence.split(":")[1], row.person_id) for row in invited]

    service.decline(db, event_id, people[0], now)
    assert waiting() == [(str(event_id), one) for one in people[1:]] + [(str(other_id), one) for one in people]
    service.cancel_event(db, event_id, "storm", BY, Role.EVENTS, now)
    assert waiting() == [(str(other_id), one) for one in people]


def test_a_mailed_key_answers_for_its_person_and_event_alone(db: Session, now: datetime) -> None:
    ana, bob = members(db, now, 2)
    agree(db, [ana], now)
    event_id = published(db, an_event(now), now)
    service.add_wave(db, event_id, Who.PICKED, now, BY, Role.EVENTS, now, person_ids=[ana, bob])
    service.write_waves(db, now)
    key = db.execute(select(INVITATIONS.c.key).where(INVITATIONS.c.person_id == ana)).scalar_one()
    with pytest.raises(LinkExpired):
        service.answer_mailed(db, key[:-1] + "x", going=True, party=None, now=now)
    done = service.answer_mailed(db, key, going=True, party=None, now=now)
    assert (done.state, done.key, states(db, event_id)) == (Answer.GOING, key, {ana: "going"})
    service.answer_mailed(db, key, going=False, party=None, now=now)
    assert (states(db, event_id), seats_taken(db, event_id)) == ({ana: "not_going"}, 0)


def test_a_stranger_comes_to_a_public_event_alone(db: Session, now: datetime) -> None:
    with transaction(db) as tx:
        person = {"full_name": "Lea", "language": "en", "source": "event", "search_text": "lea", "created_at": now}
        lea = tx.execute(insert(Person).values(**person, call_name="").returning(Person.id)).scalar_one()
    event_id = published(db, an_event(now, is_public=True), now)
    assert come(db, event_id, lea, now) is Answer.GOING
    assert db.execute(select(EVENTS.c.seats_taken)).scalar_one() == 1
    assert replace(the_event(db, event_id), seats_taken=0).left == 10


def test_a_colleague_is_asked_once_to_call_whoever_has_no_mailbox(db: Session, now: datetime) -> None:
    ana, bob, eva = members(db, now, 3)
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id.in_([bob, eva])).values(email=None, email_key=None))
    event_id = published(db, an_event(now), now)
    come(db, event_id, eva, now)
    service.add_wave(db, event_id, Who.PICKED, now, BY, Role.EVENTS, now, person_ids=(ana, bob, eva))
    assert call_who_has_no_mailbox(db, now) == 0  # nothing is written yet
    service.write_waves(db, now)
    assert [call_who_has_no_mailbox(db, now) for _ in range(2)] == [1, 0]
    tasks = db.execute(select(TASKS.c.person_id, TASKS.c.owner_id, TASKS.c.what)).all()
    assert [tuple(task) for task in tasks] == [(bob, BY, "Invite by phone, there is no e-mail: Tasting")]
