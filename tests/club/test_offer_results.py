"""What an offer brought: members held back see and get nothing, and both groups are told apart as the rule says."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from club.catalogue.rules.pricing import Buyer
from club.database import transaction
from club.errors import OfferNotYours
from club.insight.offer_results import before_and_after, lift_of
from club.members.models import Person
from club.offers.counting import candidates_for, held_back
from club.offers.models import OFFERS, USES, the_offer
from club.offers.reading import open_offers
from club.offers.rules import Place, Way, is_held_back
from club.offers.service import activate
from club.offers.verify import violations
from tests.gift_world import climb, member
from tests.offer_world import TODAY, an_offer, running
from tests.tier_world import add_purchase

pytestmark = pytest.mark.usefixtures("club")


@pytest.mark.proves("F-49")
def test_who_is_held_back_neither_sees_nor_gets_it(db: Session, now: datetime) -> None:
    climb(db, now)
    people = [member(db) for _ in range(12)]
    by_itself = running(db, an_offer(held_back_percent=50), now)
    back = {one for one in people if is_held_back(by_itself, one, 50)}
    assert 0 < len(back) < len(people)
    assert set(db.scalars(select(Person.id).where(held_back(by_itself, Person.id, 50)))) == back
    for person_id in people:
        buyer = Buyer(person_id, "member", frozenset({"member"}), 0)
        seen = {one.id for one in open_offers(db, buyer, TODAY)}
        counts = {one.offer_id for one in candidates_for(db, buyer, TODAY, Place.SHOP)}
        assert seen == counts == (set() if person_id in back else {by_itself})


def test_who_is_held_back_cannot_activate_it(db: Session, now: datetime) -> None:
    people = [member(db) for _ in range(12)]
    offer_id = running(db, an_offer(way=Way.ACTIVATE, held_back_percent=50), now)
    for person_id in people:
        if is_held_back(offer_id, person_id, 50):
            with pytest.raises(OfferNotYours):
                activate(db, person_id, offer_id, now)
        else:
            assert activate(db, person_id, offer_id, now)


def test_sales_are_told_with_and_without_and_before_and_after(db: Session, now: datetime) -> None:
    people = [member(db) for _ in range(80)]
    offer_id = running(db, an_offer(held_back_percent=50, starts_on=TODAY - timedelta(days=100)), now)
    back = {one for one in people if is_held_back(offer_id, one, 50)}
    for person_id in people:
        add_purchase(db, person_id, date(2026, 4, 1), (100_00 if person_id in back else 150_00) + person_id % 5 * 100)
    lift = lift_of(db, the_offer(db, offer_id), TODAY)
    assert lift is not None
    assert (lift.given.members, lift.held_back.members) == (80 - len(back), len(back))
    assert lift.is_large_enough
    assert lift.can_be_told
    assert abs(lift.difference - 50_00) <= lift.margin < 2_00
    user = next(one for one in people if one not in back)
    for bought_on, amount in ((date(2026, 3, 1), 40_00), (date(2026, 1, 20), 7_00), (date(2026, 4, 20), 60_00)):
        add_purchase(db, user, bought_on, amount)
    with transaction(db) as tx:
        tx.execute(
            insert(USES).values(
                offer_id=offer_id, person_id=user, cause_kind="purchase", cause_id=1, state="used", saves=1, cost=1,
                used_at=now - timedelta(days=75),
            )
        )  # fmt: skip
        tx.execute(update(OFFERS).values(taken=1, spent=1))
    around = before_and_after(db, offer_id, now)
    assert (around.members, around.before, around.after) == (1, 40_00, 60_00 + 150_00 + user % 5 * 100)


@pytest.mark.broken_offers
def test_what_does_not_add_up_is_found(db: Session, now: datetime) -> None:
    person_id = member(db)
    offer_id = running(db, an_offer(way=Way.ACTIVATE), now)
    activate(db, person_id, offer_id, now)
    assert violations(db) == []
    db.rollback()
    with transaction(db) as tx:
        tx.execute(update(OFFERS).values(taken=0, spent=5))
    assert [(one.id, one.what.split()[0]) for one in violations(db)] == [(offer_id, "an"), (offer_id, "what")]
