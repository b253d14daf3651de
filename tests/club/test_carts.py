"""Carts of guests and members: what gets in, what stays, whose it is, and what happens while a payment is open."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from club.accounts.rules import LIMITS, Limit
from club.carts import service
from club.carts.goods import look
from club.carts.models import Cart, CartLine, CartView, Owner, cart_of, cart_with, pieces_of
from club.carts.rules import MOST_LINES
from club.database import transaction
from club.errors import (
    CartFrozen,
    CartFull,
    LimitReached,
    MembersOnly,
    NoLongerSold,
    NotFound,
    NotInStep,
    OutOfStock,
    TooManyTries,
)
from club.programme.rules import Club
from tests.cart_world import Shelf
from tests.conftest import Counted
from tests.people import new_signed_up_member


@pytest.fixture
def shelf(db: Session, club: Club, now: datetime) -> Shelf:
    return Shelf(db, now)


@pytest.fixture
def ana(db: Session, shelf: Shelf, now: datetime) -> Owner:
    return Owner(person_id=new_signed_up_member(db, now).person_id)


@pytest.fixture
def ben(db: Session, shelf: Shelf, now: datetime) -> Owner:
    return Owner(person_id=new_signed_up_member(db, now, name="Ben", email="ben@example.org").person_id)


def the_cart(db: Session, owner: Owner, now: datetime) -> CartView:
    db.rollback()
    found = cart_of(db, owner, now)
    assert found is not None
    return found


def lines(db: Session, owner: Owner, now: datetime) -> dict[int, int]:
    db.rollback()
    found = cart_of(db, owner, now)
    db.rollback()
    return {} if found is None else {line.variant_id: line.quantity for line in found.lines}


# --- what gets in


def test_a_guest_gets_a_token_with_the_first_thing_and_keeps_it(db: Session, shelf: Shelf, now: datetime) -> None:
    red, white = shelf.thing(), shelf.thing("Verdejo", price=900)
    token = service.add(db, shelf.shopper(Owner()), red, 2, now)
    assert token is not None
    guest = Owner(token=token)
    assert service.add(db, shelf.shopper(guest), white, 1, now) is None
    assert service.add(db, shelf.shopper(guest), red, 1, now) is None
    assert lines(db, guest, now) == {red: 3, white: 1}
    assert pieces_of(db, guest, now) == 4
    stored = db.scalars(select(Cart.token_digest)).one()
    assert stored is not None
    assert token.encode() not in stored


def test_a_token_that_somebody_made_up_is_not_taken_over(db: Session, shelf: Shelf, now: datetime) -> None:
    token = service.add(db, shelf.shopper(Owner(token="chosen by me")), shelf.thing(), 1, now)
    assert token not in {None, "chosen by me"}
    assert lines(db, Owner(token="chosen by me"), now) == {}


def test_two_browsers_of_one_member_share_a_cart(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing()
    assert service.add(db, shelf.shopper(ana), red, 1, now) is None
    assert service.add(db, shelf.shopper(Owner(person_id=ana.person_id)), red, 1, now) is None
    assert shelf.in_carts() == {1: {red: 2}}


@pytest.mark.proves("F-02")
def test_the_same_form_sent_twice_puts_in_once(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing()
    for _ in range(3):
        service.add(db, shelf.shopper(ana), red, 2, now, form_key="a" * 32)
    assert lines(db, ana, now) == {red: 2}
    service.add(db, shelf.shopper(ana), red, 2, now, form_key="b" * 32)
    assert lines(db, ana, now) == {red: 4}


def test_what_cannot_be_had_is_refused_and_the_cart_stays_as_it_is(
    db: Session, shelf: Shelf, ana: Owner, now: datetime
) -> None:
    red, six = shelf.thing(on_hand=3), shelf.thing("Cava", sold_in=6)
    drop = shelf.thing("Drop", limit_per_member=2)
    sister = shelf.thing(product_id=shelf.product_of(drop))
    gone = shelf.thing()
    shelf.withdraw(gone)
    service.add(db, shelf.shopper(ana), red, 2, now)
    service.add(db, shelf.shopper(ana), drop, 1, now)
    before = lines(db, ana, now)
    for variant_id, quantity, refusal in (
        (red, 2, OutOfStock),
        (six, 4, NotInStep),
        (sister, 2, LimitReached),
        (gone, 1, NoLongerSold),
        (987_654, 1, NoLongerSold),
    ):
        with pytest.raises(refusal):
            service.add(db, shelf.shopper(ana), variant_id, quantity, now)
    with pytest.raises(MembersOnly):
        service.add(db, shelf.shopper(Owner()), drop, 1, now)
    assert lines(db, ana, now) == before
    assert shelf.in_carts() == {1: before}


def test_a_cart_holds_so_many_different_things(
    db: Session, shelf: Shelf, ana: Owner, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_LINES == 100
    monkeypatch.setattr("club.carts.service.changing.MOST_LINES", 2)
    red, white, rose = shelf.thing(), shelf.thing(), shelf.thing()
    for variant_id in (red, white):
        service.add(db, shelf.shopper(ana), variant_id, 1, now)
    with pytest.raises(CartFull):
        service.add(db, shelf.shopper(ana), rose, 1, now)
    service.add(db, shelf.shopper(ana), white, 1, now)
    assert lines(db, ana, now) == {red: 1, white: 2}


def test_one_address_begins_so_many_carts_an_hour(
    db: Session, shelf: Shelf, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LIMITS, "cart.address", Limit(2, 3600))
    red = shelf.thing()
    guest = shelf.guest_with((red, 1), (red, 1), (red, 1))
    shelf.guest_with((red, 1))
    assert lines(db, guest, now) == {red: 3}
    with pytest.raises(TooManyTries):
        service.add(db, shelf.shopper(Owner()), red, 1, now)


# --- changing and taking out


def test_quantities_change_and_things_come_back(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red, white = shelf.thing(on_hand=5), shelf.thing()
    for variant_id in (red, white):
        service.add(db, shelf.shopper(ana), variant_id, 1, now)
    service.change(db, shelf.shopper(ana), red, 5, now)
    with pytest.raises(OutOfStock):
        service.change(db, shelf.shopper(ana), red, 6, now)
    service.remove(db, ana, red, now)
    assert lines(db, ana, now) == {white: 1}
    assert service.bring_back(db, ana, now) == 1
    assert lines(db, ana, now) == {red: 5, white: 1}
    service.empty(db, ana, now)
    assert lines(db, ana, now) == {}
    assert service.bring_back(db, ana, now) == 2
    service.remove(db, ana, red, now)
    service.remove(db, ana, white, now)
    assert service.bring_back(db, ana, now) == 1
    assert lines(db, ana, now) == {white: 1}
    with pytest.raises(NotFound):
        service.change(db, shelf.shopper(ana), red, 1, now)


def test_what_was_taken_out_and_is_put_in_again_begins_anew(
    db: Session, shelf: Shelf, ana: Owner, now: datetime
) -> None:
    red = shelf.thing()
    service.add(db, shelf.shopper(ana), red, 4, now)
    service.remove(db, ana, red, now)
    service.add(db, shelf.shopper(ana), red, 1, now)
    assert lines(db, ana, now) == {red: 1}


def test_nobody_reaches_the_cart_of_somebody_else(
    db: Session, shelf: Shelf, ana: Owner, ben: Owner, now: datetime
) -> None:
    red = shelf.thing()
    service.add(db, shelf.shopper(ana), red, 2, now)
    for act in (
        lambda: service.change(db, shelf.shopper(ben), red, 1, now),
        lambda: service.remove(db, ben, red, now),
        lambda: service.empty(db, ben, now),
        lambda: service.bring_back(db, Owner(token="x"), now),
        lambda: service.use_points(db, ben, 100, 100, now),
    ):
        with pytest.raises(NotFound):
            act()
    assert shelf.in_carts() == {1: {red: 2}}


# --- differences


@pytest.mark.proves("F-22")
def test_another_price_is_told_until_it_was_read(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red, white = shelf.thing(price=2400, on_hand=9), shelf.thing()
    service.add(db, shelf.shopper(ana), red, 5, now)
    service.add(db, shelf.shopper(ana), white, 1, now)
    shelf.costs(red, 2600)
    shelf.has(red, 3)
    shelf.withdraw(white)

    def looked() -> list[tuple[int, int, int | None, int]]:
        shopper = shelf.shopper(ana)
        priced = look(db, the_cart(db, ana, now), shopper.buyer, shopper.day).priced
        db.rollback()
        return [(one.quantity, one.unit_price, one.shown_price, len(priced.gone)) for one in priced.lines]

    assert looked() == [(3, 2600, 2400, 1)]
    service.note_seen(db, ana, {red: (3, 2600), white: (0, 0)}, now)
    assert looked() == [(3, 2600, 2600, 0)]
    assert lines(db, ana, now) == {red: 3}


def test_what_was_read_cannot_put_more_in(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing()
    service.add(db, shelf.shopper(ana), red, 2, now)
    service.note_seen(db, ana, {red: (900, 1), 77: (3, 3)}, now)
    assert lines(db, ana, now) == {red: 2}


def test_the_price_of_another_quantity_is_no_difference(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing(price=2400)
    shelf.costs(red, 2000, min_quantity=6)
    service.add(db, shelf.shopper(ana), red, 1, now)
    service.change(db, shelf.shopper(ana), red, 6, now)
    shopper = shelf.shopper(ana)
    priced = look(db, the_cart(db, ana, now), shopper.buyer, shopper.day).priced
    assert [(one.unit_price, one.is_other_price) for one in priced.lines] == [(2000, False)]


def test_where_fewer_are_left_the_price_is_that_of_so_few(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing(price=2400)
    shelf.costs(red, 2000, min_quantity=6)
    service.add(db, shelf.shopper(ana), red, 6, now)
    shelf.has(red, 2)
    shopper = shelf.shopper(ana)
    priced = look(db, the_cart(db, ana, now), shopper.buyer, shopper.day).priced
    assert [(one.quantity, one.unit_price) for one in priced.lines] == [(2, 2400)]


# --- signing in


@pytest.mark.proves("F-34")
def test_what_a_guest_gathered_is_the_members_after_signing_in(
    db: Session, shelf: Shelf, ana: Owner, ben: Owner, now: datetime
) -> None:
    red, white, rose = shelf.thing(), shelf.thing(), shelf.thing()
    service.add(db, shelf.shopper(ana), red, 3, now)
    service.add(db, shelf.shopper(ana), white, 1, now)
    guest = shelf.guest_with((white, 2), (rose, 1))
    assert guest.token is not None
    assert service.merge_at_sign_in(db, ana.person_id or 0, guest.token, now)
    assert lines(db, ana, now) == {red: 3, white: 2, rose: 1}
    assert not service.merge_at_sign_in(db, ana.person_id or 0, guest.token, now)
    assert not service.merge_at_sign_in(db, ben.person_id or 0, guest.token, now)
    assert lines(db, ana, now) == {red: 3, white: 2, rose: 1}
    assert lines(db, ben, now) == {}
    assert lines(db, guest, now) == {}


def test_what_the_member_had_taken_out_counts_as_not_there(
    db: Session, shelf: Shelf, ana: Owner, now: datetime
) -> None:
    red = shelf.thing()
    service.add(db, shelf.shopper(ana), red, 9, now)
    service.remove(db, ana, red, now)
    guest = shelf.guest_with((red, 1))
    service.merge_at_sign_in(db, ana.person_id or 0, guest.token or "", now)
    assert lines(db, ana, now) == {red: 1}


# --- thirty days


def test_a_cart_is_forgotten_after_thirty_days_of_rest(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing()
    guest = shelf.guest_with((red, 1))
    service.add(db, shelf.shopper(ana), red, 1, now)
    later = now + timedelta(days=29)
    service.change(db, shelf.shopper(ana), red, 2, later)
    over = now + timedelta(days=30)
    assert lines(db, guest, over) == {}
    assert service.forget_old(db, over) == 1
    assert shelf.in_carts() == {2: {red: 2}}
    assert service.forget_old(db, over) == 0


def test_an_old_cart_that_no_night_forgot_begins_anew(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red, white = shelf.thing(), shelf.thing()
    service.add(db, shelf.shopper(ana), red, 1, now)
    over = now + timedelta(days=31)
    service.add(db, shelf.shopper(ana), white, 1, over)
    assert lines(db, ana, over) == {white: 1}


# --- while a payment is open


def freeze(db: Session, cart_id: int, claim: str, now: datetime) -> None:
    with transaction(db) as tx:
        service.freeze(tx, cart_id, claim, now)


@pytest.mark.proves("F-22")
def test_nothing_changes_in_a_frozen_cart(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing()
    service.add(db, shelf.shopper(ana), red, 2, now)
    freeze(db, 1, "order 7", now)
    freeze(db, 1, "order 7", now)
    with pytest.raises(CartFrozen):
        freeze(db, 1, "order 8", now)
    for act in (
        lambda: service.add(db, shelf.shopper(ana), red, 1, now),
        lambda: service.change(db, shelf.shopper(ana), red, 1, now),
        lambda: service.remove(db, ana, red, now),
        lambda: service.empty(db, ana, now),
        lambda: service.bring_back(db, ana, now),
        lambda: service.note_seen(db, ana, {red: (1, 1)}, now),
        lambda: service.use_points(db, ana, 100, 100, now),
    ):
        with pytest.raises(CartFrozen):
            act()
    assert shelf.in_carts() == {1: {red: 2}}
    assert the_cart(db, ana, now).is_frozen
    assert service.forget_old(db, now + timedelta(days=400)) == 0


def test_a_payment_that_came_to_nothing_opens_the_cart_again(
    db: Session, shelf: Shelf, ana: Owner, now: datetime
) -> None:
    red = shelf.thing()
    guest = shelf.guest_with((red, 2))
    service.add(db, shelf.shopper(ana), red, 1, now)
    for cart_id in (1, 2):
        freeze(db, cart_id, f"order {cart_id}", now)
        with transaction(db) as tx:
            assert not service.thaw(tx, cart_id, "another order", now)
            assert service.thaw(tx, cart_id, f"order {cart_id}", now)
            assert not service.thaw(tx, cart_id, f"order {cart_id}", now)
    assert lines(db, guest, now) == {red: 2}
    assert lines(db, ana, now) == {red: 1}
    assert not the_cart(db, ana, now).is_frozen


def test_a_paid_cart_is_done_and_a_new_one_begins(db: Session, shelf: Shelf, ana: Owner, now: datetime) -> None:
    red = shelf.thing()
    guest = shelf.guest_with((red, 2))
    service.add(db, shelf.shopper(ana), red, 1, now)
    for cart_id in (1, 2):
        freeze(db, cart_id, "order", now)
        with transaction(db) as tx:
            assert service.close(tx, cart_id, "order", now)
            assert not service.close(tx, cart_id, "order", now)
            assert not service.thaw(tx, cart_id, "order", now)
    assert (lines(db, guest, now), lines(db, ana, now)) == ({}, {})
    service.add(db, shelf.shopper(ana), red, 3, now)
    assert service.add(db, shelf.shopper(guest), red, 4, now) not in {None, guest.token}
    assert shelf.in_carts() == {1: {}, 2: {}, 3: {red: 3}, 4: {red: 4}}
    assert service.forget_old(db, now + timedelta(days=30)) == 4
    assert cart_with(db, 1) is None


def test_what_is_brought_along_while_a_payment_is_open_waits_and_joins_later(
    db: Session, shelf: Shelf, ana: Owner, now: datetime
) -> None:
    red, white = shelf.thing(), shelf.thing()
    service.add(db, shelf.shopper(ana), red, 1, now)
    freeze(db, 1, "order", now)
    guest = shelf.guest_with((red, 1), (white, 1))
    service.merge_at_sign_in(db, ana.person_id or 0, guest.token or "", now)
    assert shelf.in_carts()[1] == {red: 1}
    assert lines(db, ana, now) == {red: 1, white: 1}
    with transaction(db) as tx:
        service.thaw(tx, 1, "order", now)
    assert lines(db, ana, now) == {red: 1, white: 1}
    assert len(shelf.in_carts()) == 1


def test_a_guest_who_signs_in_while_paying_keeps_the_frozen_cart(
    db: Session, shelf: Shelf, ana: Owner, now: datetime
) -> None:
    red = shelf.thing()
    guest = shelf.guest_with((red, 1))
    freeze(db, 1, "order", now)
    service.merge_at_sign_in(db, ana.person_id or 0, guest.token or "", now)
    assert the_cart(db, ana, now).is_frozen
    assert lines(db, guest, now) == {}
    with transaction(db) as tx:
        service.thaw(tx, 1, "order", now)
    assert lines(db, ana, now) == {red: 1}


def test_several_carts_of_a_member_are_always_locked_in_one_order(
    db: Session, shelf: Shelf, ana: Owner, now: datetime, count_queries: Callable[[], AbstractContextManager[Counted]]
) -> None:
    """Else somebody who shops and an order that comes to nothing could wait for each other."""
    red = shelf.thing()
    service.add(db, shelf.shopper(ana), red, 1, now)
    guest = shelf.guest_with((red, 2))
    freeze(db, 2, "order", now)
    service.merge_at_sign_in(db, ana.person_id or 0, guest.token or "", now)
    with count_queries() as shopping:
        service.change(db, shelf.shopper(ana), red, 1, now)
    with count_queries() as giving_up, transaction(db) as tx:
        assert service.thaw(tx, 2, "order", now)
    for asked in (shopping, giving_up):
        assert any("ORDER BY cart.id" in statement for statement in asked.statements)
    assert shelf.in_carts() == {1: {red: 2}}


def test_taken_out_lines_come_back_only_where_there_is_room(
    db: Session, shelf: Shelf, ana: Owner, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("club.carts.service.changing.MOST_LINES", 2)
    red, white, rose = shelf.thing(), shelf.thing(), shelf.thing()
    for variant_id in (red, white):
        service.add(db, shelf.shopper(ana), variant_id, 1, now)
    service.remove(db, ana, red, now)
    service.add(db, shelf.shopper(ana), rose, 1, now)
    with pytest.raises(CartFull):
        service.bring_back(db, ana, now)
    assert lines(db, ana, now) == {white: 1, rose: 1}
    with transaction(db) as tx:
        tx.execute(delete(CartLine).where(CartLine.variant_id == rose))
    assert service.bring_back(db, ana, now) == 1
    assert lines(db, ana, now) == {red: 1, white: 1}


def test_what_does_not_fit_at_a_sign_in_stays_in_the_cart_of_the_browser(
    db: Session, shelf: Shelf, ana: Owner, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("club.carts.service.merging.MOST_LINES", 2)
    red, white, rose = shelf.thing(), shelf.thing(), shelf.thing()
    service.add(db, shelf.shopper(ana), red, 1, now)
    guest = shelf.guest_with((white, 1), (rose, 1), (red, 3))
    assert service.merge_at_sign_in(db, ana.person_id or 0, guest.token or "", now)
    assert lines(db, ana, now) == {red: 3, white: 1}
    assert lines(db, guest, now) == {rose: 1}
    service.remove(db, ana, white, now)
    assert service.merge_at_sign_in(db, ana.person_id or 0, guest.token or "", now)
    assert lines(db, ana, now) == {red: 3, rose: 1}
    assert cart_of(db, guest, now) is None
