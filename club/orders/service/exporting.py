"""Orders as a table to take along; the log says who took how many."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from club.audit import record
from club.database import transaction
from club.orders.listing import Wanted, conditions, count_orders
from club.orders.models import Order, OrderContact, OrderLine
from club.permissions import Permission, Role, may, require
from club.texts import Texts

AT_ONCE = 1_000


class Exported(NamedTuple):
    """One order with its sums, in minor units."""

    number: str
    placed_at: datetime
    state: str
    pay_by: str
    delivery: str
    method_name: Texts
    country: str
    full_name: str | None
    email: str | None
    """Only for whoever may see how customers are reached."""
    pieces: int
    sent: int
    returned: int
    goods: int
    discount: int
    points: int
    points_value: int
    delivery_price: int
    delivery_tax: int
    """Inside the price of delivery."""
    tax: int
    """Inside the total, that of delivery included."""
    total: int
    carried: int
    """What another order paid of it, whose goods came back."""
    paid: int
    refunded: int

    @property
    def net_delivery(self) -> int:
        """Delivery without tax."""
        return self.delivery_price - self.delivery_tax

    @property
    def net(self) -> int:
        """The total without tax."""
        return self.total - self.tax

    @property
    def net_goods(self) -> int:
        """What was paid for the goods, without tax: discount and points are off."""
        return self.net - self.net_delivery


def export(
    db: Session, wanted: Wanted, *, filters: str, by: int, role: Role | None, now: datetime
) -> Iterator[Exported]:
    """The rows, the newest first, read as they are written out. Raises `NotAllowed`."""
    require(role, Permission.EXPORT_DATA)
    with_contact = may(role, Permission.SEE_CONTACT)
    with transaction(db) as tx:
        rows = count_orders(tx, wanted, now)
        words: dict[str, object] = {"filters": filters} if filters else {}
        record(tx, "orders.exported", "export", 0, by=by, now=now, words=words, rows=rows, with_contact=with_contact)
    return _rows(db, wanted, now, with_contact=with_contact)


def _rows(db: Session, wanted: Wanted, now: datetime, *, with_contact: bool) -> Iterator[Exported]:
    pieces = [
        select(func.coalesce(func.sum(column), 0)).where(OrderLine.order_id == Order.id).scalar_subquery()
        for column in (OrderLine.quantity, OrderLine.sent, OrderLine.returned)
    ]
    statement = (
        select(
            Order.number, Order.placed_at, Order.state, Order.pay_by, Order.delivery, Order.method_name, Order.country,
            OrderContact.full_name, OrderContact.email, *pieces, Order.goods, Order.discount, Order.points,
            Order.points_value, Order.delivery_price, Order.delivery_tax, Order.tax, Order.total, Order.carried,
            Order.paid, Order.refunded,
        )
        .outerjoin(OrderContact, OrderContact.order_id == Order.id)
        .where(*conditions(db, wanted, now))
        .order_by(Order.placed_at.desc(), Order.id.desc())
        .execution_options(yield_per=AT_ONCE)
    )  # fmt: skip
    try:
        for row in db.execute(statement):
            found = Exported(*row)
            yield found if with_contact else found._replace(email=None)
    finally:
        db.rollback()  # the page is over by then: nobody else gives the connection back
