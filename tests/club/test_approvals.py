"""Four eyes: what waits for a second person, who that may be, and that splitting passes no limit."""

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from club.approvals import models, service
from club.approvals.models import Approval
from club.approvals.rules import State, active_after, points_need_second, tier_needs_second
from club.approvals.service import PointsChange, TierChange
from club.audit import AuditEntry, AuditWords
from club.database import transaction
from club.errors import (
    AlreadyDecided,
    AlreadyPosted,
    EndNotAhead,
    NotAllowed,
    NotEnoughPoints,
    NotFound,
    OwnMembership,
    OwnRequest,
    PointsOutOfRange,
    ReasonMissing,
    UnknownMember,
    UnknownRung,
)
from club.members.models import Person
from club.members.rules import NewPerson
from club.members.service import give_account, new_member
from club.permissions import Role
from club.points.models import BALANCES, NOTES
from club.points.service import open_account
from club.texts import Texts
from club.tiers.models import StatusNote, status_of
from club.tiers.rules import How, Ladder, Rung
from club.tiers.service import set_ladder
from tests.people import new_colleague
from tests.tier_world import add_purchase

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 6, 15)
LADDER = Ladder(
    (
        Rung("member", Texts({"en": "Member"})),
        Rung("silver", Texts({"en": "Silver"}), spend=50_000),
        Rung("gold", Texts({"en": "Gold"}), spend=120_000),
    )
)


@pytest.fixture
def ana(db, club, now):
    return member(db, now, "Ana García", "ana@example.org", "+34911222333")


@pytest.fixture
def siobhan(db, club, now):
    return new_colleague(db, now, Role.SUPPORT).account_id


@pytest.fixture
def elena(db, club, now):
    return new_colleague(db, now, Role.MANAGER).account_id


@pytest.fixture
def owner(db, club, now):
    return new_colleague(db, now, Role.OWNER).account_id


@pytest.fixture
def ladder(db, club, now):
    set_ladder(db, LADDER, date(2024, 1, 1), None, now)


def member(db, now, name, email=None, phone=None):
    with transaction(db) as tx:
        person = NewPerson(full_name=name, language="en", source="counter", email=email, phone=phone)
        person_id = new_member(tx, person, None, date(2025, 1, 1), now)
        open_account(tx, person_id)
    return person_id


def active(db, person_id):
    db.rollback()
    return db.scalar(select(BALANCES.c.active).where(BALANCES.c.member_id == person_id))


def acts(db):
    db.rollback()
    return list(db.scalars(select(AuditEntry.act).where(AuditEntry.subject.in_(("member", "person"))).order_by("id")))


def give(db, person_id, points, by, now, role=Role.SUPPORT, why="The parcel came late", once=None):
    return service.change_points(db, PointsChange(person_id, points, why, once), by, role, now)


# --- the rules


def test_what_reaches_the_limit_waits_with_what_was_changed_before():
    assert not points_need_second(9_999, 0, 10_000)
    assert points_need_second(10_000, 0, 10_000)
    assert points_need_second(-10_000, 0, 10_000)
    assert points_need_second(1, 9_999, 10_000)
    assert not points_need_second(-1, 9_998, 10_000)


def test_a_tier_that_lasts_longer_than_one_that_is_reached_waits():
    assert not tier_needs_second(date(2027, 6, 30), date(2027, 6, 30))
    assert tier_needs_second(date(2027, 7, 1), date(2027, 6, 30))
    assert not tier_needs_second(None, None)


def test_given_points_pay_a_debt_first():
    assert (active_after(0, 30, 100), active_after(50, 0, -20), active_after(0, 30, 10)) == (70, 30, 0)


# --- within the limit


def test_a_few_points_are_given_at_once_with_reason_and_author(db, ana, siobhan, now):
    outcome = give(db, ana, 500, siobhan, now)
    assert outcome.is_done
    assert active(db, ana) == 500
    assert db.execute(select(NOTES.c.by, NOTES.c.words)).all() == [(siobhan, "The parcel came late")]
    assert acts(db) == ["points.adjusted"]
    assert models.to_decide(db, 0, Role.OWNER) == []


def test_the_form_sent_twice_gives_once(db, ana, siobhan, now):
    give(db, ana, 500, siobhan, now, once=b"form")
    with pytest.raises(AlreadyPosted):
        give(db, ana, 500, siobhan, now, once=b"form")
    assert active(db, ana) == 500
    came = models.came_by(db, b"form")
    assert came is not None
    assert came[1] is State.AT_ONCE
    assert models.came_by(db, b"another") is None


@pytest.mark.parametrize(
    ("points", "why", "refusal"),
    [(0, "x", PointsOutOfRange), (10**13, " ", ReasonMissing), (5, "  ", ReasonMissing), (-1, "x", NotEnoughPoints)],
)
def test_what_cannot_be_done_is_refused_and_leaves_nothing(db, ana, siobhan, now, points, why, refusal):
    with pytest.raises(refusal):
        give(db, ana, points, siobhan, now, why=why)
    assert db.scalars(select(Approval.id)).all() == []
    assert acts(db) == []


@pytest.mark.parametrize("role", [Role.SHOP, Role.EVENTS, Role.MARKETING, Role.READ_ONLY, None])
@pytest.mark.proves("A-8.3.1", "F-36")
def test_who_may_not_adjust_points_may_not_ask_either(db, ana, siobhan, now, ladder, role):
    with pytest.raises(NotAllowed):
        give(db, ana, 500, siobhan, now, role=role)
    with pytest.raises(NotAllowed):
        service.preview_points(db, PointsChange(ana, 500, "x"), siobhan, role, now)
    with pytest.raises(NotAllowed):
        service.change_tier(db, TierChange(ana, "gold", date(2026, 12, 31), "x"), siobhan, role, now)
    with pytest.raises(NotAllowed):
        service.preview_tier(db, TierChange(ana, "gold", date(2026, 12, 31), "x"), siobhan, role, now)
    with pytest.raises(NotAllowed):
        service.give_back_tier(db, ana, "x", siobhan, role, now)


def test_somebody_who_is_no_member_has_no_points_to_change(db, club, siobhan, now):
    with pytest.raises(UnknownMember):
        give(db, 999, 500, siobhan, now)


def test_the_effect_is_shown_without_being_done(db, ana, siobhan, now):
    give(db, ana, 500, siobhan, now)
    effect = service.preview_points(db, PointsChange(ana, -200, "x"), siobhan, Role.SUPPORT, now)
    assert (effect.before.active, effect.after.active, effect.worth) == (500, 300, 200)
    assert (effect.waits, effect.limit, effect.changed_lately) == (False, 10_000, 500)
    assert active(db, ana) == 500
    assert service.preview_points(db, PointsChange(ana, 9_500, "x"), siobhan, Role.SUPPORT, now).waits


# --- above the limit


@pytest.mark.proves("F-36")
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.MANAGER, Role.OWNER])
def test_many_points_wait_for_a_second_person_whoever_asks(db, ana, siobhan, owner, now, role):
    outcome = give(db, ana, 10_000, siobhan, now, role=role)
    assert not outcome.is_done
    assert active(db, ana) == 0
    assert acts(db) == ["approval.asked"]
    (waiting,) = models.to_decide(db, owner, Role.OWNER)
    assert (waiting.id, waiting.points, waiting.active_after, waiting.asker) == (
        outcome.approval_id, 10_000, 10_000, "Support",
    )  # fmt: skip
    assert [one.id for one in models.asked_by(db, siobhan)] == [outcome.approval_id]
    assert models.counts_for(db, owner, Role.OWNER).to_decide == 1
    assert models.counts_for(db, siobhan, Role.OWNER).to_decide == 0, "nobody decides their own request"
    assert models.counts_for(db, owner, Role.SUPPORT).to_decide == 0


@pytest.mark.proves("F-36")
def test_many_small_changes_within_30_days_count_together(db, ana, siobhan, elena, now):
    assert give(db, ana, 4_000, siobhan, now).is_done
    assert give(db, ana, -3_000, siobhan, now).is_done
    assert not give(db, ana, 3_000, siobhan, now).is_done
    assert give(db, ana, 2_999, siobhan, now).is_done
    assert give(db, ana, 3_000, elena, now, role=Role.MANAGER).is_done, "another colleague has a limit of their own"
    later = now + timedelta(days=30)
    assert give(db, ana, 3_000, siobhan, later).is_done, "what is older than 30 days counts no more"


def test_the_limit_is_the_clubs(db, ana, siobhan, now):
    from_programme = Person.metadata.tables["programme"]
    with transaction(db) as tx:
        tx.execute(update(from_programme).values(approval_points=100, stamp=from_programme.c.stamp + 1))
    assert not give(db, ana, 100, siobhan, now).is_done
    assert give(db, ana, 99, siobhan, now).is_done


def test_approved_it_is_done_in_the_name_of_who_asked_and_both_are_in_the_log(db, ana, siobhan, elena, now):
    asked = give(db, ana, 12_000, siobhan, now)
    service.approve(db, asked.approval_id, "Seen the parcel", elena, Role.MANAGER, now)
    assert active(db, ana) == 12_000
    assert db.scalars(select(NOTES.c.by)).all() == [siobhan]
    assert acts(db) == ["approval.asked", "approval.approved", "points.adjusted"]
    entries = db.execute(select(AuditEntry.by, AuditEntry.numbers).order_by(AuditEntry.id.desc()).limit(2)).all()
    assert entries[0] == (siobhan, {"points": 12_000, "approval_id": asked.approval_id})
    assert entries[1].by == elena
    assert db.scalars(select(AuditWords.why).where(AuditWords.why != "").order_by(AuditWords.entry_id)).all() == [
        "The parcel came late", "Seen the parcel", "The parcel came late",
    ]  # fmt: skip
    (decided,) = models.decided_lately(db, siobhan, Role.SUPPORT, now - timedelta(days=1))
    assert (decided.state, decided.decider, decided.words) == (State.APPROVED, "Manager", "Seen the parcel")
    assert give(db, ana, 9_999, siobhan, now).is_done, "what four eyes have seen does not count for the limit"


def test_refused_nothing_is_done_and_the_reason_stays(db, ana, siobhan, elena, now):
    asked = give(db, ana, 12_000, siobhan, now)
    with pytest.raises(ReasonMissing):
        service.refuse(db, asked.approval_id, " ", elena, Role.MANAGER, now)
    service.refuse(db, asked.approval_id, "Twice the price of the wine", elena, Role.MANAGER, now)
    assert active(db, ana) == 0
    assert acts(db) == ["approval.asked", "approval.refused"]
    assert models.request(db, asked.approval_id).words == "Twice the price of the wine"
    for again in (service.approve, service.refuse):
        with pytest.raises(AlreadyDecided):
            again(db, asked.approval_id, "x", elena, Role.MANAGER, now)


@pytest.mark.proves("F-36")
def test_nobody_approves_their_own_request(db, ana, elena, now):
    asked = give(db, ana, 12_000, elena, now, role=Role.MANAGER)
    for decide in (service.approve, service.refuse):
        with pytest.raises(OwnRequest):
            decide(db, asked.approval_id, "x", elena, Role.MANAGER, now)
    assert active(db, ana) == 0


@pytest.mark.proves("A-8.3.1")
@pytest.mark.parametrize("role", [Role.SUPPORT, Role.SHOP, Role.READ_ONLY, None])
def test_who_may_not_approve_decides_nothing(db, ana, siobhan, elena, now, role):
    asked = give(db, ana, 12_000, siobhan, now)
    for decide in (service.approve, service.refuse):
        with pytest.raises(NotAllowed):
            decide(db, asked.approval_id, "x", elena, role, now)
    assert models.request(db, asked.approval_id).state is State.WAITING


def test_one_takes_ones_own_request_back_and_nobody_elses(db, ana, siobhan, elena, now):
    asked = give(db, ana, 12_000, siobhan, now)
    with pytest.raises(NotAllowed):
        service.withdraw(db, asked.approval_id, elena, now)
    service.withdraw(db, asked.approval_id, siobhan, now)
    assert models.request(db, asked.approval_id).state is State.WITHDRAWN
    with pytest.raises(AlreadyDecided):
        service.approve(db, asked.approval_id, "", elena, Role.MANAGER, now)
    with pytest.raises(NotFound):
        service.withdraw(db, 999, siobhan, now)


def test_what_cannot_be_done_any_more_is_refused_in_words_and_the_request_stays(db, ana, siobhan, elena, now):
    service.change_points(db, PointsChange(ana, 9_000, "x"), elena, Role.MANAGER, now)
    asked = give(db, ana, -10_000, siobhan, now)
    with pytest.raises(NotEnoughPoints):
        service.approve(db, asked.approval_id, "", elena, Role.MANAGER, now)
    assert models.request(db, asked.approval_id).state is State.WAITING
    assert acts(db) == ["points.adjusted", "approval.asked"]
    give(db, ana, 2_000, siobhan, now)
    service.approve(db, asked.approval_id, "", elena, Role.MANAGER, now)
    assert active(db, ana) == 1_000


def test_what_nobody_decides_in_14_days_is_over(db, ana, siobhan, elena, now):
    asked = give(db, ana, 12_000, siobhan, now)
    later = now + timedelta(days=14)
    with pytest.raises(AlreadyDecided):
        service.approve(db, asked.approval_id, "", elena, Role.MANAGER, later)
    assert service.expire_old(db, TODAY, later - timedelta(seconds=1)) == 0
    assert service.expire_old(db, TODAY, later) == 1
    assert service.expire_old(db, TODAY, later) == 0
    assert models.request(db, asked.approval_id).state is State.EXPIRED
    assert models.counts_for(db, elena, Role.MANAGER).to_decide == 0


# --- oneself


@pytest.mark.proves("F-36")
def test_nobody_changes_or_approves_for_themselves_or_their_household(db, ana, siobhan, elena, owner, now, ladder):
    by_account = member(db, now, "Support Herself", phone="+34911000111")
    with transaction(db) as tx:
        give_account(tx, by_account, siobhan)
    by_address = member(db, now, "Somebody", email="support@example.org")
    by_phone = member(db, now, "Her Husband", phone="+34911000111")
    for own in (by_account, by_address, by_phone):
        with pytest.raises(OwnMembership):
            give(db, own, 5, siobhan, now)
        with pytest.raises(OwnMembership):
            give(db, own, 50_000, siobhan, now)
        with pytest.raises(OwnMembership):
            service.change_tier(db, TierChange(own, "gold", date(2026, 12, 31), "x"), siobhan, Role.OWNER, now)
        with pytest.raises(OwnMembership):
            service.give_back_tier(db, own, "x", siobhan, Role.OWNER, now)
        asked = give(db, own, 12_000, elena, now, role=Role.MANAGER)
        for decide in (service.approve, service.refuse):
            with pytest.raises(OwnMembership):
                decide(db, asked.approval_id, "x", siobhan, Role.OWNER, now)
        service.approve(db, asked.approval_id, "", owner, Role.OWNER, now)
    assert give(db, ana, 5, siobhan, now).is_done


def test_no_door_changes_points_or_tiers_past_the_second_person():
    doors = [path for door in ("admin", "portal", "web") for path in (ROOT / door).rglob("*.py")]
    past = re.compile(r"\b(adjust_by_hand|adjust_in|set_by_hand|set_in|end_by_hand)\b(?!\")")  # a quoted one is a name
    assert doors
    assert [path.name for path in doors if past.search(path.read_text(encoding="utf-8"))] == []


# --- tiers


def test_a_manager_gives_a_tier_for_a_usual_term_at_once(db, ana, elena, now, ladder):
    change = TierChange(ana, "gold", date(2027, 6, 30), "Helped at the harvest")
    effect = service.preview_tier(db, change, elena, Role.MANAGER, now)
    assert (effect.before.key, effect.after.key, effect.after.until, effect.waits) == (
        "member", "gold", date(2027, 6, 30), False,
    )  # fmt: skip
    assert status_of(db, ana, TODAY).key == "member"
    assert service.change_tier(db, change, elena, Role.MANAGER, now).is_done
    assert (status_of(db, ana, TODAY).key, status_of(db, ana, TODAY).how) == ("gold", How.HAND)
    assert acts(db) == ["tiers.set_by_hand"]


def test_a_tier_for_longer_waits_and_so_does_whoever_may_not_set_tiers(db, ana, siobhan, elena, owner, now, ladder):
    long = TierChange(ana, "gold", date(2027, 7, 1), "Helped at the harvest")
    short = TierChange(ana, "silver", date(2026, 12, 31), "Twice a wrong bottle")
    first = service.change_tier(db, long, elena, Role.MANAGER, now)
    second = service.change_tier(db, short, siobhan, Role.SUPPORT, now)
    assert (first.is_done, second.is_done) == (False, False)
    assert status_of(db, ana, TODAY).key == "member"
    assert [(r.rung_key, r.held_key) for r in models.to_decide(db, owner, Role.OWNER)] == [
        ("gold", None), ("silver", None),
    ]  # fmt: skip
    service.approve(db, second.approval_id, "", elena, Role.MANAGER, now)
    assert status_of(db, ana, TODAY).key == "silver"
    assert db.execute(select(StatusNote.by, StatusNote.why)).all() == [(siobhan, "Twice a wrong bottle")]
    service.approve(db, first.approval_id, "", owner, Role.OWNER, now)
    assert (status_of(db, ana, TODAY).key, status_of(db, ana, TODAY).until) == ("gold", date(2027, 7, 1))


def test_a_request_for_a_tier_that_cannot_be_given_is_refused_at_once(db, ana, siobhan, now, ladder):
    change = TierChange(ana, "gold", date(2026, 12, 31), "x")
    for wrong, refusal in (
        (replace(change, rung_key="diamond"), UnknownRung),
        (replace(change, until=TODAY), EndNotAhead),
        (replace(change, until=None), EndNotAhead),
        (replace(change, why=" "), ReasonMissing),
    ):
        with pytest.raises(refusal):
            service.change_tier(db, wrong, siobhan, Role.SUPPORT, now)
    assert db.scalars(select(Approval.id)).all() == []
    assert status_of(db, ana, TODAY).id is None


def test_a_tier_given_by_hand_goes_back_to_the_rule(db, ana, elena, now, ladder):
    add_purchase(db, ana, date(2026, 5, 1), 60_000)
    service.change_tier(db, TierChange(ana, "gold", date(2026, 12, 31), "x"), elena, Role.MANAGER, now)
    assert service.preview_back_to_rule(db, ana, now).key == "silver"
    assert status_of(db, ana, TODAY).key == "gold"
    service.give_back_tier(db, ana, "It was for another member", elena, Role.MANAGER, now)
    assert (status_of(db, ana, TODAY).key, status_of(db, ana, TODAY).how) == ("silver", How.REACHED)
    with pytest.raises(NotFound):
        service.give_back_tier(db, ana, "again", elena, Role.MANAGER, now)
    assert acts(db)[-1] == "tiers.given_back"


def test_a_tier_that_was_held_before_and_still_runs_comes_back(db, ana, elena, now, ladder):
    service.change_tier(db, TierChange(ana, "silver", date(2026, 12, 31), "x"), elena, Role.MANAGER, now)
    service.change_tier(db, TierChange(ana, "gold", date(2026, 9, 30), "x"), elena, Role.MANAGER, now)
    service.give_back_tier(db, ana, "Back", elena, Role.MANAGER, now)
    back = status_of(db, ana, TODAY)
    assert (back.key, back.until, back.how) == ("silver", date(2026, 12, 31), How.RETURNED)
    with pytest.raises(ReasonMissing):
        service.give_back_tier(db, ana, " ", elena, Role.MANAGER, now)


def test_lists_ask_one_query_each(db, ana, siobhan, owner, now, count_queries):
    for points in (10_000, 20_000, 30_000):
        give(db, ana, points, siobhan, now)
    db.rollback()
    with count_queries() as queries:
        assert len(models.to_decide(db, owner, Role.OWNER)) == 3
        assert len(models.asked_by(db, siobhan)) == 3
        assert models.decided_lately(db, owner, Role.OWNER, now) == []
    assert len(queries) == 3


# --- the asker learns the outcome


def outcomes(db, account_id):
    db.rollback()
    return [(one.state, one.words, one.decider) for one in models.outcomes_for(db, account_id)]


def test_the_asker_is_told_the_outcome_once_with_the_reason(db, ana, siobhan, elena, now):
    yes, no = (give(db, ana, 20_000, siobhan, now).approval_id for _ in range(2))
    assert outcomes(db, siobhan) == []
    service.approve(db, yes, "", elena, Role.MANAGER, now)
    service.refuse(db, no, "Once is enough", elena, Role.MANAGER, now)
    assert outcomes(db, siobhan) == [(State.APPROVED, "", "Manager"), (State.REFUSED, "Once is enough", "Manager")]
    assert [models.counts_for(db, who, None).decided for who in (siobhan, elena)] == [2, 0]
    for _ in range(2):
        service.take_note(db, yes, siobhan, now)
    assert outcomes(db, siobhan) == [(State.REFUSED, "Once is enough", "Manager")]
    with pytest.raises(NotFound):
        service.take_note(db, no, elena, now)
    assert models.counts_for(db, siobhan, None).decided == 1


def test_what_nobody_decided_in_time_is_told_and_what_one_took_back_is_not(db, ana, siobhan, now):
    late, back = (give(db, ana, 20_000, siobhan, now).approval_id for _ in range(2))
    service.withdraw(db, back, siobhan, now)
    with pytest.raises(NotFound):
        service.take_note(db, late, siobhan, now)
    after = now + timedelta(days=14)
    service.expire_old(db, after.date(), after)
    assert outcomes(db, siobhan) == [(State.EXPIRED, "", None)]
