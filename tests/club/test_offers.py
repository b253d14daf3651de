"""Offers from the draft to the voucher: who may write them, who gets them, what they cost, what comes back."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import select

from club.audit import AuditEntry
from club.catalogue.visitors import buyer_of
from club.database import transaction
from club.errors import (
    BadOffer,
    ChangedMeanwhile,
    NotAllowed,
    NotEnoughPoints,
    NotFound,
    OfferIsPublished,
    OfferLimitReached,
    OfferNotOpen,
    OfferNotYours,
    OfferOfTier,
    OfferUsedUp,
    OwnMembership,
    TooManyTries,
    UnknownVoucher,
    VoucherStays,
)
from club.offers import service
from club.offers.listing import Handed, picked_with_names, vouchers_of_offers
from club.offers.models import OFFERS, the_offer
from club.offers.overview import clashes, counts_by_phase, offers_in, result_of
from club.offers.reading import open_offers, the_voucher, voucher_with, vouchers_of
from club.offers.rules import Kind, Phase, VoucherState, Way, Who
from club.permissions import PERMISSIONS, Permission, Role
from club.points.models import Movement, balance_of
from club.points.service import adjust_by_hand
from club.points.verify import violations
from club.texts import Texts
from club.tiers.rules import Ladder
from club.tiers.service import set_ladder
from tests.offer_world import TEN_PERCENT, TODAY, an_offer, for_points, running
from tests.people import new_colleague, new_signed_up_member
from tests.tier_world import rung

FORM = sha256(b"one form").digest()


@pytest.fixture
def ana(db, club, now):
    return new_signed_up_member(db, now).person_id


@pytest.fixture
def marketing(db, club, now):
    return new_colleague(db, now, Role.MARKETING).account_id


def another(db, now, name):
    return new_signed_up_member(db, now, email=f"{name}@example.org").person_id


def activation(**other):
    return an_offer(way=Way.ACTIVATE, **other)


def give(db, person_id, points, now):
    adjust_by_hand(db, person_id, points, "a present", None, Role.OWNER, now)


def active(db, person_id):
    db.rollback()
    return balance_of(db, person_id, TODAY).active


@pytest.mark.parametrize("role", [role for role in Role if Permission.MANAGE_OFFERS not in PERMISSIONS[role]])
def test_offers_are_written_by_who_may(db, club, now, role):
    for act in (
        lambda: service.add_offer(db, TEN_PERCENT, 1, role, now),
        lambda: service.publish(db, 1, 1, 1, role, now),
        lambda: service.end_offer(db, 1, 1, role, now),
        lambda: service.pick(db, 1, [1], 1, role, now),
    ):
        with pytest.raises(NotAllowed):
            act()
    assert Permission.MANAGE_OFFERS in PERMISSIONS[Role.MARKETING]


def test_a_draft_is_changed_freely_and_what_members_have_seen_stays(db, now, marketing):
    who = (marketing, Role.MARKETING, now)
    offer_id = service.add_offer(db, TEN_PERCENT, *who, content=FORM)
    assert service.add_offer(db, TEN_PERCENT, *who, content=FORM) == offer_id
    twenty = replace(TEN_PERCENT, percent=20)
    service.change_offer(db, offer_id, twenty, 1, *who)
    with pytest.raises(ChangedMeanwhile):
        service.publish(db, offer_id, 1, *who)
    service.publish(db, offer_id, 2, *who)
    with pytest.raises(OfferIsPublished):
        service.change_offer(db, offer_id, replace(twenty, percent=30), 3, *who)
    longer = replace(twenty, ends_on=TODAY, budget=100_00, title=Texts({"es": "Veinte"}))
    service.change_offer(db, offer_id, longer, 3, *who)
    assert the_offer(db, offer_id).offer == longer
    copied = service.copy_offer(db, offer_id, date(2026, 7, 1), *who)
    endless = service.add_offer(db, replace(longer, ends_on=date.max), *who)
    assert the_offer(db, service.copy_offer(db, endless, date(2026, 7, 1), *who)).offer.ends_on == date.max
    assert the_offer(db, copied).phase(TODAY) is Phase.DRAFT
    assert [view.id for view in offers_in(db, Phase.LIVE, TODAY)] == [offer_id]
    assert [view.id for view in clashes(db, an_offer(Kind.AMOUNT), TODAY)] == [offer_id]
    service.end_offer(db, offer_id, *who)
    assert {phase: count for phase, count in counts_by_phase(db, TODAY).items() if count} == {
        Phase.DRAFT: 3, Phase.ENDED: 1,
    }  # fmt: skip
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.subject == "offer").order_by(AuditEntry.id))
    assert list(acts) == [
        "offer.added", "offer.changed", "offer.published", "offer.changed", "offer.copied", "offer.added",
        "offer.copied", "offer.ended",
    ]  # fmt: skip


def test_an_offer_that_nobody_could_have_is_not_published(db, now, marketing):
    partner = activation(kind=Kind.PARTNER, percent=0)
    for offer in (an_offer(who=Who.PICKED), partner):
        offer_id = service.add_offer(db, offer, marketing, Role.MARKETING, now)
        with pytest.raises(BadOffer):
            service.publish(db, offer_id, 1, marketing, Role.MARKETING, now)


def test_what_is_activated_is_a_voucher_once_and_can_be_taken_back_for_ten_minutes(db, now, ana):
    offer_id = running(db, activation(limit_all=1, limit_member=1, ends_on=TODAY), now)
    voucher_id = service.activate(db, ana, offer_id, now)
    assert service.activate(db, ana, offer_id, now) == voucher_id
    voucher = the_voucher(db, voucher_id, ana)
    assert (voucher.state(TODAY), voucher.good_until) == (VoucherState.ACTIVE, TODAY)
    assert voucher.state(TODAY + timedelta(days=1)) is VoucherState.EXPIRED
    assert voucher_with(db, voucher.shown_code.lower(), ana).id == voucher_id
    service.undo(db, ana, voucher_id, now + timedelta(minutes=9, seconds=59))
    assert the_offer(db, offer_id).taken == 0
    again = service.activate(db, ana, offer_id, now)
    with pytest.raises(VoucherStays):
        service.undo(db, ana, again, now + timedelta(minutes=10))
    with pytest.raises(NotFound):
        service.undo(db, another(db, now, "ben"), again, now)
    assert [(one.id, one.state(TODAY)) for one in vouchers_of(db, ana)] == [
        (again, VoucherState.ACTIVE),
        (voucher_id, VoucherState.UNDONE),
    ]


@pytest.mark.proves("F-49")
def test_an_offer_holds_from_its_first_day_to_the_end_of_its_last_by_the_clock_of_the_club(db, now, ana):
    offer_id = running(db, activation(starts_on=TODAY, ends_on=TODAY), now)
    madrid = now.replace(hour=22, minute=0) - timedelta(days=1)  # midnight in Madrid, where the club is
    for moment in (madrid - timedelta(seconds=1), madrid + timedelta(days=1)):
        with pytest.raises(OfferNotOpen):
            service.activate(db, ana, offer_id, moment)
    first = service.activate(db, ana, offer_id, madrid)
    service.undo(db, ana, first, madrid)
    service.activate(db, ana, offer_id, madrid + timedelta(days=1, seconds=-1))


def test_who_is_picked_is_added_by_others_than_themselves_and_taken_off_before_it_is_published(
    db, now, ana, marketing
):  # fmt: skip
    who, ben = (Role.MARKETING, now), another(db, now, "ben")
    offer_id = service.add_offer(db, an_offer(who=Who.PICKED), marketing, *who)
    own = new_signed_up_member(db, now, email="me@example.org")
    assert own.person_id is not None
    with pytest.raises(OwnMembership):
        service.pick(db, offer_id, [ben, own.person_id], own.account_id, *who)
    assert [service.pick(db, offer_id, wanted, marketing, *who) for wanted in ([ben], [ana], [ana, ben])] == [1, 1, 0]
    assert [service.unpick(db, offer_id, ana, marketing, *who) for _ in range(2)] == [True, False]
    service.publish(db, offer_id, 1, marketing, *who)
    with pytest.raises(OfferIsPublished):
        service.unpick(db, offer_id, ben, marketing, *who)
    assert [one.person_id for one in picked_with_names(db, offer_id, 9)] == [ben]
    logged = select(AuditEntry.act, AuditEntry.numbers).where(AuditEntry.act.like("offer.%picked"))
    assert [tuple(row) for row in db.execute(logged.order_by(AuditEntry.id))] == [
        ("offer.picked", {"before": 0, "after": 1, "person": ben}),
        ("offer.picked", {"before": 1, "after": 2, "person": ana}),
        ("offer.unpicked", {"person": ana}),
    ]


@pytest.mark.proves("F-49")
def test_who_it_is_not_for_is_told_why(db, now, ana, marketing):
    ben = another(db, now, "ben")
    set_ladder(db, Ladder((rung("member"), rung("gold", spend=10_000))), date(2024, 1, 1), None, now)
    gold = running(db, activation(who=Who.RUNG, rung_key="gold"), now)
    with pytest.raises(OfferOfTier):
        service.activate(db, ana, gold, now)
    picked = service.add_offer(db, activation(who=Who.PICKED), marketing, Role.MARKETING, now)
    service.pick(db, picked, [ben], marketing, Role.MARKETING, now)
    service.publish(db, picked, 1, marketing, Role.MARKETING, now)
    with pytest.raises(OfferNotYours):
        service.activate(db, ana, picked, now)
    assert service.activate(db, ben, picked, now)
    last = running(db, activation(limit_all=1), now)
    assert service.activate(db, ben, last, now)
    with pytest.raises(OfferUsedUp):
        service.activate(db, ana, last, now)
    draft = service.add_offer(db, activation(), marketing, Role.MARKETING, now)
    with pytest.raises(NotFound):
        service.activate(db, ana, draft, now)
    seen = {one.id: (one.is_theirs, one.is_full) for one in open_offers(db, buyer_of(db, ana, TODAY), TODAY)}
    assert seen == {gold: (False, False), last: (True, True)}


def test_points_become_a_voucher_in_one_step_and_the_same_form_costs_once(db, now, ana):
    offer_id = running(db, for_points(300, limit_member=2), now)
    give(db, ana, 500, now)
    voucher_id = service.redeem(db, ana, offer_id, FORM, now)
    assert service.redeem(db, ana, offer_id, FORM, now) == voucher_id
    assert (active(db, ana), the_voucher(db, voucher_id).points) == (200, 300)
    with pytest.raises(NotEnoughPoints):
        service.redeem(db, ana, offer_id, sha256(b"two").digest(), now)
    assert [active(db, ana), len(vouchers_of(db, ana)), the_offer(db, offer_id).taken] == [200, 1, 1]
    give(db, ana, 1000, now)
    service.redeem(db, ana, offer_id, sha256(b"two").digest(), now)
    with pytest.raises(OfferLimitReached):
        service.redeem(db, ana, offer_id, sha256(b"three").digest(), now)
    with pytest.raises(VoucherStays):
        service.undo(db, ana, voucher_id, now)
    kinds = db.scalars(select(Movement.kind).where(Movement.member_id == ana).order_by(Movement.id)).all()
    assert kinds.count("voucher.spent") == 2
    assert violations(db) == []


def test_when_the_club_ends_an_offer_points_of_unused_vouchers_come_back_once(db, now, ana, marketing):
    offer_id = running(db, for_points(300), now)
    free = running(db, activation(), now)
    give(db, ana, 300, now)
    redeemed, activated = service.redeem(db, ana, offer_id, FORM, now), service.activate(db, ana, free, now)
    for ended in (offer_id, free):
        service.end_offer(db, ended, marketing, Role.MARKETING, now)
    assert active(db, ana) == 300
    assert {the_voucher(db, one).stored for one in (redeemed, activated)} == {VoucherState.ENDED}
    assert service.night(db, TODAY, now) == 0
    with pytest.raises(OfferNotOpen):
        service.end_offer(db, free, marketing, Role.MARKETING, now)
    with pytest.raises(OfferNotOpen):
        service.activate(db, ana, free, now)
    assert active(db, ana) == 300
    assert result_of(db, offer_id).vouchers == {VoucherState.ENDED: 1}
    assert violations(db) == []


def test_points_come_back_at_night_where_ending_broke_off_on_the_last_day(db, now, ana):
    offer_id = running(db, for_points(300, voucher_days=0), now)
    give(db, ana, 300, now)
    voucher_id = service.redeem(db, ana, offer_id, FORM, now)
    with transaction(db) as tx:
        tx.execute(OFFERS.update().values(ended_at=now))
    assert service.night(db, TODAY, now + timedelta(days=1)) == 1
    assert (active(db, ana), the_voucher(db, voucher_id).stored) == (300, VoucherState.ENDED)


def test_a_code_of_a_partner_stays_with_whoever_has_it_and_its_points_are_spent(db, now, ana, marketing):
    offer = an_offer(Kind.PARTNER, way=Way.REDEEM, points=300, voucher_days=7)
    offer_id = service.add_offer(db, offer, marketing, Role.MARKETING, now)
    service.add_codes(db, offer_id, ["SPA-1"], marketing, Role.MARKETING, now)
    service.publish(db, offer_id, 1, marketing, Role.MARKETING, now)
    give(db, ana, 300, now)
    voucher_id = service.redeem(db, ana, offer_id, FORM, now)
    service.end_offer(db, offer_id, marketing, Role.MARKETING, now)
    voucher = the_voucher(db, voucher_id)
    assert (active(db, ana), voucher.stored, voucher.state(TODAY)) == (0, VoucherState.ACTIVE, VoucherState.ACTIVE)
    assert service.night(db, TODAY + timedelta(days=7), now + timedelta(days=8)) == 1
    assert (active(db, ana), the_voucher(db, voucher_id).stored) == (0, VoucherState.EXPIRED)


def test_the_night_closes_vouchers_whose_last_day_is_over(db, now, ana):
    short = running(db, activation(ends_on=TODAY), now)
    long = running(db, activation(ends_on=TODAY + timedelta(days=1)), now)
    first, second = service.activate(db, ana, short, now), service.activate(db, ana, long, now)
    over = {short: Handed(1, 0, 1), long: Handed(1, 0, 0)}
    assert vouchers_of_offers(db, [short, long], TODAY + timedelta(days=1)) == over
    db.rollback()
    assert service.night(db, TODAY, now + timedelta(days=1)) == 1
    db.rollback()
    assert [the_voucher(db, one).stored.value for one in (first, second)] == ["expired", "active"]


def test_every_code_of_a_partner_is_given_once_and_is_not_taken_back(db, now, ana, marketing):
    offer_id = service.add_offer(db, activation(kind=Kind.PARTNER, percent=0), marketing, Role.MARKETING, now)
    who = (marketing, Role.MARKETING, now)
    assert service.add_codes(db, offer_id, ["SPA-1", " SPA-1", "SPA-2", ""], *who) == 2
    assert service.add_codes(db, offer_id, ["SPA-2"], *who) == 0
    service.publish(db, offer_id, 1, *who)
    members = [ana, another(db, now, "ben"), another(db, now, "eva")]
    given = [the_voucher(db, service.activate(db, one, offer_id, now)).partner_code for one in members[:2]]
    assert given == ["SPA-1", "SPA-2"]
    with pytest.raises(OfferUsedUp):
        service.activate(db, members[2], offer_id, now)
    assert the_offer(db, offer_id).taken == 2
    with pytest.raises(VoucherStays):
        service.undo(db, ana, vouchers_of(db, ana)[0].id, now)


@pytest.mark.proves("F-55")
def test_an_unknown_code_and_one_of_somebody_else_are_the_same_and_ten_wrong_ones_mean_waiting(db, now, ana):
    ben = another(db, now, "ben")
    offer_id = running(db, activation(), now)
    theirs = the_voucher(db, service.activate(db, ben, offer_id, now)).code
    mine = the_voucher(db, service.activate(db, ana, offer_id, now)).code
    for typed in (theirs, "XXXX-XXXX-XXXX", "") * 3:
        with pytest.raises(UnknownVoucher):
            service.voucher_typed(db, typed, "ana", now, ana)
    assert service.voucher_typed(db, mine, "ana", now, ana).code == mine
    for _ in range(10):
        with pytest.raises(UnknownVoucher):
            service.voucher_typed(db, theirs, "ana", now, ana)
    with pytest.raises(TooManyTries):
        service.voucher_typed(db, mine, "ana", now, ana)
    assert service.voucher_typed(db, theirs, "ben", now, ben).code == theirs
