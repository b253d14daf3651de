"""Goods that the law lets nobody give back: said before, kept with the order; faulty ones come back all the same."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from club.catalogue.importing import take_in
from club.catalogue.models import Product
from club.catalogue.rules.products import NoReturn
from club.database import transaction
from club.errors import CannotComeBack
from club.permissions import Role
from club.programme.rules import Club
from club.returns import service
from club.returns.reading import lines_of_order
from club.returns.rules import AskedBy, Line, Reason, barred, check_pieces, most
from tests.people import new_signed_up_member
from tests.return_world import Desk, wanted

ENGRAVED = Line(
    id=1, number=1, quantity=2, sent=2, returned=0, asked=0, paid=1000, tax=174, points=0, points_value=0,
    no_return=NoReturn.MADE_TO_ORDER,
)  # fmt: skip
SEALED = replace(ENGRAVED, id=2, number=2, no_return=NoReturn.HYGIENE)


def test_only_a_fault_or_staff_bring_it_back_and_what_is_sealed_comes_back_sealed() -> None:
    assert [most(who, ENGRAVED) for who in (AskedBy.WITHDRAWAL, AskedBy.BUYER, AskedBy.STAFF)] == [0, 2, 2]
    assert most(AskedBy.WITHDRAWAL, SEALED) == 2
    assert barred(AskedBy.BUYER, ENGRAVED, Reason.CHANGED_MIND) is NoReturn.MADE_TO_ORDER
    for reason in (Reason.DAMAGED, Reason.WRONG, Reason.DIFFERENT):
        check_pieces(AskedBy.BUYER, [ENGRAVED, SEALED], {1: 1, 2: 1}, reason)
    for who, reason in ((AskedBy.BUYER, Reason.LATE), (AskedBy.WITHDRAWAL, Reason.NONE)):
        with pytest.raises(CannotComeBack):
            check_pieces(who, [ENGRAVED, SEALED], {1: 1, 2: 1}, reason)


def test_what_held_when_it_was_ordered_holds(db: Session, club: Club, now: datetime) -> None:
    desk, ana = Desk(db, now).open(), new_signed_up_member(db, now).person_id
    assert ana is not None
    cheese, wine = desk.till.shelf.thing("Cheese", no_return="perishable"), desk.till.shelf.thing("Wine")
    order = desk.delivered(ana, (cheese, 1), (wine, 1))
    with transaction(db) as tx:
        tx.execute(update(Product).values(no_return=None))
    assert [one.line.no_return for one in lines_of_order(db, order.id)] == [NoReturn.PERISHABLE, None]
    db.rollback()
    for act in (service.withdraw, lambda *args: service.ask_return(db, ana, *args[1:])):
        with pytest.raises(CannotComeBack):
            act(db, wanted(order, 1, 1), now)
    asked = service.ask_return(db, ana, wanted(order, 1, reason=Reason.DAMAGED), now)
    assert asked.is_new
    assert service.withdraw(db, wanted(order, 0, 1), now).is_new


def test_the_table_says_it_and_reads_it(db: Session, club: Club, now: datetime, tmp_path: Path) -> None:
    path = tmp_path / "goods.csv"
    path.write_text("sku,name_en,price,no_return\nCHE-1,Cheese,9,perishable\nCHE-2,Old,9,\n", encoding="utf-8")
    take_in(db, path, None, Role.SHOP, now)
    path.write_text("sku,no_return\nCHE-1,-\nCHE-2,hygiene\n", encoding="utf-8")
    assert {one.no_return for one in db.query(Product)} == {"perishable", None}
    db.rollback()
    take_in(db, path, None, Role.SHOP, now)
    db.expire_all()
    assert {one.no_return for one in db.query(Product)} == {"hygiene", None}
