"""What both records may owe and do owe becomes one line of credit, and two again."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from club.carts.models import Owner
from club.errors import CreditExceeded
from club.merging.service import Wanted, merge, undo
from club.orders import credit
from club.orders.credit.models import AccountDue, CreditLine, lines
from club.orders.rules import PayBy
from club.payments import service as payments
from club.payments.verify import violations
from club.permissions import Role
from club.programme.rules import Club
from tests.order_world import Till, open_shop
from tests.people import new_colleague, new_signed_up_member

Line = tuple[int, int, bool]


@dataclass
class Account:
    """Two records of one human who buys on account, and who works there."""

    db: Session
    till: Till
    wine: int
    ana: int
    anna: int
    by: int

    def trust(self, who: int, most: int, *, is_open: bool = True) -> None:
        version = self.db.scalar(select(CreditLine.version).where(CreditLine.person_id == who)) or 0
        self.db.rollback()
        credit.set_limit(self.db, who, most, 30, is_open, version, self.by, Role.OWNER, self.till.now)

    def buy(self, who: int) -> int:
        """For 14.90 on account; the invoice's id."""
        order_id = self.till.order(Owner(person_id=who), (self.wine, 1), pay_by=PayBy.ACCOUNT).order_id
        due = self.db.scalar(select(AccountDue.id).where(AccountDue.order_id == order_id))
        self.db.rollback()
        assert due is not None
        return due

    def pay(self, due_id: int) -> None:
        payments.invoice_paid(self.db, due_id, self.by, Role.OWNER, self.till.now)

    def line(self, who: int) -> Line | None:
        """Limit, what is open, whether more may be put on it; everything adds up."""
        assert violations(self.db) == []
        asked = select(CreditLine.most, CreditLine.used, CreditLine.is_open).where(CreditLine.person_id == who)
        row = self.db.execute(asked).one_or_none()
        self.db.rollback()
        return None if row is None else (row.most, row.used, row.is_open)

    def merge(self) -> int:
        return merge(self.db, Wanted(self.ana, self.anna, "Same phone"), self.by, Role.OWNER, self.till.now)

    def part(self, merge_id: int) -> None:
        undo(self.db, merge_id, self.by, Role.OWNER, self.till.now)


@pytest.fixture
def account(db: Session, club: Club, now: datetime) -> Account:
    open_shop(db)
    till = Till(db, now)
    wine = till.shelf.thing("Reserva", price=1000, on_hand=20)
    ana = new_signed_up_member(db, now).person_id
    anna = new_signed_up_member(db, now, email="anna@example.org").person_id
    by = new_colleague(db, now, Role.OWNER).account_id
    assert ana is not None
    assert anna is not None
    return Account(db, till, wine, ana, anna, by)


def test_two_lines_become_one_that_lets_nobody_owe_more_than_either_and_are_two_again(account: Account) -> None:
    account.trust(account.ana, 3000)
    account.trust(account.anna, 4000)
    for who in (account.ana, account.anna):
        account.buy(who)
    merge_id = account.merge()
    assert account.line(account.ana) == (4000, 2980, True)
    assert account.line(account.anna) == (4000, 0, False)
    assert [row.person_id for row in lines(account.db, account.till.now.date(), 9)] == [account.ana]
    with pytest.raises(CreditExceeded):
        account.buy(account.ana)
    account.part(merge_id)
    assert account.line(account.ana) == (3000, 1490, True)
    assert account.line(account.anna) == (4000, 1490, True)


def test_what_was_bought_and_paid_meanwhile_is_reckoned_when_they_are_parted(account: Account) -> None:
    account.trust(account.anna, 2000)
    theirs = account.buy(account.anna)
    merge_id = account.merge()
    assert account.line(account.ana) == (2000, 1490, True)
    account.pay(theirs)
    account.buy(account.ana)
    account.part(merge_id)
    assert account.line(account.anna) == (2000, 0, True)
    assert account.line(account.ana) == (1490, 1490, False)  # no limit before: what is open is to be paid, no more


def test_a_limit_that_staff_set_meanwhile_and_a_line_that_was_closed_stand(account: Account) -> None:
    account.trust(account.ana, 3000, is_open=False)
    account.trust(account.anna, 2000)
    merge_id = account.merge()
    assert account.line(account.ana) == (3000, 0, False)
    account.trust(account.ana, 5000)
    account.part(merge_id)
    assert account.line(account.ana) == (5000, 0, True)
    again = account.merge()
    account.part(again)
    assert account.line(account.anna) == (2000, 0, True)


def test_a_line_that_was_only_lent_by_the_merge_is_gone_after_it(account: Account) -> None:
    account.trust(account.anna, 2000)
    account.part(account.merge())
    assert account.line(account.ana) is None
    assert account.line(account.anna) == (2000, 0, True)


def test_who_owes_more_than_either_limit_may_owe_that_and_no_more(account: Account) -> None:
    for who in (account.ana, account.anna):
        account.trust(who, 1500)
        account.buy(who)
    account.part(account.merge())
    account.merge()
    assert account.line(account.ana) == (2980, 2980, True)
