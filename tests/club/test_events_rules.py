"""Who may book when, who is next in line, what the door says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from club.clock import day_ends
from club.errors import (
    AnswersClosed,
    BadEvent,
    EventNotForYou,
    EventNotOpen,
    EventOpensLater,
    NeedTooLong,
    TooManyGuests,
)
from club.events.rules import (
    Answer,
    Audience,
    Caller,
    Door,
    Fault,
    Party,
    Room,
    State,
    Waiting,
    at_the_door,
    next_in_line,
    offer_ends,
    opens_for,
    overlaps,
    points_come_back,
    why_closed,
)
from club.texts import Texts
from tests.event_world import an_event

NOW = datetime(2026, 6, 15, 10, tzinfo=UTC)
EVENT = an_event(NOW)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MEMBER = Caller(is_member=True, rung_key="member", rung_keys=frozenset({"member"}))
GOLD = Caller(is_member=True, rung_key="gold", rung_keys=frozenset({"member", "gold"}))
STRANGER = Caller(is_member=False)


@pytest.mark.parametrize(
    ("fault", "wrong"),
    [
        (Fault.TITLE, {"title": Texts({})}),
        (Fault.TIMES, {"ends_at": EVENT.starts_at}),
        (Fault.LINKS, {"online_link": "javascript:alert(1)"}),
        (Fault.SEATS, {"seats": 0}),
        (Fault.GUESTS, {"most_guests": 10}),
        (Fault.ANSWER_BY, {"answer_by": EVENT.starts_at + HOUR}),
        (Fault.POINTS, {"points": -1}),
        (Fault.RUNG, {"who": Audience.RUNG}),
        (Fault.WINDOWS, {"opens": {"gold": NOW}}),
        (Fault.WINDOWS, {"opens_at": EVENT.starts_at}),
        (Fault.QUOTAS, {"quotas": {"gold": -1}}),
        (Fault.PUBLIC, {"is_public": True, "points": 5}),
        (Fault.HOURS, {"accept_hours": 0}),
        (Fault.COST, {"cost": -1}),
    ],
)
def test_what_cannot_be_meant_is_named(fault: Fault, wrong: dict[str, Any]) -> None:
    with pytest.raises(BadEvent) as refused:
        replace(EVENT, **wrong).check()
    assert refused.value.fault == fault


@pytest.mark.proves("R145")
def test_answers_end_at_the_moment_and_not_before() -> None:
    """A deadline "by 24 October" is the end of that club day, also where the clocks go back in its night."""
    deadline = day_ends(datetime(2026, 10, 24, tzinfo=UTC).date(), "Europe/Madrid")
    assert deadline == datetime(2026, 10, 24, 22, tzinfo=UTC)
    later = day_ends(datetime(2026, 10, 25, tzinfo=UTC).date(), "Europe/Madrid")
    assert later - deadline == timedelta(hours=25)
    event = replace(EVENT, starts_at=later + DAY, ends_at=later + 2 * DAY, answer_by=later)
    assert why_closed(event, State.PUBLISHED, MEMBER, later - timedelta(microseconds=1)) is None
    assert isinstance(why_closed(event, State.PUBLISHED, MEMBER, later), AnswersClosed)
    assert (points_come_back(event, later - HOUR), points_come_back(event, later)) == (True, False)


@pytest.mark.proves("R112")
def test_a_higher_tier_books_first_and_a_tier_event_is_for_it_alone() -> None:
    event = replace(EVENT, opens_at=NOW + 2 * DAY, opens={"gold": NOW + DAY})
    assert (opens_for(event, MEMBER), opens_for(event, GOLD)) == (NOW + 2 * DAY, NOW + DAY)
    assert why_closed(event, State.PUBLISHED, GOLD, NOW + DAY) is None
    assert why_closed(event, State.PUBLISHED, MEMBER, NOW + DAY) == EventOpensLater(NOW + 2 * DAY)
    gold_only = replace(EVENT, who=Audience.RUNG, rung_key="gold")
    assert why_closed(gold_only, State.PUBLISHED, GOLD, NOW) is None
    assert why_closed(gold_only, State.PUBLISHED, MEMBER, NOW) == EventNotForYou("gold")
    assert why_closed(gold_only, State.PUBLISHED, replace(MEMBER, is_invited=True), NOW) is None


@pytest.mark.parametrize(
    ("state", "event", "who", "refusal"),
    [
        (State.DRAFT, EVENT, MEMBER, EventNotOpen("draft")),
        (State.CANCELLED, EVENT, MEMBER, EventNotOpen("cancelled")),
        (State.PUBLISHED, replace(EVENT, starts_at=NOW), MEMBER, EventNotOpen("published")),
        (State.PUBLISHED, EVENT, STRANGER, EventNotForYou(None)),
        (State.PUBLISHED, replace(EVENT, is_public=True), STRANGER, None),
        (State.PUBLISHED, replace(EVENT, who=Audience.INVITED), GOLD, EventNotForYou(None)),
    ],
)
def test_who_may_book_at_all(state: State, event: Any, who: Caller, refusal: Exception | None) -> None:
    assert why_closed(event, state, who, NOW) == refusal


def test_guests_and_words_have_their_bounds() -> None:
    Party(("Eva", "")).check(2)
    with pytest.raises(TooManyGuests):
        Party(("Eva", "")).check(1)
    with pytest.raises(NeedTooLong):
        Party(note="x" * 301).check(0)


def test_the_line_goes_in_order_and_a_party_that_does_not_fit_is_passed_over() -> None:
    line = [Waiting(1, 3, "member"), Waiting(2, 1, "gold"), Waiting(3, 1, "member")]
    assert next_in_line(line, Room(3)) == line[0]
    assert next_in_line(line, Room(2)) == line[1]
    assert next_in_line(line, Room(2, {"gold": 0})) == line[2]
    assert next_in_line(line, Room(0)) is None


def test_an_offered_place_is_held_for_hours_but_never_beyond_the_beginning() -> None:
    assert offer_ends(EVENT, NOW) == NOW + DAY
    assert offer_ends(EVENT, EVENT.starts_at - HOUR) == EVENT.starts_at


def test_two_events_clash_when_they_share_a_moment() -> None:
    assert overlaps(NOW, NOW + HOUR, NOW, NOW + HOUR)
    assert not overlaps(NOW, NOW + HOUR, NOW + HOUR, NOW + 2 * HOUR)


@pytest.mark.proves("F-53")
@pytest.mark.parametrize(
    ("state", "answer", "is_here", "said"),
    [
        (State.PUBLISHED, Answer.GOING, True, Door.WELCOME),
        (State.PUBLISHED, Answer.ATTENDED, True, Door.ALREADY_IN),
        (State.PUBLISHED, Answer.GOING, False, Door.OTHER_EVENT),
        (State.PUBLISHED, Answer.NOT_GOING, True, Door.CANCELLED),
        (State.PUBLISHED, Answer.OFFERED, True, Door.CANCELLED),
        (State.CANCELLED, Answer.GOING, True, Door.CANCELLED),
        (State.OVER, Answer.ABSENT, True, Door.WELCOME),
    ],
)
def test_what_the_door_says(state: State, answer: Answer, is_here: bool, said: Door) -> None:
    assert at_the_door(state, answer, is_this_event=is_here) is said
