"""One cart, several processes at once, on both databases: two tabs that add, two browsers that sign in."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, delete, insert, select, update
from sqlalchemy.orm import Session

from club.carts import service
from club.carts.goods import stand_of
from club.carts.models import Cart, CartLine, Owner, cart_of, digest_of
from club.carts.rules import KEPT, check_quantity
from club.database import transaction
from club.members.rules import NewPerson
from club.members.service import new_member
from club.points.service import open_account
from club.programme.rules import Club
from tests.cart_world import Shelf
from tests.races.test_purchases import TILLS, at_all_tills, meet_the_others

pytestmark = pytest.mark.races

TOKEN = "a token that a browser holds"
MEMBER = Owner(person_id=1)


@pytest.fixture
def shelf(db: Session, club: Club, now: datetime) -> Shelf:
    """One thing, whose variant is 1, and as many members as there are tills, from 1 on."""
    for number in range(TILLS):
        with transaction(db) as tx:
            person = NewPerson(full_name=f"Member {number}", language="en", source="counter")
            open_account(tx, new_member(tx, person, None, now.date(), now))
    made = Shelf(db, now)
    assert made.thing() == 1
    return made


def _add(db: Session, till: int, now: datetime) -> str:
    service.add(db, Shelf(db, now).shopper(MEMBER), 1, 1, now)
    return "added"


def _add_without_the_lock(db: Session, till: int, now: datetime) -> str:
    """Look, meet the others, then write what was counted: what the lock is there against."""
    shopper = Shelf(db, now).shopper(MEMBER)
    cart = cart_of(db, MEMBER, now)
    assert cart is not None
    wanted = cart.lines[0].quantity + 1
    check_quantity(1, wanted, stand_of(db, {1: wanted}, shopper.buyer, shopper.day).of(1))
    db.rollback()
    meet_the_others()
    with transaction(db) as tx:
        tx.execute(update(CartLine).where(CartLine.cart_id == cart.id).values(quantity=wanted))
    return "added"


def _sign_in_as_one(db: Session, till: int, now: datetime) -> bool:
    return service.merge_at_sign_in(db, 1, TOKEN, now)


def _sign_in_as_somebody_else(db: Session, till: int, now: datetime) -> bool:
    return service.merge_at_sign_in(db, 1 + till, TOKEN, now)


def _take_over_without_the_lock(db: Session, till: int, now: datetime) -> bool:
    guest = cart_of(db, Owner(token=TOKEN), now)
    db.rollback()
    meet_the_others()
    if guest is None:
        return False
    with transaction(db) as tx:
        cart_id = _begun(tx, now, person_id=1 + till)
        for line in guest.lines:
            values = {"variant_id": line.variant_id, "quantity": line.quantity, "added_at": now}
            tx.execute(insert(CartLine).values(cart_id=cart_id, **values))
        tx.execute(delete(Cart).where(Cart.id == guest.id))
    return True


def _begun(tx: Session, now: datetime, **owner: object) -> int:
    values = {"points_wanted": 0, "created_at": now, "changed_at": now, "kept_until": now + KEPT, **owner}
    return int(tx.execute(insert(Cart).values(values).returning(Cart.id)).scalar_one())


def _guest_cart(db: Session, now: datetime, quantity: int) -> None:
    with transaction(db) as tx:
        cart_id = _begun(tx, now, token_digest=digest_of(TOKEN))
        tx.execute(insert(CartLine).values(cart_id=cart_id, variant_id=1, quantity=quantity, added_at=now))


def _quantities(db: Session) -> dict[int | None, int]:
    """Whose cart holds how many."""
    db.rollback()
    rows = db.execute(select(Cart.person_id, CartLine.quantity).join(CartLine, CartLine.cart_id == Cart.id))
    return {row.person_id: row.quantity for row in rows}


def test_adds_at_once_are_all_counted_and_begin_one_cart(
    db: Session, engine: Engine, database_url: str, now: datetime, shelf: Shelf
) -> None:
    assert at_all_tills(database_url, now, _add) == ["added"] * TILLS
    assert _quantities(db) == {1: TILLS}
    assert len(shelf.in_carts()) == 1


@pytest.mark.proves("F-03")
def test_adds_at_once_pass_no_limit(
    db: Session, engine: Engine, database_url: str, now: datetime, shelf: Shelf
) -> None:
    shelf.has(1, 3)
    assert sorted(at_all_tills(database_url, now, _add)) == ["OutOfStock", "added", "added", "added"]
    assert _quantities(db) == {1: 3}


def test_without_the_lock_adds_are_lost(
    db: Session, engine: Engine, database_url: str, now: datetime, shelf: Shelf
) -> None:
    service.add(db, shelf.shopper(MEMBER), 1, 1, now)
    assert at_all_tills(database_url, now, _add_without_the_lock) == ["added"] * TILLS
    assert _quantities(db) == {1: 2}


def test_sign_ins_at_once_merge_one_cart_once(
    db: Session, engine: Engine, database_url: str, now: datetime, shelf: Shelf
) -> None:
    service.add(db, shelf.shopper(MEMBER), 1, 2, now)
    _guest_cart(db, now, 3)
    assert sorted(at_all_tills(database_url, now, _sign_in_as_one)) == [False, False, False, True]
    assert _quantities(db) == {1: 3}


def test_of_several_who_sign_in_with_one_cookie_one_gets_the_cart(
    db: Session, engine: Engine, database_url: str, now: datetime, shelf: Shelf
) -> None:
    _guest_cart(db, now, 3)
    answers = at_all_tills(database_url, now, _sign_in_as_somebody_else)
    assert sorted(answers) == [False, False, False, True]
    assert _quantities(db) == {1 + answers.index(True): 3}


def test_without_the_lock_everybody_gets_the_cart(
    db: Session, engine: Engine, database_url: str, now: datetime, shelf: Shelf
) -> None:
    _guest_cart(db, now, 3)
    assert at_all_tills(database_url, now, _take_over_without_the_lock) == [True] * TILLS
    assert _quantities(db) == dict.fromkeys(range(1, TILLS + 1), 3)
