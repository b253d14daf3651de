"""The one search: people, orders, purchases by their reference, and what was bought by its article number."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from club.members.finding import search
from club.members.models import Known, Person
from club.orders.finding import FoundOrder, find_orders
from club.purchases.models import Correction, Purchase, PurchaseLine
from club.purchases.rules import SHOP


@dataclass(frozen=True)
class FoundPurchase:
    """A purchase that a reference or an article number leads to."""

    purchase_id: int
    member_id: int
    full_name: str
    channel: str
    reference: str
    bought_on: date
    net_amount: int
    article: str = ""
    """What its line says, where it was found by its article number."""


@dataclass(frozen=True)
class Found:
    """Everything that a text leads to, each kind by itself."""

    people: list[Known]
    purchases: list[FoundPurchase]
    articles: list[FoundPurchase]
    orders: list[FoundOrder] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many things of any kind."""
        return len(self.people) + len(self.purchases) + len(self.articles) + len(self.orders)


_FOUND = (
    Purchase.id,
    Purchase.member_id,
    Person.full_name,
    Purchase.channel,
    Purchase.reference,
    Purchase.bought_on,
    Purchase.net_amount,
)


def find(db: Session, text: str, limit: int, *, by_contact: bool, with_orders: bool = False) -> Found:
    """What the text leads to, at most `limit` of each kind. A purchase found twice stands there once.

    The purchase that an order became is not told beside its order.
    """
    orders = find_orders(db, text, limit, by_contact=by_contact) if with_orders else []
    told = {order.number for order in orders}
    return Found(
        search(db, text, limit, by_contact=by_contact, members_only=False),
        [one for one in by_reference(db, text, limit) if one.channel != SHOP or one.reference not in told],
        by_article(db, text, limit),
        orders,
    )


def by_reference(db: Session, reference: str, limit: int) -> list[FoundPurchase]:
    """Purchases of any channel with this receipt or order number, and those that a slip of this number took back."""
    bought = select(Purchase.id).where(
        Purchase.channel.in_(_channels(Purchase.channel)), Purchase.reference == reference
    )
    back = select(Correction.purchase_id).where(
        Correction.channel.in_(_channels(Correction.channel)), Correction.reference == reference
    )
    rows = db.execute(
        select(*_FOUND)
        .join(Person, Person.id == Purchase.member_id)
        .where(Purchase.id.in_(bought.union(back)))
        .order_by(Purchase.bought_on, Purchase.id)
        .limit(limit)
    )
    return [FoundPurchase(*row) for row in rows]


def by_article(db: Session, sku: str, limit: int) -> list[FoundPurchase]:
    """The last purchases of an article."""
    if not sku:
        return []
    said = func.coalesce(func.nullif(PurchaseLine.description, ""), PurchaseLine.category)
    rows = db.execute(
        select(*_FOUND, said)
        .select_from(PurchaseLine)
        .join(Purchase, Purchase.id == PurchaseLine.purchase_id)
        .join(Person, Person.id == Purchase.member_id)
        .where(PurchaseLine.sku == sku, PurchaseLine.sku != "")
        .order_by(PurchaseLine.id.desc())
        .limit(limit)
    )
    return [FoundPurchase(*row) for row in rows]


def _channels(column: InstrumentedAttribute[str]) -> Select[str]:
    """Every channel that occurs, hop by hop along the index: there are a few among millions of rows."""
    first = select(func.min(column).label("channel")).cte(f"{column.class_.__tablename__}_channels", recursive=True)
    after = select(func.min(column)).where(column > first.c.channel).correlate(first).scalar_subquery()
    hops = first.union_all(select(after).where(first.c.channel.is_not(None)))
    return select(hops.c.channel).where(hops.c.channel.is_not(None))
