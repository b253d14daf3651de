"""A shop whose orders are paid by card at the stand-in: placing, paying and looking, as few words as possible."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from club.accrual.rules import AllRules, BaseRate
from club.accrual.service import set_rules
from club.carts.models import Owner
from club.database import transaction
from club.orders.models import Order
from club.orders.rules import Cause, State
from club.orders.service import delivered_in, let_go_in
from club.payments import service
from club.payments.gateway import StripeGateway
from club.payments.models import Payment, Refund
from club.payments.values import Urls
from club.permissions import Role
from club.points.service import activate_due
from demo.stripe import cards
from demo.stripe.remote import Remote
from tests.order_world import Till, open_shop
from tests.people import SomebodyWithAccount, new_signed_up_member

URLS = Urls(success="http://localhost/orders/x/payment", cancel="http://localhost/orders/x/payment")


@dataclass
class CardShop:
    """One member who buys, the account at Stripe, and the time."""

    db: Session
    gateway: StripeGateway
    remote: Remote
    now: datetime
    till: Till
    member: SomebodyWithAccount
    wine: int

    def order(self, pieces: int = 2, **other: Any) -> int:
        """Placed, and waiting for its card payment."""
        placed = self.till.order(Owner(person_id=self.member.person_id), (self.wine, pieces), **other)
        return placed.order_id

    def start(self, order_id: int, gateway: StripeGateway | None = None) -> str:
        return service.start(self.db, order_id, URLS, gateway or self.gateway, self.now)

    def settle(self, order_id: int, **how: Any) -> service.Settled:
        return service.settle(self.db, order_id, self.gateway, self.now, **how)

    def pay(self, order_id: int, card: cards.Card = cards.SUCCESS) -> Any:
        """The buyer pays on the newest page; nobody tells us."""
        session_id = self.payments(order_id)[-1].session_id
        assert session_id is not None
        return self.remote.pay(session_id, card.number)

    def paid(self, **other: Any) -> int:
        """An order that is paid and settled."""
        order_id = self.order(**other)
        self.start(order_id)
        self.pay(order_id)
        self.settle(order_id)
        return order_id

    def let_go(self, order_id: int) -> None:
        with transaction(self.db) as tx:
            let_go_in(tx, order_id, Cause.EXPIRED, self.now)

    def deliver(self, order_id: int) -> None:
        """Handed over today; then time passes until the points that it brought can be spent."""
        with transaction(self.db) as tx:
            delivered_in(tx, order_id, self.now.date(), self.now)
        self.now += timedelta(days=20)
        activate_due(self.db, self.now.date(), self.now)

    def refund(self, order_id: int, amount: int, cause: int = 1) -> int | None:
        with transaction(self.db) as tx:
            return service.ask_refund_in(tx, order_id, amount, "return", cause, None, "", self.now)

    def send(self) -> int:
        return service.send_refunds(self.db, self.gateway, self.now)

    def payments(self, order_id: int) -> list[Payment]:
        return self._rows(select(Payment).where(Payment.order_id == order_id).order_by(Payment.id))

    def refunds(self, order_id: int) -> list[Refund]:
        return self._rows(select(Refund).where(Refund.order_id == order_id).order_by(Refund.id))

    def money(self, order_id: int) -> tuple[State, int, int]:
        """State, what came, what went back."""
        self.db.rollback()
        row = self.db.execute(select(Order.state, Order.paid, Order.refunded).where(Order.id == order_id)).one()
        return State(row.state), row.paid, row.refunded

    def total(self, order_id: int) -> int:
        found = self.db.scalar(select(Order.total).where(Order.id == order_id))
        assert found is not None
        return found

    def _rows(self, asked: Any) -> list[Any]:
        self.db.rollback()
        self.db.expunge_all()
        return list(self.db.scalars(asked))


def card_shop(db: Session, gateway: StripeGateway, remote: Remote, now: datetime) -> CardShop:
    """Open for business: parcels, one wine, one member."""
    open_shop(db)
    rules = AllRules(bases=(BaseRate(points=1, per_amount=100, starts_on=date(2026, 1, 1)),))
    set_rules(db, rules, None, Role.OWNER, now)
    till = Till(db, now)
    wine = till.shelf.thing("Reserva", on_hand=20)
    member = new_signed_up_member(db, now)
    return CardShop(db, gateway, remote, now, till, member, wine)
