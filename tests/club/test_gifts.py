"""Gifts on both databases: what the night gives is what the rule says of each member, once, however it is run."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry
from club.benefits.rules import Benefit
from club.benefits.rules import Kind as BenefitKind
from club.benefits.service import add_benefit
from club.clock import ONE_DAY
from club.database import transaction
from club.errors import BadGiftRule, ChangedMeanwhile, GiftNotOpen, NotAllowed, NotFound
from club.gifts import service
from club.gifts.models import GIFTS, gifts_of, given_by, standing_rules, the_rule, to_hand_over
from club.gifts.preview import preview_of
from club.gifts.rules import Kind, Option, Span, What, born_on, has_grown, is_reached
from club.members.models import Person
from club.messages.models import Message
from club.offers.models import OFFERS, VOUCHERS
from club.offers.service import activate, end_offer
from club.permissions import Role
from club.points.models import BALANCES, LOTS, MOVEMENTS
from club.texts import Texts
from club.tiers.service import reassess_all
from tests.gift_world import a_rule, a_voucher, active_points, climb, given, member, written
from tests.people import mails_to, new_colleague
from tests.tier_world import add_purchase

pytestmark = pytest.mark.usefixtures("club")

TODAY = date(2026, 6, 15)
BIG, SMALL = Option(What.POINTS, 500), Option(What.POINTS, 200)


def nights(db: Session, first: date, days: int, now: datetime) -> int:
    return sum(service.night(db, first + ONE_DAY * n, now) for n in range(days))


@pytest.mark.proves("F-16")
def test_birthdays_are_given_on_their_day_and_29_february_on_the_28th(db: Session, now: datetime) -> None:
    people = {born: member(db, born) for born in ((2, 27), (2, 28), (2, 29), (3, 1))}
    member(db)
    written(db, a_rule(), now)
    nights(db, date(2027, 2, 25), 6, now)
    nights(db, date(2028, 2, 25), 6, now)
    by_rule = [
        (people[born], str(day.year), "given", day)
        for born in people
        for year in (2027, 2028)
        for day in (date(year, 2, 25) + ONE_DAY * n for n in range(6))
        if born in born_on(day)
    ]
    assert given(db) == sorted(by_rule)
    assert active_points(db) == dict.fromkeys(people.values(), 200)


@pytest.mark.proves("F-16", "F-58")
def test_a_night_run_again_or_a_birthday_that_moved_gives_nothing_twice(db: Session, now: datetime) -> None:
    ana = member(db, (6, 16))
    written(db, a_rule(), now)
    assert nights(db, TODAY, 1, now) == 1
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id == ana).values(birth_month=6, birth_day=18))
    assert nights(db, TODAY, 4, now) == 0
    with transaction(db) as tx:
        tx.execute(update(Person).where(Person.id == ana).values(birth_month=1, birth_day=5))
    assert nights(db, date(2027, 1, 3), 3, now) == 0
    assert active_points(db) == {ana: 100}
    kinds = db.execute(select(MOVEMENTS.c.kind, MOVEMENTS.c.why).order_by(MOVEMENTS.c.id)).all()
    assert [(row.kind, row.why) for row in kinds] == [
        ("gift.earned", {"rule_id": 1, "gift": "birthday"}),
        ("lot.activated", None),
    ]


def test_the_highest_tier_that_somebody_has_decides_what_they_get(db: Session, now: datetime) -> None:
    climb(db, now)
    ana, ben = member(db, (6, 16)), member(db, (6, 16))
    add_purchase(db, ana, TODAY, 400_00)
    reassess_all(db, TODAY, now)
    written(db, a_rule(), now)
    written(db, a_rule(Kind.BIRTHDAY, BIG, rung_key="silver"), now)
    nights(db, TODAY, 1, now)
    assert active_points(db) == {ana: 500, ben: 100}


def test_an_anniversary_brings_a_voucher_that_waits_for_its_member(db: Session, now: datetime) -> None:
    ana = member(db, joined=date(2024, 6, 16))
    member(db, joined=TODAY + ONE_DAY)
    option = a_voucher(db, now)
    written(db, a_rule(Kind.ANNIVERSARY, option, hold_days=30), now)
    assert nights(db, TODAY, 2, now) == 1
    rows = db.execute(select(VOUCHERS.c.person_id, VOUCHERS.c.state, VOUCHERS.c.good_until, VOUCHERS.c.points)).all()
    assert [tuple(row) for row in rows] == [(ana, "active", TODAY + timedelta(days=31), 0)]
    assert db.scalar(select(OFFERS.c.taken)) == 1
    db.rollback()
    with pytest.raises(NotFound):
        activate(db, ana, option.offer_id or 0, now)


def test_an_offer_that_was_ended_is_given_to_nobody(db: Session, now: datetime) -> None:
    member(db, (6, 16))
    option = a_voucher(db, now)
    rule_id = written(db, a_rule(Kind.BIRTHDAY, option), now)
    end_offer(db, option.offer_id or 0, 1, Role.MARKETING, now)
    assert nights(db, TODAY, 1, now) == 0
    assert given(db) == []
    db.rollback()
    with pytest.raises(BadGiftRule):
        service.change_rule(db, rule_id, a_rule(Kind.BIRTHDAY, option), 1, Role.MARKETING, now)


@pytest.mark.proves("R9")
def test_growth_against_the_own_period_before_is_given_once_to_whom_the_rule_says(db: Session, now: datetime) -> None:
    rule = a_rule(Kind.GROWTH, threshold_percent=20, least=100_00, wait_days=14)
    bought = [(100_00, 120_00), (100_00, 119_99), (99_99, 500_00), (300_00, 300_00), (300_00, 100_00), (0, 900_00)]
    people = {member(db): sums for sums in bought}
    for person_id, (before, since) in people.items():
        for amount, day in ((before, date(2024, 5, 1)), (since, date(2025, 12, 31)), (7_000_00, date(2026, 1, 1))):
            if amount:
                add_purchase(db, person_id, day, amount)
    written(db, rule, now)
    grew = [person_id for person_id, sums in people.items() if has_grown(rule, *sums)]
    assert preview_of(db, rule, TODAY).gifts == len(grew) == 1
    assert preview_of(db, rule, TODAY).span == Span(date(2025, 1, 1), date(2025, 12, 31))
    db.rollback()
    nights(db, date(2026, 1, 10), 10, now)
    assert given(db) == [(person_id, "2025-12-31", "given", date(2026, 1, 15)) for person_id in grew]
    assert nights(db, date(2026, 1, 14), 1, now) == 0


def test_at_a_milestone_a_member_chooses_once_within_the_term(db: Session, now: datetime) -> None:
    climb(db, now)
    rule = a_rule(Kind.MILESTONE, BIG, a_voucher(db, now), rung_key="silver", at_percent=60, choose_days=30)
    spent = {member(db): amount for amount in (400_00, 599_99, 600_00, 999_99, 1_000_00)}
    for person_id, amount in spent.items():
        add_purchase(db, person_id, TODAY, amount)
    reassess_all(db, TODAY, now)
    rule_id = written(db, rule, now)
    reached = [one for one, amount in spent.items() if is_reached(rule, amount, 1_000_00) and amount < 1_000_00]
    assert preview_of(db, rule, TODAY).gifts == len(reached) == 2
    db.rollback()
    nights(db, TODAY, 3, now)
    service.change_rule(db, rule_id, replace(rule, at_percent=50), 1, Role.MARKETING, now)
    nights(db, TODAY + 3 * ONE_DAY, 2, now)
    found = {row[0]: row for row in given(db)}
    assert set(found) == {*reached, next(one for one, amount in spent.items() if amount == 599_99)}
    ana, ben = reached
    gift = gifts_of(db, ana, TODAY)[0]
    assert gift.can_be_chosen(gift.choose_until or TODAY)
    db.rollback()
    voucher_id = service.choose(db, ana, gift.id, 1, now)
    assert db.scalar(select(VOUCHERS.c.person_id).where(VOUCHERS.c.id == voucher_id)) == ana
    db.rollback()
    for position in (0, 1):
        with pytest.raises(GiftNotOpen):
            service.choose(db, ana, gift.id, position, now)
    with pytest.raises(NotFound):
        service.choose(db, ben, gift.id, 0, now)
    assert active_points(db) == {}


def test_who_does_not_choose_gets_the_first_thing_after_the_last_day(db: Session, now: datetime) -> None:
    climb(db, now)
    ana, ben = member(db), member(db)
    for person_id in (ana, ben):
        add_purchase(db, person_id, TODAY, 300_00)
    written(db, a_rule(Kind.MILESTONE, BIG, SMALL, rung_key="member", at_percent=50, choose_days=5), now)
    nights(db, TODAY, 1, now)
    gift = gifts_of(db, ana, TODAY)[0]
    db.rollback()
    service.choose(db, ana, gift.id, 1, now)
    assert nights(db, TODAY + ONE_DAY, 5, now) == 0
    assert active_points(db) == {ana: 200}
    assert nights(db, TODAY + 6 * ONE_DAY, 2, now) == 1
    assert active_points(db) == {ana: 200, ben: 500}


def test_a_benefit_that_was_chosen_waits_for_staff(db: Session, now: datetime) -> None:
    who = new_colleague(db, now, Role.SHOP).account_id
    benefit_id = _a_benefit(db, now)
    ana = member(db, (6, 16))
    written(db, a_rule(Kind.BIRTHDAY, Option(What.BENEFIT, benefit_id=benefit_id)), now)
    nights(db, TODAY, 1, now)
    waiting = to_hand_over(db, 10)
    assert [(one.person_id, one.benefit_id) for one in waiting] == [(ana, benefit_id)]
    db.rollback()
    with pytest.raises(NotAllowed):
        service.hand_over(db, waiting[0].gift_id, who, Role.READ_ONLY, now)
    service.hand_over(db, waiting[0].gift_id, who, Role.SHOP, now)
    assert to_hand_over(db, 10) == []
    db.rollback()
    with pytest.raises(GiftNotOpen):
        service.hand_over(db, waiting[0].gift_id, who, Role.SHOP, now)


def test_a_choice_is_changed_until_it_was_had(db: Session, now: datetime) -> None:
    who = new_colleague(db, now, Role.SHOP).account_id
    climb(db, now)
    ana = member(db)
    add_purchase(db, ana, TODAY, 300_00)
    voucher, benefit = a_voucher(db, now), Option(What.BENEFIT, benefit_id=_a_benefit(db, now))
    rule = a_rule(Kind.MILESTONE, benefit, voucher, BIG, rung_key="member", at_percent=50, choose_days=30)
    written(db, rule, now)
    nights(db, TODAY, 1, now)
    gift_id = gifts_of(db, ana, TODAY)[0].id
    db.rollback()
    with pytest.raises(GiftNotOpen):
        service.choose_instead(db, ana, gift_id, 0, 1, now)
    service.choose(db, ana, gift_id, 1, now)
    service.choose_instead(db, ana, gift_id, 1, 0, now)
    voucher_id = service.choose_instead(db, ana, gift_id, 0, 1, now)
    states = db.execute(select(VOUCHERS.c.id, VOUCHERS.c.state).order_by(VOUCHERS.c.id)).all()
    assert [state for _id, state in states] == ["undone", "active"] and states[1].id == voucher_id
    assert db.scalar(select(OFFERS.c.taken)) == 1
    db.rollback()
    with pytest.raises(GiftNotOpen):  # another window shows what was chosen before
        service.choose_instead(db, ana, gift_id, 0, 2, now)
    service.choose_instead(db, ana, gift_id, 1, 0, now)
    service.hand_over(db, gift_id, who, Role.SHOP, now)
    with pytest.raises(GiftNotOpen):
        service.choose_instead(db, ana, gift_id, 0, 2, now)
    service.take_back(db, gift_id, who, Role.SHOP, now)
    service.choose_instead(db, ana, gift_id, 0, 2, now)
    for position in (0, 1):
        with pytest.raises(GiftNotOpen):
            service.choose_instead(db, ana, gift_id, 2, position, now)
    assert (active_points(db), db.scalar(select(OFFERS.c.taken))) == ({ana: 500}, 0)


def test_who_has_not_chosen_is_reminded_once_a_week_before_the_last_day(db: Session, now: datetime) -> None:
    climb(db, now)
    ana, ben = member(db), member(db)
    with transaction(db) as tx:
        for person_id, email in ((ana, "ana@example.org"), (ben, "ben@example.org")):
            tx.execute(update(Person).where(Person.id == person_id).values(email=email, email_key=email))
    for person_id in (ana, ben):
        add_purchase(db, person_id, TODAY, 300_00)
    written(db, a_rule(Kind.MILESTONE, BIG, SMALL, rung_key="member", at_percent=50, choose_days=10), now)
    nights(db, TODAY, 1, now)
    service.choose(db, ben, gifts_of(db, ben, TODAY)[0].id, 1, now)
    nights(db, TODAY + ONE_DAY, 6, now)
    assert mails_to(db, "ana@example.org") == []
    nights(db, TODAY + 7 * ONE_DAY, 2, now)
    (mail,) = mails_to(db, "ana@example.org")
    assert (mail.act, mail.data["until"]) == ("gift.reminder", (TODAY + 11 * ONE_DAY).isoformat())
    assert mails_to(db, "ben@example.org") == []
    db.rollback()
    service.choose(db, ana, gifts_of(db, ana, TODAY)[0].id, 1, now)
    assert db.scalar(select(Message.cause).where(Message.act == "gift.reminder")) == "cancelled"


def _a_benefit(db: Session, now: datetime) -> int:
    texts = Texts({"en": "A visit to the cellar"})
    benefit = Benefit(texts, Texts({}), BenefitKind.EMOTIONAL, 0, None, {})
    return add_benefit(db, benefit, new_colleague(db, now, Role.OWNER).account_id, Role.OWNER, now)


def test_a_rule_is_followed_by_another_one_and_every_change_is_written_down(db: Session, now: datetime) -> None:
    rule_id = written(db, a_rule(), now)
    with pytest.raises(NotAllowed):
        service.end_rule(db, rule_id, 1, Role.SUPPORT, now)
    new_id = service.change_rule(db, rule_id, a_rule(Kind.BIRTHDAY, BIG), 1, Role.MARKETING, now)
    with pytest.raises(ChangedMeanwhile):
        service.change_rule(db, rule_id, a_rule(Kind.BIRTHDAY, SMALL), 1, Role.MARKETING, now)
    service.end_rule(db, new_id, 1, Role.MARKETING, now)
    assert standing_rules(db) == ()
    assert the_rule(db, rule_id).series == the_rule(db, new_id).series
    acts = db.scalars(select(AuditEntry.act).where(AuditEntry.act.startswith("gift_rule")).order_by(AuditEntry.id))
    assert list(acts) == ["gift_rule.added", "gift_rule.changed", "gift_rule.ended"]
    assert given_by(db) == {}
    assert db.execute(select(GIFTS.c.id)).first() is None


def test_a_choice_that_stays_with_a_merged_record_lapses_and_no_point_of_it_is_pending(
    db: Session, now: datetime
) -> None:
    one = member(db)
    other = member(db)
    rule_id = written(db, a_rule(Kind.ANNIVERSARY, Option(What.POINTS, 100)), now)
    with transaction(db) as tx:
        for person_id in (one, other):
            tx.execute(
                insert(GIFTS).values(
                    rule_id=rule_id, person_id=person_id, topic="waiting", occasion="once", due_on=date(2026, 6, 10),
                    state="open", choose_until=date(2026, 6, 14), points=0, made_at=now,
                )
            )  # fmt: skip
        tx.execute(delete(BALANCES).where(BALANCES.c.member_id == other))
    service.night(db, date(2026, 6, 14), now)
    db.rollback()
    waiting = select(GIFTS.c.person_id, GIFTS.c.state).where(GIFTS.c.topic == "waiting").order_by(GIFTS.c.person_id)
    assert db.execute(waiting).all() == [(one, "given"), (other, "lapsed")]
    assert set(db.scalars(select(LOTS.c.member_id))) == {one}
