"""Bringing oneself, or two friends, with one card: Stripe's fingerprint of it is evidence for a colleague."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from sqlalchemy.orm import Session

from club.carts.models import Owner
from club.payments.gateway import StripeGateway
from club.payments.rules import card_digest
from club.privacy.fates import FATES
from club.programme.rules import Club
from club.referrals.rules import Signal, State
from club.referrals.service.nightly import CARDS_KEPT
from demo.stripe import cards
from demo.stripe.remote import Remote
from tests.payments.conftest import KEY
from tests.payments.shop_world import CardShop, card_shop
from tests.referral_world import Friends


@pytest.fixture
def shop(db: Session, club: Club, gateway: StripeGateway, remote: Remote, now: datetime) -> Iterator[CardShop]:
    with time_machine.travel(now, tick=True):
        yield card_shop(db, gateway, remote, now)


@pytest.fixture
def friends(db: Session, shop: CardShop, now: datetime) -> Friends:
    made = Friends(db, now)
    made.terms()
    return made


def buys(shop: CardShop, person_id: int, card: cards.Card) -> int:
    """Ordered, paid by card and handed over."""
    order_id = shop.till.order(Owner(person_id=person_id), (shop.wine, 2)).order_id
    shop.start(order_id)
    shop.pay(order_id, card)
    shop.settle(order_id)
    return order_id


@pytest.mark.proves("F-14")
def test_one_card_for_member_and_friend_or_for_two_friends_waits_for_a_colleague(
    shop: CardShop, friends: Friends
) -> None:
    ana = friends.member(email="anna@example.org")
    code = friends.code_of(ana)
    berta, carla, dora, elsa = (
        friends.joins(code, f"{name}@example.org", name=name) for name in ("berta", "carla", "dora", "elsa")
    )
    paid = [(ana, cards.SUCCESS), (berta, cards.SUCCESS)]
    paid += [(carla, cards.MASTERCARD), (dora, cards.MASTERCARD), (elsa, cards.DISPUTED)]
    orders = [buys(shop, person_id, card) for person_id, card in paid[:-1]]
    friends.buys(elsa)
    for order_id in orders:
        shop.deliver(order_id)
    shop.now = friends.now
    friends.night(CARDS_KEPT / 2)
    same = [Signal.HOUSEHOLD, Signal.CARD]  # the world knows one address
    found = {one: (friends.state(one), friends.signals(one)) for one in (berta, carla, dora, elsa)}
    assert found == {
        berta: (State.REVIEW, same), carla: (State.REVIEW, same),
        dora: (State.REVIEW, same), elsa: (State.REWARDED, []),
    }  # fmt: skip
    assert friends.row(berta).evidence[-1]["person_id"] == ana
    assert friends.row(carla).evidence[-1]["person_id"] == dora
    assert [friends.row(one).friend_points for one in (berta, carla, dora, elsa)] == [0, 0, 0, 500]


def test_of_a_card_a_keyed_digest_is_kept_for_a_time_and_goes_with_its_owner(shop: CardShop, friends: Friends) -> None:
    order_id = buys(shop, friends.member(email="anna@example.org"), cards.SUCCESS)
    kept = shop.payments(order_id)[0].card
    assert kept == card_digest(cards.SUCCESS.fingerprint, KEY) != card_digest(cards.SUCCESS.fingerprint, KEY + "x")
    assert cards.SUCCESS.fingerprint.encode() not in (kept or b"")
    friends.night(CARDS_KEPT * 0.9)
    assert shop.payments(order_id)[0].card == kept
    friends.night(CARDS_KEPT * 1.1)
    assert (shop.payments(order_id)[0].card, FATES["payment"].values) == (None, {"card": None})
