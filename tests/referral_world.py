"""Friends for tests: terms that stand, members who share their code, friends who join with it and buy."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from club.access.service import Asking
from club.accrual.service import record_purchase_in
from club.database import transaction
from club.joining.models import BROUGHT
from club.permissions import Role
from club.points.models import BALANCES
from club.purchases.rules import COUNTER, NewPurchase
from club.referrals import service
from club.referrals.models import REFERRALS
from club.referrals.rules import Reward, RewardKind, State, Terms
from club.referrals.service.nightly import night
from tests.people import SomebodyWithAccount, new_colleague, new_signed_up_member

POINTS = Reward(RewardKind.POINTS, 500)
TERMS = Terms(is_open=True, referrer=POINTS, friend=POINTS, least_amount=2000, wait_days=14, yearly_limit=3)
AFTER_THE_WINDOW = timedelta(days=16)


def from_browser(number: int = 0) -> Asking:
    """A browser of its own behind an address of its own."""
    return Asking(address=f"192.0.2.{number}", browser=f"Browser {number}", former_cookie=None)


def _person(one: SomebodyWithAccount) -> int:
    assert one.person_id is not None
    return one.person_id


@dataclass
class Friends:
    """The members of a test and what happens to them."""

    db: Session
    now: datetime
    made: int = 0

    def terms(self, terms: Terms = TERMS, content: bytes = b"terms", seen: int = 0) -> int:
        """Written by somebody of the club."""
        by = new_colleague(self.db, self.now, Role.MARKETING, f"{content.hex()}@example.org").account_id
        return service.set_terms(self.db, terms, seen, by, Role.MARKETING, self.now, content)

    def member(self, email: str = "ana@example.org", **other: Any) -> int:
        """Ana, who has been a member for long."""
        return _person(new_signed_up_member(self.db, self.now - timedelta(days=400), email=email, **other))

    def joins(
        self, code: str, email: str, *, name: str = "Berta Pons", asking: Asking | None = None, **other: Any
    ) -> int:
        """A friend joins with a code; each in a browser of their own unless said otherwise."""
        self.made += 1
        friend = _person(new_signed_up_member(self.db, self.now, name=name, email=email, **other))
        with transaction(self.db) as tx:
            tx.execute(insert(BROUGHT).values(person_id=friend, code=code, form="join", at=self.now))
        service.take_up(self.db, friend, asking or from_browser(100 + self.made), self.now)
        return friend

    def code_of(self, person_id: int, asking: Asking | None = None) -> str:
        return service.code_for(self.db, person_id, asking or from_browser(), self.now)

    def buys(self, person_id: int, amount: int = 5000, day: date | None = None, reference: str = "") -> int:
        """At the counter, on the day it is."""
        on = day or self.now.date()
        new = NewPurchase(
            member_id=person_id, channel=COUNTER, reference=reference or f"R-{person_id}", bought_on=on, amount=amount
        )  # fmt: skip
        with transaction(self.db) as tx:
            return record_purchase_in(tx, new, None, self.now).purchase_id

    def night(self, after: timedelta = timedelta()) -> int:
        """The night that ends so long after now."""
        later = self.now + after
        return night(self.db, later.date() - timedelta(days=1), later)

    def state(self, friend_id: int) -> State:
        self.db.rollback()
        return State(self.db.execute(select(REFERRALS.c.state).where(REFERRALS.c.friend_id == friend_id)).scalar_one())

    def row(self, friend_id: int) -> Any:
        self.db.rollback()
        return self.db.execute(select(REFERRALS).where(REFERRALS.c.friend_id == friend_id)).one()

    def signals(self, friend_id: int) -> list[str]:
        return [one["signal"] for one in self.row(friend_id).evidence]

    def points(self, person_id: int) -> int:
        """What they can spend, less what they owe."""
        self.db.rollback()
        columns = BALANCES.c.active + BALANCES.c.debt
        return int(self.db.execute(select(columns).where(BALANCES.c.member_id == person_id)).scalar_one())
