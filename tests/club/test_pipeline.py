"""Stages: the pure rules, the same rules as statements over everybody, moves by hand, lost and back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.care.models import Task
from club.care.rules import Direction, Entry, Kind, Outcome
from club.care.service import log
from club.clock import ONE_DAY
from club.database import transaction
from club.errors import (
    ChangedMeanwhile,
    NotAllowed,
    NothingWritten,
    SameStageName,
    StageEndNeeded,
    StageMoved,
    TextTooLong,
)
from club.insight import service as insight
from club.leads.rules import NewLead, SourceKind
from club.leads.service import capture, own_source
from club.lost.rules import Cause
from club.members.models import Person
from club.permissions import Role
from club.pipeline.models import PLACES
from club.pipeline.models.board import Wanted, columns, listed, newest
from club.pipeline.models.names import own_names
from club.pipeline.models.people import facts_of, moves_of, stage_of_person
from club.pipeline.models.requests import WantedRequests, requests, yields
from club.pipeline.rules import STAGES, Boundaries, ByHand, Facts, How, Stage, mark_of, next_working_day, stage_of
from club.pipeline.service import as_the_rules_say, follow, lose, name_stages, note_meeting, place_by_hand, take_up
from club.pipeline.service.noting import NextStep
from club.pipeline.sql import boundaries_of
from club.programme.rules import Club
from club.purchases.models import Purchase
from club.referrals.models import Referral, ReferralTerms
from club.texts import Texts
from tests.people import new_colleague, new_signed_up_member

AS_OF = date(2026, 6, 14)
BOUNDS = Boundaries(AS_OF, middle_gap=30)
LONG_AGO = date(2025, 1, 10)
USUAL = {stage: Texts(dict.fromkeys(("en", "es", "ru"), f"usual {stage}")) for stage in Stage}
REGULAR = Facts(has_answered=True, buying_days=4, first_bought_on=LONG_AGO, usual_gap_days=30)


@pytest.mark.parametrize(
    ("facts", "stage"),
    [
        (Facts(has_answered=False), Stage.SUSPECT),
        (Facts(has_answered=True), Stage.PROSPECT),
        (Facts(has_answered=True, friends=3), Stage.PROSPECT),
        (Facts(has_answered=True, buying_days=1, first_bought_on=LONG_AGO), Stage.BUYER),
        (REGULAR, Stage.FREQUENT),
        (replace(REGULAR, buying_days=2), Stage.BUYER),
        (replace(REGULAR, usual_gap_days=31), Stage.BUYER),
        (replace(REGULAR, is_late=True), Stage.BUYER),
        (replace(REGULAR, is_best=True), Stage.LOYAL),
        (replace(REGULAR, is_best=True, usual_gap_days=90), Stage.LOYAL),
        (replace(REGULAR, is_best=True, first_bought_on=date(2025, 6, 15)), Stage.FREQUENT),
        (replace(REGULAR, friends=1), Stage.PROMOTER),
        (replace(REGULAR, friends=1, is_late=True), Stage.BUYER),
    ],
)
def test_the_first_rule_that_holds_names_the_stage(facts, stage):
    assert stage_of(facts, BOUNDS) is stage


@pytest.mark.parametrize(("day", "answer_by"), [(12, 15), (13, 15), (14, 15), (15, 16)])
def test_a_request_is_answered_by_the_next_working_day(day, answer_by):
    assert next_working_day(date(2026, 6, day)) == date(2026, 6, answer_by)  # the 12th is a Friday


def every(gap, times, last=AS_OF - ONE_DAY):
    """So many days, the last one first."""
    return [last - timedelta(days=gap * turn) for turn in range(times)]


def buys(tx, person_id, amount, *days):
    for day in days:
        tx.add(
            Purchase(
                member_id=person_id,
                channel="counter",
                reference=f"{person_id}-{day}",
                bought_on=day,
                amount=amount,
                net_amount=amount,
                tax=0,
                points=0,
                qualifying_points=0,
                net_points=0,
                net_qualifying_points=0,
                recorded_at=datetime(2026, 6, 14, 10, tzinfo=UTC),
            )
        )


@pytest.fixture
def crowd(db, club, now):
    """Somebody at every stage, some of them late or new, by name."""
    names = ("refers", "suspicious", "one", "often", "seldom", "late", "best", "new best", "brings", "friend", "joined")
    found = {
        name: new_signed_up_member(db, now, name=name, email=f"{number}@example.org").person_id
        for number, name in enumerate(names)
    }
    day = AS_OF - timedelta(days=1)
    with transaction(db) as tx:
        buys(tx, found["one"], 900, day)
        buys(tx, found["often"], 900, *every(20, 4))
        buys(tx, found["seldom"], 900, *every(100, 3))
        buys(tx, found["late"], 900, *every(10, 5, AS_OF - timedelta(days=300)))
        buys(tx, found["best"], 90_000, *every(90, 6))
        buys(tx, found["new best"], 90_000, *every(30, 4))
        buys(tx, found["brings"], 900, *every(60, 2))
        buys(tx, found["friend"], 900, day)
        for name, friend, state in (("refers", "one", "bought"), ("suspicious", "often", "refused")):
            buys(tx, found[name], 900, day)
            terms = ReferralTerms(
                is_open=True, referrer_kind="none", referrer_points=0, friend_kind="none", friend_points=0,
                least_amount=0, wait_days=0, yearly_limit=1, landing=Texts({}), asks_phone=False, made_at=now,
            )  # fmt: skip
            tx.add(terms)
            tx.flush()
            tx.add(
                Referral(
                    referrer_id=found[name],
                    friend_id=found[friend],
                    terms_id=terms.id,
                    way="link",
                    state=state,
                    evidence=[],
                )
            )
        for name in ("listed", "answered"):
            new = NewLead(full_name=name, language="en", source=SourceKind.DIRECTORY, email=f"{name}@example.org")
            found[name] = capture(tx, new, now).person_id
        asked = NewLead(full_name="asked", language="en", source=SourceKind.FORM, email="asked@example.org")
        found["asked"] = capture(tx, asked, now).person_id
        new = NewLead(full_name="f", language="en", source=SourceKind.REFERRAL, email="9@example.org")
        capture(tx, replace(new, brought_by=found["brings"]), now)
    who = new_colleague(db, now, Role.SUPPORT)
    call = Entry(kind=Kind.CALL, direction=Direction.OUT, outcome=Outcome.REACHED, summary="Will come by")
    answered_id = found["answered"]
    assert answered_id is not None
    log(db, answered_id, call, who.account_id, Role.SUPPORT, now, cause="call")
    insight.refresh(db, AS_OF, now)
    follow(db, AS_OF, now)
    return found


def test_the_night_finds_the_stage_that_the_pure_rules_find(db, crowd, now):
    bounds = boundaries_of(db, AS_OF)
    places = {row.person_id: Stage(row.stage) for row in db.execute(select(PLACES))}
    assert places == {
        person_id: stage_of(facts_of(db, person_id, AS_OF), bounds) for person_id in db.scalars(select(Person.id))
    }
    named = {name: places[person_id] for name, person_id in crowd.items()}
    assert named == {
        "refers": Stage.PROMOTER, "suspicious": Stage.BUYER,
        "one": Stage.BUYER, "often": Stage.FREQUENT, "seldom": Stage.BUYER, "late": Stage.BUYER, "best": Stage.LOYAL,
        "new best": Stage.FREQUENT, "brings": Stage.PROMOTER, "friend": Stage.BUYER, "joined": Stage.PROSPECT,
        "listed": Stage.SUSPECT, "answered": Stage.PROSPECT, "asked": Stage.PROSPECT,
    }  # fmt: skip
    assert follow(db, AS_OF, now) == 0  # a second run finds nothing to do


def test_a_purchase_moves_somebody_and_the_way_there_stays(db, crowd, now):
    with transaction(db) as tx:
        buys(tx, crowd["joined"], 900, AS_OF + timedelta(days=9))
    later = AS_OF + timedelta(days=10)
    insight.refresh(db, later, now)
    assert follow(db, later, now) == 1
    moves = moves_of(db, crowd["joined"], 5)
    assert [(one.before, one.after, one.on, one.how) for one in moves] == [
        (Stage.PROSPECT, Stage.BUYER, later, How.RULE)
    ]
    assert moves[0].days == 9  # they joined on the 15th


def test_a_hand_needs_a_reason_and_a_day_and_lets_go_after_it(db, crowd, now):
    who = new_colleague(db, now, Role.MARKETING)
    one, until = crowd["listed"], AS_OF + timedelta(days=20)
    hand = ByHand(Stage.PROSPECT, "Rang back", until)
    for wrong, refusal in (
        (replace(hand, why=" "), NothingWritten),
        (replace(hand, until=None), StageEndNeeded),
        (replace(hand, until=AS_OF), StageEndNeeded),
        (replace(hand, until=AS_OF + timedelta(days=900)), StageEndNeeded),
    ):
        with pytest.raises(refusal):
            place_by_hand(db, one, Stage.SUSPECT, wrong, who.account_id, Role.MARKETING, now)
    with pytest.raises(NotAllowed):
        place_by_hand(db, one, Stage.SUSPECT, hand, who.account_id, Role.SHOP, now)
    place_by_hand(db, one, Stage.SUSPECT, hand, who.account_id, Role.MARKETING, now)
    with pytest.raises(StageMoved):  # a colleague saw the page before
        place_by_hand(db, one, Stage.SUSPECT, hand, who.account_id, Role.MARKETING, now)
    follow(db, until, now)
    assert stage_of_person(db, one).stage is Stage.PROSPECT
    follow(db, until + ONE_DAY, now)
    stands = stage_of_person(db, one)
    assert stands is not None
    assert (stands.stage, stands.set_until, stands.why) == (Stage.SUSPECT, None, "")
    assert [one.how for one in moves_of(db, one, 5)] == [How.RULE, How.HAND]
    place_by_hand(db, one, Stage.SUSPECT, hand, who.account_id, Role.MARKETING, now)
    as_the_rules_say(db, one, Stage.PROSPECT, who.account_id, Role.MARKETING, now)
    assert stage_of_person(db, one).stage is Stage.SUSPECT
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.like("stage.%")).order_by(AuditEntry.id)).all()
    assert acts == ["stage.set", "stage.set", "stage.let_go"]


def test_whoever_is_lost_comes_back_with_a_purchase_a_request_or_by_hand(db, crowd, now):
    who = new_colleague(db, now, Role.MARKETING)
    by = (who.account_id, Role.MARKETING, now)
    for name in ("joined", "asked", "one"):
        stands = stage_of_person(db, crowd[name])
        assert stands is not None
        lose(db, crowd[name], stands.stage, Cause.PRICE, "Too dear", *by)
    assert [card.full_name for card in listed(db, Wanted(stage="lost"), AS_OF, "since", 9, 0)]
    with transaction(db) as tx:
        buys(tx, crowd["joined"], 900, now.date() + timedelta(days=2))
        again = NewLead(full_name="asked", language="en", source=SourceKind.EVENT, email="asked@example.org")
        capture(tx, again, now + timedelta(days=3))
    later = now.date() + timedelta(days=4)
    insight.refresh(db, later, now)
    follow(db, later, now)
    take_up(db, crowd["one"], *by)
    with pytest.raises(StageMoved):
        take_up(db, crowd["one"], *by)
    places = {name: stage_of_person(db, crowd[name]) for name in ("joined", "asked", "one")}
    assert {name: place and (place.stage, place.lost_on, place.cause) for name, place in places.items()} == {
        "joined": (Stage.BUYER, None, None), "asked": (Stage.PROSPECT, None, None), "one": (Stage.BUYER, None, None),
    }  # fmt: skip


def test_a_field_note_joins_whoever_is_known_and_leaves_a_task(db, crowd, now):
    who = new_colleague(db, now, Role.EVENTS)
    met = NewLead(full_name="One", language="en", source=SourceKind.NOTE, email="2@example.org", message="At the fair")
    then = NextStep("Call", now.date() + timedelta(days=2))
    for _ in range(2):
        kept = note_meeting(db, met, then, who.account_id, Role.EVENTS, now, once="form:1")
    assert (kept.person_id, kept.is_first) == (crowd["one"], False)
    with pytest.raises(NotAllowed):
        note_meeting(db, met, then, who.account_id, Role.SHOP, now, once="form:2")
    assert [tuple(row) for row in db.execute(select(Task.person_id, Task.what, Task.owner_id))] == [
        (crowd["one"], "Call", who.account_id)
    ]


def test_board_list_and_requests_take_few_queries_however_many_people_there_are(db, crowd, now, count_queries):
    day = now.date()
    with count_queries() as queries:
        board, cards = columns(db, day), newest(db, STAGES)
        page = listed(db, Wanted(step="none"), day, "-worth", 50, 0)
        lines = requests(db, WantedRequests(), day, 50, 0)
        brought = yields(db)
    assert len(queries) <= 10, "\n".join(queries.statements)
    assert {column.stage: column.people for column in board} == {
        Stage.SUSPECT: 1, Stage.PROSPECT: 3, Stage.BUYER: 5, Stage.FREQUENT: 2, Stage.LOYAL: 1, Stage.PROMOTER: 2,
    }  # fmt: skip
    assert all(column.steps["none"] == column.people for column in board)
    assert [card.full_name for card in cards[Stage.LOYAL]] == ["best"]
    assert page[0].full_name in {"best", "new best"}
    assert {line.full_name for line in lines} == {"listed", "answered", "asked"}
    assert {(one.source.kind, one.people, one.buyers) for one in brought} == {
        (SourceKind.DIRECTORY, 2, 0), (SourceKind.FORM, 1, 0), (SourceKind.REFERRAL, 0, 0),
    }  # fmt: skip


def test_the_clubs_own_source_of_a_kind_is_made_once(db, club, now):
    with transaction(db) as tx:
        assert own_source(tx, SourceKind.SHOP, now) == own_source(tx, SourceKind.SHOP, now)


def test_the_club_calls_the_stages_as_its_people_do(db: Session, club: Club, now: datetime) -> None:
    by = new_colleague(db, now, Role.SUPPORT).account_id
    named = {Stage.SUSPECT: Texts({"en": " Strangers "}), Stage.BUYER: Texts({"ru": "Гости"})}
    name_stages(db, named, USUAL, mark_of({}), by, Role.SUPPORT, now)
    there = own_names(db)
    assert there == {Stage.SUSPECT: Texts({"en": "Strangers"}), Stage.BUYER: Texts({"ru": "Гости"})}
    alike = {**there, Stage.LOYAL: Texts({"en": "strangers"})}
    for names, seen, refusal in (
        (alike, there, SameStageName),
        ({Stage.LOYAL: Texts({"en": "Usual BUYER"})}, there, SameStageName),
        ({Stage.LOYAL: Texts({"en": "x" * 31})}, there, TextTooLong),
        ({}, {}, ChangedMeanwhile),
    ):
        with pytest.raises(refusal):
            name_stages(db, names, USUAL, mark_of(seen), by, Role.SUPPORT, now)
    with pytest.raises(NotAllowed):
        name_stages(db, {}, USUAL, mark_of(there), by, Role.SHOP, now)
    assert own_names(db) == there
    name_stages(db, {}, USUAL, mark_of(there), by, Role.SUPPORT, now)
    assert own_names(db) == {}
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act == "stages.named")).all()
    assert len(acts) == 2
