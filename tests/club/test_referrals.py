"""Friends are brought, buy and are rewarded; doubtful claims wait for a colleague; returned goods take rewards back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from club.accrual.service import record_return_in
from club.audit import AuditEntry
from club.database import transaction
from club.errors import BadReferralTerms, ChangedMeanwhile, NotAllowed, NotFound, OwnMembership, ReasonMissing
from club.merging.service import Wanted, merge
from club.offers.models import OFFERS, VOUCHERS
from club.offers.rules import Way, Who
from club.offers.service import activate, end_offer
from club.permissions import Role
from club.points.models import MOVEMENTS
from club.points.service import hold, spend_hold
from club.programme.rules import Club
from club.purchases.rules import COUNTER, ReturnOf
from club.referrals import service
from club.referrals.models import REFERRALS
from club.referrals.reading import earned_by, friends_of, host_of, progress_of
from club.referrals.rules import Reward, RewardKind, Signal, State
from tests.offer_world import TODAY, an_offer, running
from tests.people import mails_to, new_colleague, new_signed_up_member
from tests.referral_world import AFTER_THE_WINDOW, TERMS, Friends, from_browser


@pytest.fixture
def friends(db: Session, club: Club, now: datetime) -> Friends:
    made = Friends(db, now)
    made.terms()
    return made


def gives_back(db: Session, friends: Friends, person_id: int, amount: int, later: timedelta) -> None:
    wanted = ReturnOf(
        channel=COUNTER, reference=f"R-{person_id}", own_reference=f"B-{person_id}",
        corrected_on=(friends.now + later).date(), amount=amount,
    )  # fmt: skip
    with transaction(db) as tx:
        record_return_in(tx, wanted, None, friends.now + later)


@pytest.mark.proves("F-15")
def test_both_are_rewarded_once_after_the_first_purchase_has_passed_its_window(db: Session, friends: Friends) -> None:
    ana = friends.member()
    berta = friends.joins(friends.code_of(ana), "berta@example.org")
    assert friends.state(berta) is State.JOINED
    friends.buys(berta)
    friends.night()
    assert (friends.state(berta), friends.row(berta).due_on.isoformat()) == (State.BOUGHT, "2026-06-30")
    friends.night(timedelta(days=14))
    assert friends.state(berta) is State.BOUGHT
    own = friends.points(berta)
    assert friends.points(ana) == 0
    for _ in range(2):
        friends.night(AFTER_THE_WINDOW)
    assert friends.state(berta) is State.REWARDED
    assert (friends.points(ana), friends.points(berta) - own) == (500, 500)
    kinds = db.scalars(select(MOVEMENTS.c.kind).where(MOVEMENTS.c.kind.in_(["referral.earned", "friend.earned"])))
    assert sorted(kinds) == ["friend.earned", "referral.earned"]
    assert [mail.act for mail in mails_to(db, "ana@example.org")] == ["referral.joined", "referral.rewarded"]
    assert mails_to(db, "berta@example.org")[-1].act == "friend.rewarded"


@pytest.mark.proves("F-15")
def test_a_hundred_scripted_sign_ups_bring_no_point(db: Session, friends: Friends) -> None:
    ana = friends.member()
    code = friends.code_of(ana)
    robots = [friends.joins(code, f"robot{n}@example.org", asking=from_browser(7)) for n in range(100)]
    for days in (1, 20, 60):
        friends.night(timedelta(days=days))
    assert (friends.points(ana), {friends.points(one) for one in robots}) == (0, {0})
    in_review = select(func.count()).where(REFERRALS.c.state == State.REVIEW.value)
    assert db.scalar(in_review) == 99
    assert len(mails_to(db, "ana@example.org")) == 1


@pytest.mark.proves("F-14")
def test_own_variants_phones_browsers_and_addresses_wait_for_a_colleague(db: Session, friends: Friends) -> None:
    ana = friends.member(email="ana.garcia@gmail.com", phone="+34 912 345 678")
    code = friends.code_of(ana, from_browser(1))
    near = friends.joins(code, "anagarcia+2@gmail.com")
    household = friends.joins(code, "berta@example.org", phone="+34 912 345 678")
    device = friends.joins(code, "carla@example.org", asking=from_browser(1))
    again = friends.joins(code, "b.erta+x@example.org")
    assert [friends.signals(one) for one in (near, household, device, again)] == [
        [Signal.MAILBOX], [Signal.PHONE], [Signal.DEVICE], [Signal.MAILBOX],
    ]  # fmt: skip
    for one in (near, household, device, again):
        friends.buys(one)
    friends.night(AFTER_THE_WINDOW)
    assert {friends.state(one) for one in (near, household, device, again)} == {State.REVIEW}
    assert friends.points(ana) == 0


@pytest.mark.proves("F-15")
def test_whoever_looks_like_somebody_further_up_closes_a_circle(friends: Friends) -> None:
    ana = friends.member(email="ana@gmail.com")
    berta = friends.joins(friends.code_of(ana), "berta@example.org")
    carla = friends.joins(friends.code_of(berta, from_browser(2)), "carla@example.org")
    again = friends.joins(friends.code_of(carla, from_browser(3)), "a.na+new@gmail.com")
    assert Signal.CIRCLE in friends.signals(again) or Signal.MAILBOX in friends.signals(again)
    assert friends.state(again) is State.REVIEW


def test_who_had_bought_before_is_not_new_and_small_purchases_do_not_count(db: Session, friends: Friends) -> None:
    ana = friends.member()
    code = friends.code_of(ana)
    old, small = friends.joins(code, "old@example.org"), friends.joins(code, "small@example.org")
    friends.buys(old, day=friends.now.date() - timedelta(days=3), reference="imported")
    friends.buys(old)
    friends.buys(small, amount=1999)
    friends.night(AFTER_THE_WINDOW)
    assert (friends.state(old), friends.row(old).cause, friends.state(small)) == (
        State.REFUSED, "not_new", State.JOINED,
    )  # fmt: skip
    assert friends.points(ana) == 0


@pytest.mark.proves("F-15")
def test_goods_that_come_back_take_both_rewards_back_and_may_leave_a_debt(db: Session, friends: Friends) -> None:
    ana = friends.member()
    berta = friends.joins(friends.code_of(ana), "berta@example.org")
    friends.buys(berta)
    friends.night(AFTER_THE_WINDOW)
    before = friends.points(berta)
    with transaction(db) as tx:
        today = (friends.now + AFTER_THE_WINDOW).date()
        spend_hold(tx, hold(tx, ana, "voucher", 1, 500, today, friends.now), today, friends.now)
    gives_back(db, friends, berta, 4000, timedelta(days=20))
    for _ in range(2):
        friends.night(timedelta(days=21))
    assert (friends.state(berta), friends.row(berta).cause) == (State.TAKEN_BACK, "returned")
    assert friends.points(ana) == -500
    assert friends.points(berta) < before - 499
    reversed_ = db.scalars(select(MOVEMENTS.c.kind).where(MOVEMENTS.c.kind.like("%.reversed")))
    assert sorted(reversed_) == ["friend.reversed", "referral.reversed"]


def test_goods_that_come_back_before_the_reward_leave_the_friend_waiting(db: Session, friends: Friends) -> None:
    ana = friends.member()
    berta = friends.joins(friends.code_of(ana), "berta@example.org")
    friends.buys(berta)
    friends.night()
    gives_back(db, friends, berta, 5000, timedelta(days=5))
    friends.night(AFTER_THE_WINDOW)
    assert (friends.state(berta), friends.row(berta).purchase_id, friends.points(ana)) == (State.JOINED, None, 0)


@pytest.mark.proves("F-15")
def test_beyond_the_years_limit_only_the_friend_is_rewarded(db: Session, friends: Friends) -> None:
    ana = friends.member()
    code = friends.code_of(ana)
    many = [friends.joins(code, f"friend{n}@example.org") for n in range(4)]
    for one in many:
        friends.buys(one)
    friends.night(AFTER_THE_WINDOW)
    assert friends.points(ana) == 1500
    assert [friends.row(one).is_over_limit for one in many] == [False, False, False, True]
    earned = earned_by(db, ana, (friends.now + AFTER_THE_WINDOW).date())
    assert (earned.points, earned.rewarded_this_year) == (1500, 3)


def test_a_voucher_is_given_taken_back_unused_and_missing_offers_are_looked_at(
    db: Session, club: Club, now: datetime
) -> None:
    friends = Friends(db, now)
    offer_id = running(db, an_offer(way=Way.ACTIVATE, only_given=True), now)
    friends.terms(replace(TERMS, friend=Reward(RewardKind.VOUCHER, offer_id=offer_id)))
    ana = friends.member()
    code = friends.code_of(ana)
    berta, carla = friends.joins(code, "berta@example.org"), friends.joins(code, "carla@example.org")
    friends.buys(berta)
    friends.night(AFTER_THE_WINDOW)
    assert db.execute(select(VOUCHERS.c.person_id, VOUCHERS.c.state)).all() == [(berta, "active")]
    with pytest.raises(NotFound):  # nobody takes a second one by themselves
        activate(db, berta, offer_id, now + AFTER_THE_WINDOW)
    gives_back(db, friends, berta, 5000, timedelta(days=20))
    friends.night(timedelta(days=21))
    assert db.execute(select(VOUCHERS.c.state)).scalar_one() == "undone"
    with transaction(db) as tx:  # an order held it at that moment and set it free since
        tx.execute(update(VOUCHERS).values(state="active", ended_at=None))
        tx.execute(update(OFFERS).where(OFFERS.c.id == offer_id).values(taken=1))
    friends.night(timedelta(days=22))
    assert db.execute(select(VOUCHERS.c.state)).scalar_one() == "undone"
    by = new_colleague(db, now, Role.MARKETING, "other@example.org").account_id
    end_offer(db, offer_id, by, Role.MARKETING, now + timedelta(days=23))
    friends.buys(carla)
    friends.night(timedelta(days=24))
    assert (friends.state(carla), friends.signals(carla)) == (State.REVIEW, [Signal.NO_VOUCHER])
    assert friends.points(ana) == 0


def test_only_offers_that_come_as_a_gift_alone_and_last_can_be_promised(db: Session, club: Club, now: datetime) -> None:
    friends = Friends(db, now)
    gift = an_offer(way=Way.ACTIVATE, only_given=True)
    wrong = (
        an_offer(way=Way.ACTIVATE, who=Who.ALL),
        replace(gift, ends_on=TODAY + timedelta(days=9)),
    )  # fmt: skip
    by = new_colleague(db, now, Role.MARKETING, "terms@example.org").account_id
    for number, offer in enumerate(wrong):
        terms = replace(TERMS, referrer=Reward(RewardKind.VOUCHER, offer_id=running(db, offer, now)))
        with pytest.raises(BadReferralTerms):
            service.set_terms(db, terms, 0, by, Role.MARKETING, now, b"%d" % number)
    assert friends.terms(replace(TERMS, referrer=Reward(RewardKind.VOUCHER, offer_id=running(db, gift, now))))


def test_colleagues_decide_with_a_reason_and_never_about_themselves(db: Session, friends: Friends) -> None:
    ana = new_signed_up_member(db, friends.now)
    assert ana.person_id is not None
    code = friends.code_of(ana.person_id, from_browser(1))
    berta = friends.joins(code, "berta@example.org", asking=from_browser(1))
    row = friends.row(berta)
    by = new_colleague(db, friends.now, Role.MANAGER).account_id
    with pytest.raises(NotAllowed):
        service.approve(db, row.id, row.version, "seen", by, Role.SUPPORT, friends.now)
    with pytest.raises(OwnMembership):
        service.approve(db, row.id, row.version, "seen", ana.account_id, Role.MANAGER, friends.now)
    with pytest.raises(ReasonMissing):
        service.refuse(db, row.id, row.version, "  ", by, Role.MANAGER, friends.now)
    service.approve(db, row.id, row.version, "They share an office.", by, Role.MANAGER, friends.now)
    with pytest.raises(ChangedMeanwhile):
        service.refuse(db, row.id, row.version, "late", by, Role.MANAGER, friends.now)
    friends.buys(berta)
    friends.night(AFTER_THE_WINDOW)
    assert (friends.state(berta), friends.points(ana.person_id)) == (State.REWARDED, 500)
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "referral"))
    assert list(acts) == ["referral.approved"]


def test_codes_of_nobody_ones_own_and_closed_programmes_bring_nothing(db: Session, friends: Friends) -> None:
    ana = friends.member()
    code = friends.code_of(ana)
    host = host_of(db, f"{code[:4]}-{code[4:8]} {code[8:].lower()}")
    assert host is not None
    assert (host.person_id, host.name) == (ana, "")
    service.show_name(db, ana, True, from_browser(), friends.now)
    assert getattr(host_of(db, code), "name", None) == "Ana"
    assert host_of(db, "0000-0000-0000") is None
    lost = friends.joins("NOBODYS", "berta@example.org")
    friends.terms(replace(TERMS, is_open=False), b"closed", seen=1)
    late = friends.joins(code, "carla@example.org")
    assert db.scalars(select(REFERRALS.c.id).where(REFERRALS.c.friend_id.in_([lost, late]))).all() == []


def test_an_invitation_by_mail_goes_on_when_its_reader_joins(db: Session, friends: Friends) -> None:
    ana = friends.member()
    service.invite(db, ana, "berta@example.org", from_browser(), friends.now)
    service.invite(db, ana, "ana@example.org", from_browser(), friends.now)
    sent = mails_to(db, "berta@example.org")
    assert [(mail.act, mail.data["inviter"]) for mail in sent] == [("friend.invitation", "")]
    assert mails_to(db, "ana@example.org") == []
    berta = friends.joins(sent[0].data["code"], "Berta@example.org")
    assert [(one.way, one.state, one.name) for one in friends_of(db, ana)] == [
        ("mail", State.INVITED, ""), ("mail", State.JOINED, "Berta"),
    ]  # fmt: skip
    assert getattr(progress_of(db, ana), "waiting", None) == 1
    assert progress_of(db, berta) is None


def test_who_turns_out_to_be_their_own_friend_gives_it_back(db: Session, friends: Friends) -> None:
    ana = friends.member()
    berta = friends.joins(friends.code_of(ana), "berta@example.org")
    friends.buys(berta)
    friends.night(AFTER_THE_WINDOW)
    by = new_colleague(db, friends.now, Role.MANAGER).account_id
    merge(db, Wanted(stays_id=ana, goes_id=berta, why="one person"), by, Role.MANAGER, friends.now + timedelta(days=20))
    friends.night(timedelta(days=21))
    assert (friends.state(ana), friends.row(ana).cause) == (State.TAKEN_BACK, "same_person")


def test_the_list_says_the_same_whether_an_address_is_a_members_or_not(db: Session, friends: Friends) -> None:
    ana = friends.member()
    friends.member(email="known@example.org")
    for address in ("known@example.org", "known@example.org", "unknown@example.org", "unknown@example.org"):
        service.invite(db, ana, address, from_browser(), friends.now)
    assert [(one.way, one.state) for one in friends_of(db, ana)] == [("mail", State.INVITED)] * 2
    assert mails_to(db, "known@example.org") == []
    friends.night(timedelta(days=181))
    assert friends_of(db, ana) == []


def test_a_friend_whose_record_joins_one_that_was_brought_already_counts_once(db: Session, friends: Friends) -> None:
    ana, xenia = friends.member(), friends.member(email="xenia@example.org")
    first = friends.joins(friends.code_of(xenia, from_browser(8)), "first@example.org")
    second = friends.joins(friends.code_of(ana), "second@example.org")
    for one in (first, second):
        friends.buys(one)
    friends.night()
    by = new_colleague(db, friends.now, Role.MANAGER).account_id
    merge(db, Wanted(stays_id=first, goes_id=second, why="one person"), by, Role.MANAGER, friends.now)
    friends.night(AFTER_THE_WINDOW)
    assert (friends.state(first), friends.state(second), friends.row(second).cause) == (
        State.REWARDED, State.REFUSED, "merged",
    )  # fmt: skip
    assert (friends.points(ana), friends.points(xenia)) == (0, 500)


def test_who_is_found_to_be_their_own_friend_behind_another_claim_gives_it_back(db: Session, friends: Friends) -> None:
    xenia = friends.member(email="xenia@example.org")
    ana = friends.joins(friends.code_of(xenia, from_browser(8)), "ana@example.org", name="Ana Mas")
    berta = friends.joins(friends.code_of(ana, from_browser(9)), "berta@example.org")
    friends.buys(berta)
    friends.night(AFTER_THE_WINDOW)
    assert friends.state(berta) is State.REWARDED
    by = new_colleague(db, friends.now, Role.MANAGER).account_id
    merge(db, Wanted(stays_id=ana, goes_id=berta, why="one person"), by, Role.MANAGER, friends.now + timedelta(days=20))
    friends.night(timedelta(days=21))
    assert (friends.state(berta), friends.row(berta).cause) == (State.TAKEN_BACK, "same_person")


def test_a_late_night_reckons_from_the_day_on_which_the_reward_was_due(db: Session, friends: Friends) -> None:
    ana = friends.member()
    berta = friends.joins(friends.code_of(ana), "berta@example.org")
    friends.buys(berta)
    friends.night(timedelta(days=40))
    assert friends.state(berta) is State.REWARDED
    days = db.scalars(select(MOVEMENTS.c.dated_on).where(MOVEMENTS.c.kind.in_(["referral.earned", "friend.earned"])))
    assert set(days) == {friends.row(berta).due_on}
