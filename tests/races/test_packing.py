"""Several clerks at one order, each a process of its own, on both databases: one acts, the others are told."""

from datetime import datetime

import pytest
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.orm import Session

from club.audit import AuditEntry, record
from club.carts.models import Owner
from club.database import transaction
from club.messages.models import Message
from club.orders.models import OrderLine, Parcel
from club.orders.reading import order_with
from club.orders.service import settle_in
from club.orders.service.packing import OnItsWay, pack, send
from club.permissions import Role
from club.programme.rules import Club
from tests.order_world import Till, open_shop
from tests.people import new_colleague
from tests.races.test_purchases import TILLS, at_all_tills

pytestmark = pytest.mark.races


@pytest.fixture
def order(db: Session, club: Club, now: datetime) -> int:
    """A paid order of four pieces, and a colleague whose account is 1."""
    open_shop(db)
    assert new_colleague(db, now, Role.SHOP).account_id == 1
    till = Till(db, now)
    placed = till.order(Owner(), (till.shelf.thing(), 4))
    with transaction(db) as tx:
        settle_in(tx, placed.order_id, placed.total, now)
    assert placed.order_id == 1
    return placed.order_id


def _pack_all(db: Session, till: int, now: datetime) -> int:
    return pack(db, 1, None, 1, Role.SHOP, now)


def _send_all(db: Session, till: int, now: datetime) -> str:
    send(db, 1, None, OnItsWay(), 1, Role.SHOP, now)
    return "sent"


def _send_without_the_lock(db: Session, till: int, now: datetime) -> str:
    """Look at what lies packed, without holding the order; wait for the others; then write what was seen."""
    (line,) = order_with(db, 1).lines
    db.rollback()
    with transaction(db) as tx:
        record(tx, "waiting", "order", 1, by=1, now=now)
    for _ in range(10_000):
        looked = db.scalar(select(func.count(AuditEntry.id)).where(AuditEntry.act == "waiting"))
        db.rollback()
        if looked == TILLS:
            break
    if line.packed == line.sent:
        return "NothingLeft"
    parcel = {"order_id": 1, "carrier": "", "tracking": "", "tracking_url": "", "sent_at": now, "sent_by": 1}
    with transaction(db) as tx:
        tx.execute(insert(Parcel).values(parcel))
        tx.execute(update(OrderLine).where(OrderLine.id == line.id).values(sent=line.packed))
    return "sent"


def _parcels(db: Session) -> int:
    db.rollback()
    return db.scalar(select(func.count(Parcel.id))) or 0


def test_several_clerks_pack_an_order_once(
    db: Session, order: int, engine: Engine, database_url: str, now: datetime
) -> None:
    assert sorted(at_all_tills(database_url, now, _pack_all), key=str) == [4, *["MoveNotAllowed"] * (TILLS - 1)]
    db.rollback()
    assert [line.packed for line in order_with(db, order).lines] == [4]


def test_several_clerks_send_it_in_one_parcel_with_one_mail(
    db: Session, order: int, engine: Engine, database_url: str, now: datetime
) -> None:
    pack(db, order, None, 1, Role.SHOP, now)
    assert sorted(at_all_tills(database_url, now, _send_all)) == [*["MoveNotAllowed"] * (TILLS - 1), "sent"]
    assert _parcels(db) == 1
    assert db.scalar(select(func.count(Message.id)).where(Message.act == "order.sent")) == 1


def test_without_the_lock_each_clerk_sends_a_parcel(
    db: Session, order: int, engine: Engine, database_url: str, now: datetime
) -> None:
    pack(db, order, None, 1, Role.SHOP, now)
    assert at_all_tills(database_url, now, _send_without_the_lock) == ["sent"] * TILLS
    assert _parcels(db) == TILLS
